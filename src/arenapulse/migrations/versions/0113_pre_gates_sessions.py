"""Gates: which sign-ins spoke as a device; a locked-out one takes them along."""

from arenapulse.migrations.script import run

revision = "0113"
down_revision = "0112"


def upgrade() -> None:
    run(
        """
        ALTER TABLE gate_devices ADD COLUMN session_ids UUID[] NOT NULL DEFAULT '{}';
        CREATE INDEX idx_gate_devices_organization_id ON gate_devices (organization_id, revoked_at);
        """
    )
