-- What finds documents that have a word of each term; NULL where a term stands nowhere.
-- A beginning is read from the lexicon as the words that begin so: the index finds whole words three times
-- as quickly as beginnings. Only where many begin so it stays one. `name:` before a
-- term says in which index the asker looks: as a weight it would have each document's words read again.
CREATE OR REPLACE FUNCTION search_wanted(required TEXT[]) RETURNS TSQUERY LANGUAGE plpgsql STABLE AS $$
DECLARE
  words_max CONSTANT INTEGER := 32;
  term TEXT;
  part TEXT;
  begun TEXT[];
  either TEXT[];
  is_begun BOOLEAN;
  wanted TEXT := '';
BEGIN
  FOREACH term IN ARRAY required LOOP
    term := ltrim(substr(term, CASE WHEN starts_with(term, 'name:') THEN 6 ELSE 1 END));
    either := '{}';
    is_begun := FALSE;
    FOREACH part IN ARRAY string_to_array(term, ' ') LOOP
      IF right(part, 1) <> '*' THEN
        either := either || quote_literal(part);
        CONTINUE;
      END IF;
      part := left(part, -1);
      SELECT array_agg(quote_literal(x.word)) INTO begun FROM (
        SELECT w.word FROM search_words w WHERE w.word >= part AND w.word < part || chr(1114111)
        LIMIT words_max + 1) x;
      IF begun IS NOT NULL THEN
        is_begun := TRUE;
        either := either || CASE WHEN cardinality(begun) > words_max THEN ARRAY[quote_literal(part) || ':*']
          ELSE begun END;
      END IF;
    END LOOP;
    IF NOT is_begun AND NOT EXISTS (SELECT FROM search_words w WHERE w.word = ANY (string_to_array(term, ' '))) THEN
      RETURN NULL;
    END IF;
    wanted := wanted || CASE WHEN wanted = '' THEN '(' ELSE ' & (' END || array_to_string(either, ' | ') || ')';
  END LOOP;
  RETURN wanted::TSQUERY;
END $$;
