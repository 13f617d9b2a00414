"""Messages: when one was to be sent first, which for a slow campaign is days after it was told."""

from arenapulse.migrations.script import run

revision = "0092"
down_revision = "0091"


def upgrade() -> None:
    run(
        """
        -- NULL: at once. `due_at` moves on with each try.
        ALTER TABLE messages ADD COLUMN first_due_at TIMESTAMPTZ;
        """
    )
