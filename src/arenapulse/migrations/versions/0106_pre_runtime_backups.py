"""Backups that were made, as whoever makes them tells: how old the last is can be watched."""

from arenapulse.migrations.script import run

revision = "0106"
down_revision = "0105"


def upgrade() -> None:
    run(
        """
        CREATE TABLE backups (
          name TEXT PRIMARY KEY,
          finished_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        -- Since when one could be told of: one that is never made is late, too.
        INSERT INTO backups (name) VALUES ('');
        """
    )
