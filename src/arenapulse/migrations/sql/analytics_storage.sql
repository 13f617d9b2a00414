-- Where what pages told is kept: 'timescaledb' once `arenapulse analytics lift` has run, else 'plain'.
CREATE OR REPLACE FUNCTION analytics_storage() RETURNS TEXT LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF to_regnamespace('timescaledb_information') IS NULL THEN
    RETURN 'plain';
  END IF;
  RETURN CASE WHEN EXISTS (
    SELECT 1 FROM timescaledb_information.hypertables
      WHERE hypertable_schema = 'public' AND hypertable_name = 'analytics_events'
  ) THEN 'timescaledb' ELSE 'plain' END;
END $$;

-- The oldest day that ended before then and lies in rows is put into columns; FALSE where there is none.
-- Whoever asks may change no table, so these do it as who owns them.
CREATE OR REPLACE FUNCTION pack_analytics_day(p_before TIMESTAMPTZ) RETURNS BOOLEAN
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  chunk REGCLASS;
BEGIN
  SELECT format('%I.%I', c.chunk_schema, c.chunk_name)::REGCLASS INTO chunk
    FROM timescaledb_information.chunks c
    WHERE c.hypertable_schema = 'public' AND c.hypertable_name = 'analytics_events'
      AND NOT c.is_compressed AND c.range_end <= p_before
    ORDER BY c.range_start LIMIT 1;
  IF chunk IS NULL THEN
    RETURN FALSE;
  END IF;
  PERFORM compress_chunk(chunk);
  RETURN TRUE;
END $$;

CREATE OR REPLACE FUNCTION drop_analytics_days(p_before TIMESTAMPTZ) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM drop_chunks('analytics_events', older_than => p_before);
END $$;
