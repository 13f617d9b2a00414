-- A page of what words find, and the facets of all that they find. NULL is no condition.
-- One plan for every query: the words lead by their index, all else is judged on what they found. A plan
-- made for each query costs more than the query, and may read a circle's or a year's index for a dozen rows.
-- There is always a first row; it alone has the facets, [facet, value, count] as JSON.
CREATE OR REPLACE FUNCTION search_by_words(
  wanted TSQUERY, exact TSQUERY, wide TSQUERY, said TEXT, asked_at TIMESTAMPTZ, one_kind TEXT,
  since TIMESTAMPTZ, until TIMESTAMPTZ, price_min BIGINT, price_max BIGINT, having_all TEXT[],
  statuses TEXT[], cities TEXT[], months TEXT[], only_ids UUID[],
  lat FLOAT8, lng FLOAT8, radius_km FLOAT8, sorted TEXT, facet_values INTEGER, most INTEGER, skipped INTEGER
) RETURNS TABLE (
  facets TEXT, score FLOAT8, km FLOAT8,
  id UUID, kind TEXT, organization_id UUID, version INTEGER, name TEXT, description TEXT, venue_id UUID,
  venue_name TEXT, city TEXT, country TEXT, amenities TEXT[], spot POINT, status TEXT,
  start_time TIMESTAMPTZ, end_time TIMESTAMPTZ, month TEXT, price_from BIGINT, currency TEXT, popularity SMALLINT
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH met AS MATERIALIZED (
    SELECT d.id, d.kind, d.status, d.city, d.amenities, d.month, d.start_time, d.price_from,
      CASE WHEN sorted = 'relevance'
        THEN search_score(d.words, d.name_key, d.end_time, d.status, exact, wide, said, asked_at) END AS score,
      CASE WHEN lat IS NOT NULL THEN
        12742.0 * asin(least(1, sqrt(
          sind((d.spot[1] - lat) / 2) ^ 2 + cosd(lat) * cosd(d.spot[1]) * sind((d.spot[0] - lng) / 2) ^ 2)))
        END AS km
    FROM search_documents d
    WHERE d.words @@ wanted AND NOT d.is_gone
      AND (one_kind IS NULL OR d.kind = one_kind)
      AND (since IS NULL OR d.end_time > since)
      AND (until IS NULL OR d.start_time <= until)
      AND (price_min IS NULL OR d.price_from >= price_min)
      AND (price_max IS NULL OR d.price_from <= price_max)
      AND (having_all IS NULL OR d.amenities @> having_all)
      AND (statuses IS NULL OR d.status = ANY (statuses))
      AND (cities IS NULL OR d.city = ANY (cities))
      AND (months IS NULL OR d.month = ANY (months))
      AND (only_ids IS NULL OR d.id = ANY (only_ids))
      -- A circle lies between two latitudes, wherever it is.
      AND (radius_km IS NULL OR abs(d.spot[1] - lat) <= radius_km / 111.0 + 0.1)
  ), found AS MATERIALIZED (
    SELECT * FROM met m WHERE radius_km IS NULL OR m.km <= radius_km
  ), page AS (
    SELECT x.*, row_number() OVER () AS place FROM (
      SELECT f.id, f.score, f.km FROM found f
      ORDER BY
        CASE sorted WHEN 'relevance' THEN -f.score WHEN 'distance' THEN f.km
          WHEN 'price' THEN f.price_from::FLOAT8 END,
        CASE WHEN sorted <> 'price' THEN f.start_time END NULLS LAST, f.id
      LIMIT most OFFSET skipped
    ) x
  ), counted AS (
    SELECT CASE WHEN grouping(f.kind) = 0 THEN 'type' WHEN grouping(f.status) = 0 THEN 'status'
        WHEN grouping(f.city) = 0 THEN 'city' ELSE 'month' END AS facet,
      COALESCE(f.kind, f.status, f.city, f.month) AS value, count(*) AS many
    FROM found f GROUP BY GROUPING SETS ((f.kind), (f.status), (f.city), (f.month))
    UNION ALL
    SELECT 'amenity', amenity, count(*) FROM found f, unnest(f.amenities) amenity GROUP BY amenity
  ), ranked AS (
    SELECT c.*, row_number() OVER (
        PARTITION BY c.facet ORDER BY CASE WHEN c.facet = 'month' THEN 0 ELSE c.many END DESC, c.value) AS place
    FROM counted c WHERE c.value IS NOT NULL
  ), told AS (
    SELECT json_agg(json_build_array(r.facet, r.value, r.many) ORDER BY r.facet, r.place)::TEXT AS facets
    FROM ranked r WHERE r.place <= facet_values
  )
  SELECT CASE WHEN COALESCE(p.place, 1) = 1 THEN t.facets END,
    COALESCE(p.score,
      search_score(d.words, d.name_key, d.end_time, d.status, exact, wide, said, asked_at)), p.km,
    d.id, d.kind, d.organization_id, d.version, d.name, d.description, d.venue_id,
    d.venue_name, d.city, d.country, d.amenities, d.spot, d.status,
    d.start_time, d.end_time, d.month, d.price_from, d.currency, d.popularity
  FROM told t LEFT JOIN page p ON TRUE LEFT JOIN search_documents d ON d.id = p.id
  ORDER BY p.place;
END $$;
