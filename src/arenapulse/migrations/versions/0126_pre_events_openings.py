"""Events: the moment at which a sale opens by itself."""

from arenapulse.migrations.script import run

revision = "0126"
down_revision = "0125"


def upgrade() -> None:
    run(
        """
        ALTER TABLE events ADD COLUMN sales_start_at TIMESTAMPTZ;
        -- What a worker looks for twice a second: those few that are to open.
        CREATE INDEX idx_events_sales_start_at ON events (sales_start_at)
          WHERE status = 'SCHEDULED' AND sales_start_at IS NOT NULL;
        """
    )
