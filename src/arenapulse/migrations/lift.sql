-- The tables of what pages told, exchanged for TimescaleDB's in one transaction. Rows of past days stay in
-- analytics_events_plain, from where they are moved day by day; the counts by the minute move here,
-- since they are few and nobody may add to them meanwhile.
ALTER TABLE analytics_events RENAME TO analytics_events_plain;
CREATE TABLE analytics_events (LIKE analytics_events_plain);
SELECT create_hypertable('analytics_events', by_range('received_at', INTERVAL '1 day'),
  create_default_indexes => FALSE);
ALTER TABLE analytics_events SET (timescaledb.compress,
  timescaledb.compress_segmentby = 'event_id', timescaledb.compress_orderby = 'received_at');
-- It sums up no table that has a policy.
DROP POLICY wall ON analytics_minutes;
DROP POLICY while_released ON analytics_minutes;
ALTER TABLE analytics_minutes DISABLE ROW LEVEL SECURITY;
SELECT create_hypertable('analytics_minutes', by_range('minute', INTERVAL '30 days'),
  create_default_indexes => FALSE, migrate_data => TRUE);

-- Real-time: what is not counted for good yet is read from the minutes, so no figure is ever late.
DROP VIEW analytics_hours;
CREATE MATERIALIZED VIEW analytics_hours
  WITH (timescaledb.continuous, timescaledb.materialized_only = FALSE) AS
  SELECT m.event_id, m.type, time_bucket('1 hour', m.minute) AS hour,
         sum(m.count)::BIGINT AS count, sum(m.sessions)::BIGINT AS sessions
    FROM analytics_minutes m
    GROUP BY 1, 2, 3
  WITH NO DATA;
