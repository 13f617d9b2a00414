-- A batch of people who join waiting rooms. Each has one place an event: who joins again keeps it.
-- `p_afresh` is the number of a place that gives way to one at the end, of this lane or of another:
-- its time is over, or its person was given a lane's code meanwhile; 0 for none. The lanes are locked in order, so numbers have no gap and their order is that of the commits.
-- Who found the lane full is not answered.
CREATE OR REPLACE FUNCTION join_lanes(
  p_events UUID[], p_lanes SMALLINT[], p_people UUID[], p_tickets BYTEA[], p_afresh INTEGER[],
  p_people_max INTEGER
) RETURNS TABLE (nth INTEGER, in_lane SMALLINT, its_number INTEGER, is_new BOOLEAN)
-- Planned while nobody waits yet, it would read all who wait for each batch.
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
DECLARE
  over RECORD;
BEGIN
  PERFORM 1 FROM waiting_lanes l
    WHERE l.event_id = ANY (p_events)
      AND (l.event_id, l.lane) IN (SELECT e, n FROM unnest(p_events, p_lanes) x(e, n))
    ORDER BY l.event_id, l.lane FOR NO KEY UPDATE;
  IF 0 < ANY (p_afresh) THEN
    -- One by one: a join could begin with all who wait.
    FOR over IN
      SELECT x.* FROM unnest(p_events, p_people, p_afresh) x(event_id, user_id, number)
      WHERE x.number > 0
    LOOP
      DELETE FROM waiting_places p WHERE p.event_id = over.event_id
        AND p.number = over.number AND p.user_id = over.user_id;
    END LOOP;
  END IF;
  RETURN QUERY
  WITH known AS (
    SELECT x.*, p.lane AS has_lane, p.number AS has_number, p.number IS NULL
        AND row_number() OVER (PARTITION BY x.event_id, x.user_id ORDER BY x.nth) = 1 AS is_first
    FROM unnest(p_events, p_lanes, p_people, p_tickets)
        WITH ORDINALITY x(event_id, lane, user_id, ticket, nth)
      LEFT JOIN LATERAL (
        SELECT w.lane, w.number FROM waiting_places w
        WHERE w.user_id = x.user_id AND w.event_id = x.event_id LIMIT 1
      ) p ON TRUE
  ), counted AS (
    SELECT k.*, l.joined + (count(*) FILTER (WHERE k.is_first)
      OVER (PARTITION BY k.event_id, k.lane ORDER BY k.nth))::INTEGER AS number
    FROM known k LEFT JOIN waiting_lanes l ON l.event_id = k.event_id AND l.lane = k.lane
  ), placed AS (
    -- Who asks twice in a batch has the place of the first time.
    SELECT c.*, c.is_first AND c.number <= p_people_max AS is_placed,
      coalesce(c.has_lane, first_value(c.lane) OVER person) AS its_lane,
      coalesce(c.has_number, nullif(least(first_value(c.number) OVER person, p_people_max + 1),
        p_people_max + 1)) AS its_place
    FROM counted c WINDOW person AS (PARTITION BY c.event_id, c.user_id ORDER BY c.nth)
  ), raised AS (
    UPDATE waiting_lanes l SET joined = f.number
      FROM (SELECT m.event_id, m.lane, max(m.number) AS number
              FROM placed m WHERE m.is_placed GROUP BY m.event_id, m.lane) f
      WHERE l.event_id = ANY (p_events) AND l.event_id = f.event_id AND l.lane = f.lane
  ), written AS (
    INSERT INTO waiting_places (event_id, lane, number, user_id, ticket)
      SELECT f.event_id, f.lane, f.number, f.user_id, f.ticket FROM placed f
      WHERE f.is_placed ORDER BY f.event_id, f.lane, f.number
  )
  SELECT p.nth::INTEGER, p.its_lane, p.its_place, p.is_placed
  FROM placed p WHERE p.its_place IS NOT NULL ORDER BY p.nth;
END
$$;
