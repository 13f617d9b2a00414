"""Events that belong together, and the colours of an event's scarf."""

from arenapulse.migrations.script import run

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    run(
        """
        -- The event that the others of the series were made from; its own id on itself.
        ALTER TABLE events ADD COLUMN series_id UUID;
        ALTER TABLE events ADD COLUMN scarf TEXT[];
        CREATE INDEX idx_events_series ON events (series_id, start_time)
          WHERE series_id IS NOT NULL;
        """
    )
