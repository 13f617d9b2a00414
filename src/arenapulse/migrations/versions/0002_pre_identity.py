"""Identity: people, their sessions, organizations."""

from arenapulse.migrations.script import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run(
        """
        CREATE TABLE users (
          id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
          email TEXT UNIQUE NOT NULL CHECK (email = lower(email)),
          password_hash TEXT NOT NULL,
          full_name TEXT NOT NULL,
          phone_number TEXT,
          email_verified_at TIMESTAMPTZ,
          roles TEXT[] NOT NULL DEFAULT '{}',
          disabled_at TIMESTAMPTZ,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        CREATE INDEX idx_users_email ON users (email);

        CREATE TABLE organizations (
          id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
          name TEXT NOT NULL,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        CREATE TABLE memberships (
          organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
          user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
          role TEXT NOT NULL CHECK (role IN ('OWNER', 'MANAGER', 'ANALYST', 'STAFF')),
          created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          PRIMARY KEY (organization_id, user_id)
        );
        CREATE INDEX idx_memberships_user_id ON memberships (user_id);
        """
    )
