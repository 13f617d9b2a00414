"""Identity: API keys, which act for an organization in a role."""

from arenapulse.migrations.script import run

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run(
        """
        CREATE TABLE api_keys (
          -- Also the person of the key's orders and idempotency keys: no person has this id.
          id UUID PRIMARY KEY,
          organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
          name TEXT NOT NULL,
          role TEXT NOT NULL CHECK (role IN ('OWNER', 'MANAGER', 'ANALYST', 'STAFF')),
          prefix TEXT NOT NULL,
          key_hash BYTEA NOT NULL UNIQUE CHECK (length(key_hash) = 32),
          -- Sealed by the keyring, bound to the row.
          signing_secret BYTEA NOT NULL,
          made_by UUID NOT NULL,
          created_at TIMESTAMPTZ NOT NULL,
          expires_at TIMESTAMPTZ CHECK (expires_at > created_at),
          last_used_at TIMESTAMPTZ,
          ended_at TIMESTAMPTZ
        ) WITH (fillfactor = 70);
        CREATE INDEX idx_api_keys_organization_id ON api_keys (organization_id, id DESC);
        """
    )
