-- A page of what words find, and the facets of all that they find. NULL is no condition.
-- `required` has a term in each element, written as what it may be, blanks between; `word*` is a beginning.
-- A term that begins with `name:` is looked for in names alone.
-- One plan for every query: the words lead by their index, all else is judged on what they found. A plan
-- made for each query costs more than the query, and may read a circle's or a year's index for a dozen rows.
-- With what a hit shows and no index has: its venue's clock, its first picture, else its venue's, and its sale.
-- There is always a first row, which alone has the facets, [facet, value, count] as JSON in no order, and how
-- many were found. A facet of which any of several values is enough is counted without its own choice.
CREATE OR REPLACE FUNCTION search_listed(
  required TEXT[], exact TSQUERY, wide TSQUERY, said TEXT, asked_at TIMESTAMPTZ, one_kind TEXT,
  since TIMESTAMPTZ, until TIMESTAMPTZ, price_min BIGINT, price_max BIGINT, in_currency TEXT, having_all TEXT[],
  statuses TEXT[], cities TEXT[], months TEXT[], only_ids UUID[],
  lat FLOAT8, lng FLOAT8, radius_km FLOAT8, sorted TEXT, ranked INTEGER, facet_values INTEGER, most INTEGER, skipped INTEGER
) RETURNS TABLE (
  facets TEXT, total BIGINT, score FLOAT8, km FLOAT8,
  id UUID, kind TEXT, organization_id UUID, name TEXT, description TEXT, venue_id UUID, venue_name TEXT, city TEXT,
  status TEXT, start_time TIMESTAMPTZ, price_from BIGINT, currency TEXT,
  timezone TEXT, picture_id UUID, blur TEXT, sizes TEXT, sold_until TIMESTAMPTZ, scarf TEXT[]
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  is_ranked CONSTANT BOOLEAN := sorted = 'relevance';
  wanted CONSTANT TSQUERY := search_wanted(required);
  is_named CONSTANT BOOLEAN := starts_with(required[1], 'name:');
  circle CONSTANT BOX := CASE WHEN cardinality(required) = 1 AND NOT is_named THEN search_box(lat, lng, radius_km) END;
BEGIN
  IF wanted IS NULL THEN
    -- A word that stands nowhere; a row all the same.
    RETURN NEXT;
    RETURN;
  END IF;
  RETURN QUERY
  WITH met AS NOT MATERIALIZED (
    SELECT d.ctid AS place, d.id, d.kind, d.status, d.city, d.amenities, d.month, d.start_time, d.price_from,
      d.name_key, d.popularity, d.end_time < asked_at OR d.status IN ('COMPLETED', 'CANCELLED') AS is_over,
      CASE WHEN lat IS NOT NULL THEN
        12742.0 * asin(least(1, sqrt(
          sind((d.spot[1] - lat) / 2) ^ 2 + cosd(lat) * cosd(d.spot[1]) * sind((d.spot[0] - lng) / 2) ^ 2)))
        END AS km,
      -- Which choices it does not meet, a bit each.
      CASE WHEN one_kind IS NULL OR d.kind = one_kind THEN 0 ELSE 1 END
        + CASE WHEN statuses IS NULL OR d.status = ANY (statuses) THEN 0 ELSE 2 END
        + CASE WHEN cities IS NULL OR d.city = ANY (cities) THEN 0 ELSE 4 END
        + CASE WHEN months IS NULL OR d.month = ANY (months) THEN 0 ELSE 8 END AS unmet
    FROM (
      SELECT d.ctid, d.* FROM search_documents d WHERE NOT is_named AND circle IS NULL AND d.words @@ wanted
      UNION ALL
      SELECT d.ctid, d.* FROM search_documents d WHERE circle IS NOT NULL AND d.words @@ wanted AND d.spot <@ circle
      UNION ALL
      SELECT d.ctid, d.* FROM search_documents d WHERE is_named AND ts_filter(d.words, '{a}') @@ wanted
    ) d
    WHERE NOT d.is_gone
      AND (since IS NULL OR d.end_time > since)
      AND (until IS NULL OR d.start_time <= until)
      AND (price_min IS NULL OR d.price_from >= price_min)
      AND (price_max IS NULL OR d.price_from <= price_max)
      AND (in_currency IS NULL OR d.currency = in_currency)
      AND (having_all IS NULL OR d.amenities @> having_all)
      AND (only_ids IS NULL OR d.id = ANY (only_ids))
      -- A circle lies between two latitudes, wherever it is.
      AND (radius_km IS NULL OR abs(d.spot[1] - lat) <= radius_km / 111.0 + 0.1)
  ), found AS MATERIALIZED (
    SELECT * FROM met m WHERE m.unmet IN (0, 1, 2, 4, 8) AND (radius_km IS NULL OR m.km <= radius_km)
  ), candidates AS (
    -- To look at a document's words costs more than all else: of thousands those that are named so, then
    -- those that most people go to are ranked, the same for every page; the rest stands behind them.
    SELECT x.*, row_number() OVER () AS turn FROM (
      SELECT f.place, f.id, f.km, f.start_time, f.price_from FROM found f WHERE f.unmet = 0
      ORDER BY
        CASE WHEN is_ranked THEN (f.name_key = said)::INTEGER + starts_with(f.name_key, said)::INTEGER
          + (position(said IN f.name_key) > 0)::INTEGER END DESC,
        CASE WHEN is_ranked THEN f.is_over::INTEGER END, CASE WHEN is_ranked THEN f.popularity END DESC,
        CASE sorted WHEN 'distance' THEN f.km WHEN 'price' THEN f.price_from::FLOAT8 END,
        CASE WHEN sorted <> 'price' THEN f.start_time END NULLS LAST, f.id
      LIMIT CASE WHEN is_ranked THEN greatest(ranked, skipped + most) ELSE skipped + most END) x
  ), page AS (
    SELECT x.*, row_number() OVER () AS turn FROM (
      SELECT c.place, c.km, rated.score FROM candidates c LEFT JOIN LATERAL (
        SELECT search_score(d.words, d.name_key, d.end_time, d.status, exact, wide, said, asked_at) AS score
          FROM search_documents d WHERE is_ranked AND c.turn <= ranked AND d.ctid = c.place OFFSET 0) rated ON TRUE
      ORDER BY
        CASE sorted WHEN 'relevance' THEN -rated.score WHEN 'distance' THEN c.km
          WHEN 'price' THEN c.price_from::FLOAT8 END NULLS LAST,
        CASE WHEN is_ranked AND c.turn > ranked THEN c.turn END,
        CASE WHEN sorted <> 'price' THEN c.start_time END NULLS LAST, c.id
      LIMIT most OFFSET skipped
    ) x
  ), counted AS (
    -- What each is so, beside the name of its facet; amenities, of which there are any number, come last.
    SELECT coalesce(x.facet, 'amenity') AS facet, x.value, count(*) AS many FROM (
      SELECT unnest('{type,status,city,month}'::TEXT[]) AS facet, unnest(ARRAY[
        CASE WHEN f.unmet IN (0, 1) THEN f.kind END, CASE WHEN f.unmet IN (0, 2) THEN f.status END,
        CASE WHEN f.unmet IN (0, 4) THEN f.city END, CASE WHEN f.unmet IN (0, 8) THEN f.month END
      ] || CASE WHEN f.unmet = 0 THEN f.amenities END) AS value FROM found f) x
    WHERE x.value IS NOT NULL GROUP BY x.facet, x.value
  ), told AS (
    SELECT json_agg(json_build_array(c.facet, c.value, c.many))::TEXT AS facets,
      (SELECT count(*) FROM found f WHERE f.unmet = 0) AS total
    FROM (SELECT * FROM counted c
      ORDER BY c.facet IN ('city', 'amenity'), c.many DESC, c.value LIMIT facet_values) c
  )
  SELECT CASE WHEN COALESCE(p.turn, 1) = 1 THEN t.facets END, t.total,
    COALESCE(p.score,
      search_score(d.words, d.name_key, d.end_time, d.status, exact, wide, said, asked_at)), p.km,
    d.id, d.kind, d.organization_id, d.name, d.description, d.venue_id, d.venue_name, d.city,
    d.status, d.start_time, d.price_from, d.currency,
    v.location->>'timezone', shown.id, shown.blur, shown.sizes, coalesce(e.sales_end_at, e.start_time), e.scarf
  FROM told t LEFT JOIN page p ON TRUE LEFT JOIN search_documents d ON d.ctid = p.place
    LEFT JOIN venues v ON v.id = d.venue_id LEFT JOIN events e ON e.id = d.id
    LEFT JOIN LATERAL (
      SELECT m.id, m.blur, m.sizes::TEXT AS sizes FROM media m
        WHERE m.subject_id IN (d.id, d.venue_id) AND m.ready_at IS NOT NULL AND m.gone_at IS NULL
        ORDER BY m.subject_id <> d.id, m.created_at, m.id LIMIT 1) shown ON TRUE
  ORDER BY p.turn;
END $$;
