"""Notifications: what the vendors' twins took is no part of what we promise to keep."""

from arenapulse.migrations.script import run

revision = "0116"
down_revision = "0115"


def upgrade() -> None:
    run(
        """
        -- A vendor is elsewhere: what it writes down must not make orders wait for our disk. After
        -- a crash of the database the twins have forgotten, and are asked about nothing again.
        ALTER TABLE sandbox_messages SET UNLOGGED;
        -- Packing sixteen kilobytes of a mail costs more than they do.
        ALTER TABLE sandbox_messages ALTER COLUMN html SET STORAGE EXTERNAL;
        """
    )
