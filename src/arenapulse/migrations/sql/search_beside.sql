-- Servers of the version before ask this one; `search_shown` has taken its place.
-- What a hit shows and no index has: a venue's clock, and the first picture of an event or a venue.
CREATE OR REPLACE FUNCTION search_beside(venue_ids UUID[], pictured UUID[])
RETURNS TABLE (id UUID, timezone TEXT, picture_id UUID, blur TEXT, sizes TEXT)
LANGUAGE sql STABLE AS $$
  SELECT v.id, v.location->>'timezone', NULL::UUID, NULL::TEXT, NULL::TEXT
    FROM venues v WHERE v.id = ANY (venue_ids)
  UNION ALL
  (SELECT DISTINCT ON (m.subject_id) m.subject_id, NULL, m.id, m.blur, m.sizes::TEXT FROM media m
    WHERE m.subject_id = ANY (pictured) AND m.ready_at IS NOT NULL AND m.gone_at IS NULL
    ORDER BY m.subject_id, m.created_at, m.id)
$$;
