"""People: by which programs they sign in, which outlives their sessions."""

from arenapulse.migrations.script import run

revision = "0094"
down_revision = "0093"


def upgrade() -> None:
    run(
        """
        CREATE TABLE known_devices (
          user_id UUID NOT NULL REFERENCES users ON DELETE CASCADE,
          agent_hash BYTEA NOT NULL,
          seen_at TIMESTAMPTZ NOT NULL,
          PRIMARY KEY (user_id, agent_hash)
        );
        CREATE INDEX idx_known_devices_seen_at ON known_devices (seen_at);
        """
    )
