"""Workers that say that they live: what a dead one had taken is free within seconds."""

from arenapulse.migrations.script import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run(
        """
        CREATE TABLE due_workers (
          id UUID PRIMARY KEY,
          host TEXT NOT NULL,
          started_at TIMESTAMPTZ NOT NULL,
          seen_at TIMESTAMPTZ NOT NULL
        ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
        """
    )
