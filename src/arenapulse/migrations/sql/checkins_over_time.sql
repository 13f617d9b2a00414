-- Tickets by when they first went in.
CREATE OR REPLACE FUNCTION checkins_over_time(p_event UUID, p_bucket TEXT)
RETURNS TABLE (at TIMESTAMPTZ, value BIGINT) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT date_bin(('1 ' || p_bucket)::INTERVAL, x.at, TIMESTAMPTZ '2000-01-01 00:00Z'), count(*)
    FROM (SELECT min(c.scanned_at) AS at FROM checkins c
            WHERE c.event_id = p_event AND (c.result = 'ADMITTED' OR c.conflict IN (7, 8, 12, 13))
              AND (SELECT sees_event(p_event))
            GROUP BY c.order_id, c.number) x
    GROUP BY 1
$$;
