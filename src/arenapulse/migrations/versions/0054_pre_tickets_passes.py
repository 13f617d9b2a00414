"""Tickets: what signs an organization's passes for the wallets of telephones, sealed."""

from arenapulse.migrations.script import run

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    run(
        """
        CREATE TABLE pass_certificates (
          organization_id UUID PRIMARY KEY,
          sealed BYTEA NOT NULL,
          changed_at TIMESTAMPTZ NOT NULL
        );
        """
    )
