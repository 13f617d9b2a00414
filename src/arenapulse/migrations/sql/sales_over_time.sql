-- The tickets that stand and the money of orders ever CONFIRMED, by when the orders were placed.
CREATE OR REPLACE FUNCTION sales_over_time(p_event UUID, p_bucket TEXT)
RETURNS TABLE (at TIMESTAMPTZ, tickets BIGINT, revenue BIGINT) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT date_bin(('1 ' || p_bucket)::INTERVAL, o.created_at, TIMESTAMPTZ '2000-01-01 00:00Z'),
         sum(t.standing)::BIGINT, sum(o.total)::BIGINT
    FROM orders o CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE y.status IN ('VALID', 'CHECKED_IN')) AS standing
        FROM tickets y WHERE y.order_id = o.id) t
    WHERE o.event_id = p_event AND was_confirmed(o.status, o.placed_status)
      AND (SELECT sees_event(p_event))
    GROUP BY 1
$$;
