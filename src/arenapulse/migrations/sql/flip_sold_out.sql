-- ON_SALE ⇄ SOLD_OUT by itself: sold out when every place is sold or blocked, on sale when one
-- comes back. Locks the event rows, so of two batches that fill the last two sections the second
-- sees the first. Called with stock rows locked: stock before events, always.
-- Returns the events whose status changed and what it is now.
CREATE OR REPLACE FUNCTION flip_sold_out(p_events UUID[])
RETURNS TABLE (event_id UUID, status event_status)
LANGUAGE plpgsql SET jit = off AS $$
BEGIN
  PERFORM 1 FROM events e WHERE e.id = ANY (p_events) ORDER BY e.id FOR NO KEY UPDATE;
  RETURN QUERY
    WITH full_ones AS (
      SELECT s.event_id AS id, bool_and(s.sold + s.blocked = s.capacity) AS is_full
      FROM stock s WHERE s.event_id = ANY (p_events) GROUP BY s.event_id
    )
    UPDATE events e
    SET status = CASE WHEN f.is_full THEN 'SOLD_OUT' ELSE 'ON_SALE' END::event_status
    FROM full_ones f
    WHERE e.id = f.id
      AND (e.status = 'ON_SALE' AND f.is_full OR e.status = 'SOLD_OUT' AND NOT f.is_full)
    RETURNING e.id, e.status;
END $$;
