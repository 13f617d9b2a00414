"""Tickets: how often a person offered tickets of late is counted before another mail goes out."""

from arenapulse.migrations.script import run

revision = "0102"
down_revision = "0101"


def upgrade() -> None:
    run(
        """
        CREATE INDEX idx_ticket_transfers_given ON ticket_transfers (giver_id, created_at);
        """
    )
