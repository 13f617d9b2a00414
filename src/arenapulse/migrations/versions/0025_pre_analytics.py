"""Analytics: what clients tell, a partition a day; its counts by minute; figures of sales."""

from arenapulse.migrations.script import run, run_function

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    run(
        """
        CREATE TABLE analytics_events (
          received_at TIMESTAMPTZ NOT NULL,
          -- The client's clock, as far as it was believed.
          at TIMESTAMPTZ NOT NULL,
          event_id UUID,
          type TEXT NOT NULL,
          session_id TEXT NOT NULL,
          -- JSON as it came. Text: nobody waits for it to be parsed a second time.
          properties TEXT NOT NULL
        ) PARTITION BY RANGE (received_at);
        -- For days that a worker has not made yet.
        CREATE TABLE analytics_events_rest PARTITION OF analytics_events DEFAULT;

        CREATE TABLE analytics_minutes (
          event_id UUID NOT NULL,
          type TEXT NOT NULL,
          minute TIMESTAMPTZ NOT NULL,
          count BIGINT NOT NULL CHECK (count > 0),
          -- Sessions that told it for the first time.
          sessions BIGINT NOT NULL CHECK (sessions BETWEEN 0 AND count),
          PRIMARY KEY (event_id, type, minute)
        ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
        -- The sums of the minutes, for who asks each second.
        CREATE TABLE analytics_totals (
          event_id UUID NOT NULL,
          type TEXT NOT NULL,
          count BIGINT NOT NULL CHECK (count > 0),
          sessions BIGINT NOT NULL CHECK (sessions BETWEEN 0 AND count),
          PRIMARY KEY (event_id, type)
        ) WITH (
          fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500
        );
        CREATE TABLE analytics_sessions (
          event_id UUID NOT NULL,
          type TEXT NOT NULL,
          -- A hash of the session's word.
          session BIGINT NOT NULL,
          first_at TIMESTAMPTZ NOT NULL,
          PRIMARY KEY (event_id, type, session)
        );
        CREATE INDEX idx_analytics_sessions_first_at ON analytics_sessions USING brin (first_at);

        -- Who is in, and what went back: counted each second while somebody looks.
        -- Orders before their tickets, as every sale takes them: the other way about they deadlock.
        CREATE INDEX idx_orders_refunded ON orders (event_id)
          WHERE status IN ('PARTIALLY_REFUNDED', 'REFUNDED');
        CREATE INDEX idx_tickets_checked_in ON tickets (event_id) WHERE status = 'CHECKED_IN';
        """
    )
    for name in (
        *("was_confirmed", "event_sales", "sales_over_time", "section_sales"),
        "count_visits",
    ):
        run_function(name)
