"""Identity: links in mails that prove an address or give a new password, each once."""

from arenapulse.migrations.script import run

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    run(
        """
        CREATE TABLE mail_tokens (
          -- Of 256 random bits, so a plain hash keeps it.
          token_hash BYTEA PRIMARY KEY CHECK (length(token_hash) = 32),
          user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
          purpose TEXT NOT NULL CHECK (purpose IN ('VERIFY', 'RESET')),
          -- The address that the mail went to: it alone is proved by the link.
          email TEXT NOT NULL,
          created_at TIMESTAMPTZ NOT NULL,
          expires_at TIMESTAMPTZ NOT NULL CHECK (expires_at > created_at),
          used_at TIMESTAMPTZ
        );
        CREATE INDEX idx_mail_tokens_user_id ON mail_tokens (user_id, purpose, created_at);

        -- Written for every address alike; who looks whether it is known answers no request.
        CREATE TABLE reset_requests (
          id UUID PRIMARY KEY,
          email TEXT NOT NULL,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        """
    )
