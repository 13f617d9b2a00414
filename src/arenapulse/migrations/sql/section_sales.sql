-- Who is in and what was paid, by section, of the orders ever CONFIRMED: the sections' revenue adds
-- up to what their orders came to.
CREATE OR REPLACE FUNCTION section_sales(p_event UUID)
RETURNS TABLE (section_id UUID, checked_in BIGINT, revenue BIGINT) LANGUAGE sql STABLE AS $$
  SELECT t.section_id, count(*) FILTER (WHERE t.status = 'CHECKED_IN'),
         sum(t.amount + t.fee - t.discount)::BIGINT
    FROM orders o JOIN tickets t ON t.order_id = o.id
    WHERE o.event_id = p_event AND was_confirmed(o.status, o.placed_status)
    GROUP BY 1
$$;
