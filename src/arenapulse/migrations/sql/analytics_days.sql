-- A partition for a day (UTC), unless there are rows of it in the one for the rest. Whoever asks may
-- change no table, so these do it as who owns them.
CREATE OR REPLACE FUNCTION make_analytics_day(p_day DATE) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  starts TIMESTAMPTZ := p_day::TIMESTAMP AT TIME ZONE 'UTC';
  ends TIMESTAMPTZ := (p_day + 1)::TIMESTAMP AT TIME ZONE 'UTC';
  name TEXT := 'analytics_events_' || to_char(p_day, 'YYYYMMDD');
BEGIN
  -- TimescaleDB makes its days by itself, also while those of before are still being moved.
  IF analytics_storage() <> 'plain' THEN
    RETURN;
  END IF;
  IF to_regclass('public.' || name) IS NOT NULL THEN
    RETURN;
  END IF;
  -- One maker at a time, before it looks at the rest: to have read that, and then wait for the whole
  -- table to be one's own, is a deadlock for two. What pages tell is written meanwhile.
  LOCK TABLE analytics_events IN SHARE UPDATE EXCLUSIVE MODE;
  IF EXISTS (SELECT 1 FROM analytics_events_rest WHERE received_at >= starts AND received_at < ends)
  THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF analytics_events '
    'FOR VALUES FROM (%L) TO (%L)', name, starts, ends);
END $$;

CREATE OR REPLACE FUNCTION drop_analytics_day(p_day DATE) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('DROP TABLE IF EXISTS %I', 'analytics_events_' || to_char(p_day, 'YYYYMMDD'));
END $$;
