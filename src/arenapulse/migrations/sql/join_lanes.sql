-- A batch of people who join waiting rooms. Each has one place an event: who joins again keeps it.
-- `p_afresh` is the number of a place whose time is over, which gives way to one at the end; 0 for
-- none. The lanes are locked in order, so numbers have no gap and their order is that of the commits.
-- Who found the lane full is not answered.
CREATE OR REPLACE FUNCTION join_lanes(
  p_events UUID[], p_lanes SMALLINT[], p_people UUID[], p_tickets BYTEA[], p_afresh INTEGER[],
  p_people_max INTEGER
) RETURNS TABLE (nth INTEGER, in_lane SMALLINT, its_number INTEGER, is_new BOOLEAN)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM waiting_lanes l
    WHERE (l.event_id, l.lane) IN (SELECT e, n FROM unnest(p_events, p_lanes) x(e, n))
    ORDER BY l.event_id, l.lane FOR NO KEY UPDATE;
  DELETE FROM waiting_places p
    USING unnest(p_events, p_lanes, p_people, p_afresh) x(event_id, lane, user_id, afresh)
    WHERE x.afresh > 0 AND p.event_id = x.event_id AND p.lane = x.lane
      AND p.number = x.afresh AND p.user_id = x.user_id;
  RETURN QUERY
  WITH asked AS (
    SELECT x.nth::INTEGER, x.event_id, x.lane, x.user_id, x.ticket,
      row_number() OVER (PARTITION BY x.event_id, x.user_id ORDER BY x.nth) AS again
    FROM unnest(p_events, p_lanes, p_people, p_tickets)
      WITH ORDINALITY x(event_id, lane, user_id, ticket, nth)
  ), known AS (
    SELECT a.*, p.lane AS has_lane, p.number AS has_number
    FROM asked a LEFT JOIN waiting_places p USING (event_id, user_id)
  ), fitting AS (
    SELECT n.* FROM (
      SELECT k.event_id, k.lane, k.user_id, k.ticket,
        (l.joined + row_number() OVER (PARTITION BY k.event_id, k.lane ORDER BY k.nth))::INTEGER
          AS number
      FROM known k JOIN waiting_lanes l USING (event_id, lane)
      WHERE k.has_number IS NULL AND k.again = 1
    ) n WHERE n.number <= p_people_max
  ), counted AS (
    UPDATE waiting_lanes l SET joined = f.number
      FROM (SELECT m.event_id, m.lane, max(m.number) AS number
              FROM fitting m GROUP BY m.event_id, m.lane) f
      WHERE l.event_id = f.event_id AND l.lane = f.lane
  ), placed AS (
    INSERT INTO waiting_places (event_id, lane, number, user_id, ticket)
      SELECT f.event_id, f.lane, f.number, f.user_id, f.ticket FROM fitting f
      ORDER BY f.event_id, f.lane, f.number
  )
  SELECT k.nth, coalesce(f.lane, k.has_lane), coalesce(f.number, k.has_number),
    f.number IS NOT NULL AND k.again = 1
  FROM known k LEFT JOIN fitting f USING (event_id, user_id)
  WHERE coalesce(f.number, k.has_number) IS NOT NULL
  ORDER BY k.nth;
END
$$;
