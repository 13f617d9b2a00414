-- What the orders ever CONFIRMED were made of, by section and price level: amounts, fees and what promo
-- codes took off add up to what these orders came to. A ticket that went on to somebody else was paid once.
CREATE OR REPLACE FUNCTION price_sales(p_event UUID)
RETURNS TABLE (section_id UUID, price_level TEXT, tickets BIGINT, amount BIGINT, fees BIGINT, discount BIGINT)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.section_id, t.price_level, count(*) FILTER (WHERE t.status IN ('VALID', 'CHECKED_IN')),
         coalesce(sum(t.amount) FILTER (WHERE t.from_number IS NULL), 0)::BIGINT,
         coalesce(sum(t.fee) FILTER (WHERE t.from_number IS NULL), 0)::BIGINT,
         coalesce(sum(t.discount) FILTER (WHERE t.from_number IS NULL), 0)::BIGINT
    FROM tickets t
    WHERE t.order_id = ANY ((SELECT confirmed_orders(p_event, 'infinity'))::UUID[])
      AND (SELECT sees_event(p_event))
    GROUP BY 1, 2 ORDER BY 4 DESC, 2, 1
$$;
