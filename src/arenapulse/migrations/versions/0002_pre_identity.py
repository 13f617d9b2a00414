"""Identity: people, their sessions, organizations."""

from arenapulse.migrations.script import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run(
        """
        CREATE TABLE users (
          id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
          -- Normalized by identity/address.py; lower() here would follow the server's locale.
          email TEXT UNIQUE NOT NULL CHECK (email !~ '[A-Z]'),
          password_hash TEXT NOT NULL,
          full_name TEXT NOT NULL,
          phone_number TEXT,
          email_verified_at TIMESTAMPTZ,
          roles TEXT[] NOT NULL DEFAULT '{}' CHECK (roles <@ ARRAY['ADMIN']),
          preferences JSONB,
          disabled_at TIMESTAMPTZ,
          erased_at TIMESTAMPTZ,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        CREATE INDEX idx_users_email ON users (email);

        -- A session is a family of refresh tokens; the living one is its generation.
        CREATE TABLE sessions (
          id UUID PRIMARY KEY,
          user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
          generation INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0),
          user_agent TEXT NOT NULL DEFAULT '',
          created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          last_used_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          expires_at TIMESTAMPTZ NOT NULL,
          revoked_at TIMESTAMPTZ,
          revoked_for TEXT CHECK (revoked_for IN ('logout', 'reuse', 'password', 'erasure',
                                                  'disabled', 'limit')),
          CHECK ((revoked_at IS NULL) = (revoked_for IS NULL))
        ) WITH (fillfactor = 80);
        CREATE INDEX idx_sessions_user_id ON sessions (user_id);
        -- Every process asks for the newest twice a second.
        CREATE INDEX idx_sessions_revoked_at ON sessions (revoked_at, id)
          WHERE revoked_at IS NOT NULL;

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

        -- A membership that ended leaves no row to look at: what changed, for an hour.
        CREATE TABLE membership_news (
          id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          user_id UUID NOT NULL,
          organization_id UUID NOT NULL,
          changed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
        );
        CREATE INDEX idx_membership_news_changed_at ON membership_news (changed_at);
        """
    )
