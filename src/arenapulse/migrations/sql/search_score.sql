-- How well it is said there; what is over counts half. Inlined where it stands.
CREATE OR REPLACE FUNCTION search_score(
  words TSVECTOR, name_key TEXT, end_time TIMESTAMPTZ, status TEXT,
  exact TSQUERY, wide TSQUERY, said TEXT, asked_at TIMESTAMPTZ
) RETURNS FLOAT8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (
    (ts_rank('{0.05,0.3,0.5,1.0}', words, exact) + 0.4 * ts_rank('{0.05,0.3,0.5,1.0}', words, wide)
     + CASE WHEN name_key = said THEN 1.0 WHEN starts_with(name_key, said) THEN 0.4 ELSE 0 END)
    * CASE WHEN end_time < asked_at OR status IN ('COMPLETED', 'CANCELLED') THEN 0.5 ELSE 1 END
  )::FLOAT8
$$;
