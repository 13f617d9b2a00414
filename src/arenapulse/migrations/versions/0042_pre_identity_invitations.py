"""Identity: members by consent; organizations that ask a second factor of who manages them."""

from arenapulse.migrations.script import run

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    run(
        """
        CREATE TABLE invitations (
          id UUID PRIMARY KEY,
          organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
          email TEXT NOT NULL,
          role TEXT NOT NULL CHECK (role IN ('OWNER', 'MANAGER', 'ANALYST', 'STAFF')),
          token_hash BYTEA NOT NULL UNIQUE CHECK (length(token_hash) = 32),
          invited_by UUID NOT NULL,
          created_at TIMESTAMPTZ NOT NULL,
          expires_at TIMESTAMPTZ NOT NULL CHECK (expires_at > created_at),
          accepted_at TIMESTAMPTZ,
          ended_at TIMESTAMPTZ
        );
        CREATE INDEX idx_invitations_organization_id
          ON invitations (organization_id, created_at DESC)
          WHERE accepted_at IS NULL AND ended_at IS NULL;
        CREATE INDEX idx_invitations_email ON invitations (email);

        ALTER TABLE organizations ADD COLUMN mfa_required BOOLEAN NOT NULL DEFAULT FALSE;

        ALTER TABLE sessions DROP CONSTRAINT sessions_revoked_for_check;
        ALTER TABLE sessions ADD CONSTRAINT sessions_revoked_for_check CHECK (revoked_for IN
          ('logout', 'reuse', 'password', 'erasure', 'disabled', 'limit', 'role')) NOT VALID;
        """
    )
