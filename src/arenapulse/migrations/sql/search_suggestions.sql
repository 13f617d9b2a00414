-- Names that begin with what is typed, then names in which a word does; of all dates of one name the best.
-- Nothing is typed: what most people go to. Nobody waits for hundreds to be ranked: where a crowd begins so,
-- its best stand near the head of those by popularity that begin with the same two letters (of all, where fewer
-- are typed), and of others the first `looked_at` are looked at.
CREATE OR REPLACE FUNCTION search_suggestions(
  typed TEXT, wanted TSQUERY, asked_at TIMESTAMPTZ, most INTEGER, looked_at INTEGER
) RETURNS TABLE (id UUID, kind TEXT, name TEXT) LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_sort = off AS $$
#variable_conflict use_column
DECLARE
  crowd CONSTANT INTEGER := 200;
  is_crowd BOOLEAN;
  by_popularity REFCURSOR;
  told INTEGER;
  best RECORD;
  names TEXT[] := '{}';
BEGIN
  SELECT count(*) = crowd INTO is_crowd FROM (
    SELECT FROM search_documents d
      WHERE d.name_key >= typed AND d.name_key < typed || chr(1114111) LIMIT crowd) x;
  IF is_crowd THEN
    told := 0;
    IF length(typed) < 2 THEN
      OPEN by_popularity FOR SELECT d.id, d.kind, d.name, d.name_key FROM search_documents d
        WHERE left(d.name_key, length(typed)) = typed
          AND NOT d.is_gone AND COALESCE(d.status, '') NOT IN ('COMPLETED', 'CANCELLED')
          AND (d.end_time IS NULL OR d.end_time >= asked_at)
        ORDER BY d.popularity DESC, d.start_time, d.id LIMIT looked_at;
    ELSE
      OPEN by_popularity FOR SELECT d.id, d.kind, d.name, d.name_key FROM search_documents d
        WHERE left(d.name_key, 2) = left(typed, 2) AND left(d.name_key, length(typed)) = typed
          AND NOT d.is_gone AND COALESCE(d.status, '') NOT IN ('COMPLETED', 'CANCELLED')
          AND (d.end_time IS NULL OR d.end_time >= asked_at)
        ORDER BY d.popularity DESC, d.start_time, d.id LIMIT looked_at;
    END IF;
    LOOP
      FETCH by_popularity INTO best;
      EXIT WHEN NOT FOUND;
      IF best.name_key <> ALL (names) THEN
        names := names || best.name_key;
        told := told + 1;
        id := best.id;
        kind := best.kind;
        name := best.name;
        RETURN NEXT;
        EXIT WHEN told = most;
      END IF;
    END LOOP;
    CLOSE by_popularity;
  ELSE
    RETURN QUERY
    SELECT x.id, x.kind, x.name FROM (
      SELECT DISTINCT ON (d.name_key) d.id, d.kind, d.name, d.popularity, d.start_time FROM search_documents d
        WHERE d.name_key >= typed AND d.name_key < typed || chr(1114111)
          AND NOT d.is_gone AND COALESCE(d.status, '') NOT IN ('COMPLETED', 'CANCELLED')
          AND (d.end_time IS NULL OR d.end_time >= asked_at)
        ORDER BY d.name_key, d.popularity DESC, d.start_time) x
      ORDER BY x.popularity DESC, x.start_time, x.name LIMIT most;
    GET DIAGNOSTICS told = ROW_COUNT;
  END IF;
  IF told = most OR wanted IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY
  SELECT x.id, x.kind, x.name FROM (
    SELECT DISTINCT ON (c.name_key) c.id, c.kind, c.name, c.popularity, c.start_time,
        ts_rank('{0,0,0,1}', c.words, wanted) AS score FROM (
      SELECT d.* FROM search_documents d
        WHERE ts_filter(d.words, '{a}') @@ wanted AND left(d.name_key, length(typed)) <> typed
          AND NOT d.is_gone AND COALESCE(d.status, '') NOT IN ('COMPLETED', 'CANCELLED')
          AND (d.end_time IS NULL OR d.end_time >= asked_at)
        LIMIT looked_at) c
      ORDER BY c.name_key, c.popularity DESC, c.start_time) x
    ORDER BY x.score DESC, x.popularity DESC, x.start_time, x.name LIMIT most - told;
  IF told > 0 OR FOUND THEN
    RETURN;
  END IF;
  -- No name says it: what takes place where somebody means.
  RETURN QUERY
  SELECT x.id, x.kind, x.name FROM (
    SELECT DISTINCT ON (c.name_key) c.id, c.kind, c.name, c.popularity, c.start_time,
        ts_rank('{0,0,0.3,1}', c.words, wanted) AS score FROM (
      SELECT d.* FROM search_documents d
        WHERE d.words @@ wanted AND ts_filter(d.words, '{a,b}') @@ wanted
          AND NOT d.is_gone AND COALESCE(d.status, '') NOT IN ('COMPLETED', 'CANCELLED')
          AND (d.end_time IS NULL OR d.end_time >= asked_at)
        LIMIT looked_at) c
      ORDER BY c.name_key, c.popularity DESC, c.start_time) x
    ORDER BY x.score DESC, x.popularity DESC, x.start_time, x.name LIMIT most;
END $$;
