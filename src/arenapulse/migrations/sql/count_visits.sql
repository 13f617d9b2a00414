-- Adds a batch to the figures: columns of what was counted, by event, type and minute, and of the
-- sessions seen in it. Events that there are not are not counted: anybody may tell anything.
-- Given in one order, so that two batches of two processes never wait for each other in a circle.
CREATE OR REPLACE FUNCTION count_visits(
  p_event UUID[], p_type TEXT[], p_minute TIMESTAMPTZ[], p_count BIGINT[],
  p_seen_event UUID[], p_seen_type TEXT[], p_seen_minute TIMESTAMPTZ[], p_session BIGINT[]
) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
  known UUID[] := array(SELECT e.id FROM events e WHERE e.id = ANY (p_event));
BEGIN
  WITH fresh AS (
    INSERT INTO analytics_sessions (event_id, type, session, first_at)
      SELECT x.event_id, x.type, x.session, x.minute
        FROM unnest(p_seen_event, p_seen_type, p_seen_minute, p_session)
             x(event_id, type, minute, session)
        WHERE x.event_id = ANY (known)
        ORDER BY x.event_id, x.type, x.session
      ON CONFLICT DO NOTHING
      RETURNING event_id, type, first_at
  ), added AS (
    SELECT x.event_id, x.type, x.minute, x.count, coalesce(f.sessions, 0) AS sessions
      FROM unnest(p_event, p_type, p_minute, p_count) x(event_id, type, minute, count)
      LEFT JOIN (SELECT event_id, type, first_at, count(*) AS sessions FROM fresh GROUP BY 1, 2, 3) f
        ON f.event_id = x.event_id AND f.type = x.type AND f.first_at = x.minute
      WHERE x.event_id = ANY (known)
  ), minutes AS (
    INSERT INTO analytics_minutes AS m (event_id, type, minute, count, sessions)
      SELECT event_id, type, minute, count, sessions FROM added ORDER BY event_id, type, minute
      ON CONFLICT (event_id, type, minute) DO UPDATE
        SET count = m.count + excluded.count, sessions = m.sessions + excluded.sessions
  )
  INSERT INTO analytics_totals AS m (event_id, type, count, sessions)
    SELECT event_id, type, sum(count), sum(sessions) FROM added GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (event_id, type) DO UPDATE
      SET count = m.count + excluded.count, sessions = m.sessions + excluded.sessions;
END $$;
