"""Flags: for whom one is on; without any of the three it is on for all."""

from arenapulse.migrations.script import run

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    run(
        """
        ALTER TABLE flags
          ADD COLUMN people UUID[] NOT NULL DEFAULT '{}',
          ADD COLUMN organizations UUID[] NOT NULL DEFAULT '{}',
          ADD COLUMN percentage SMALLINT CHECK (percentage BETWEEN 0 AND 100);
        """
    )
