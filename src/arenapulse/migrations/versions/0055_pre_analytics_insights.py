"""Where visits came from and what became of them; cohorts of buyers; an event at a moment."""

from arenapulse.migrations.script import run, run_function

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    run(
        """
        -- A session is a hash of a page's word, which ends with the page: nobody is known by it.
        CREATE TABLE analytics_sources (
          event_id UUID NOT NULL,
          session BIGINT NOT NULL,
          source TEXT NOT NULL,
          at TIMESTAMPTZ NOT NULL,
          PRIMARY KEY (event_id, session)
        );
        CREATE INDEX idx_analytics_sources_at ON analytics_sources USING brin (at);
        CREATE TABLE analytics_orders (
          event_id UUID NOT NULL,
          order_id UUID NOT NULL,
          session BIGINT NOT NULL,
          at TIMESTAMPTZ NOT NULL,
          PRIMARY KEY (event_id, order_id)
        );
        CREATE INDEX idx_analytics_orders_at ON analytics_orders USING brin (at);
        """
    )
    run_function("insights")
