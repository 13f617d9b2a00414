"""Which orders are one season ticket."""

from arenapulse.migrations.script import run

revision = "0068"
down_revision = "0067"


def upgrade() -> None:
    run(
        """
        -- Written with the orders and never changed. `season_id` is the first one's id.
        CREATE TABLE season_orders (
          order_id UUID PRIMARY KEY,
          season_id UUID NOT NULL,
          series_id UUID NOT NULL
        );
        CREATE INDEX idx_season_orders_season_id ON season_orders (season_id, order_id);
        """
    )
