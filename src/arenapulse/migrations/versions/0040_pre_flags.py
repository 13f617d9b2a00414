"""Flags: switches that were set by hand; what is not here is as code has it."""

from arenapulse.migrations.script import run

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    run(
        """
        CREATE TABLE flags (
          name TEXT PRIMARY KEY,
          is_on BOOLEAN NOT NULL,
          changed_by UUID NOT NULL,
          changed_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        """
    )
