-- What hits show and no cluster has: their venues' clocks, their first pictures, else their venues', and their sales.
CREATE OR REPLACE FUNCTION search_shown(ids UUID[], venue_ids UUID[])
RETURNS TABLE (id UUID, timezone TEXT, picture_id UUID, blur TEXT, sizes TEXT, sold_until TIMESTAMPTZ, scarf TEXT[])
LANGUAGE sql STABLE AS $$
  SELECT d.id, v.location->>'timezone', shown.id, shown.blur, shown.sizes, coalesce(e.sales_end_at, e.start_time), e.scarf
  FROM unnest(ids, venue_ids) d(id, venue_id)
    LEFT JOIN venues v ON v.id = d.venue_id LEFT JOIN events e ON e.id = d.id
    LEFT JOIN LATERAL (
      SELECT m.id, m.blur, m.sizes::TEXT AS sizes FROM media m
        WHERE m.subject_id IN (d.id, d.venue_id) AND m.ready_at IS NOT NULL AND m.gone_at IS NULL
        ORDER BY m.subject_id <> d.id, m.created_at, m.id LIMIT 1) shown ON TRUE
$$;
