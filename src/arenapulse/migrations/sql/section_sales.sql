-- Who is in and what was paid, by section, of the orders ever CONFIRMED: the sections' revenue adds
-- up to what their orders came to. A ticket that went on to somebody else was paid once.
CREATE OR REPLACE FUNCTION section_sales(p_event UUID)
RETURNS TABLE (section_id UUID, checked_in BIGINT, revenue BIGINT) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.section_id, count(*) FILTER (WHERE t.status = 'CHECKED_IN'),
         coalesce(sum(t.amount + t.fee - t.discount) FILTER (WHERE t.from_number IS NULL), 0)::BIGINT
    FROM tickets t
    WHERE t.order_id = ANY ((SELECT confirmed_orders(p_event, 'infinity'))::UUID[])
      AND (SELECT sees_event(p_event))
    GROUP BY 1
$$;
