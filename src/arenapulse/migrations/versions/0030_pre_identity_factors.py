"""Identity: second factors, what was asked and not answered yet, and known devices."""

from arenapulse.migrations.script import run

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    run(
        """
        CREATE TABLE totp_factors (
          user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
          -- Sealed by the keyring, bound to the row.
          secret BYTEA NOT NULL,
          confirmed_at TIMESTAMPTZ,
          -- Of the last code that was taken: neither it nor an older one is taken again.
          last_step BIGINT NOT NULL DEFAULT 0,
          created_at TIMESTAMPTZ NOT NULL
        );
        CREATE TABLE recovery_codes (
          user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
          code_hash BYTEA NOT NULL CHECK (length(code_hash) = 32),
          used_at TIMESTAMPTZ,
          PRIMARY KEY (user_id, code_hash)
        );
        CREATE TABLE passkeys (
          id UUID PRIMARY KEY,
          user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
          credential_id BYTEA NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 1 AND 1023),
          public_key BYTEA NOT NULL,
          -- What the key counted last: one that counts less is a copy.
          counter BIGINT NOT NULL CHECK (counter >= 0),
          name TEXT NOT NULL,
          created_at TIMESTAMPTZ NOT NULL,
          last_used_at TIMESTAMPTZ
        );
        CREATE INDEX idx_passkeys_user_id ON passkeys (user_id);
        CREATE TABLE sign_in_challenges (
          token_hash BYTEA PRIMARY KEY CHECK (length(token_hash) = 32),
          what TEXT NOT NULL CHECK (what IN ('CODE', 'NEW_KEY', 'KEY')),
          user_id UUID REFERENCES users (id) ON DELETE CASCADE,
          nonce BYTEA NOT NULL,
          tries INTEGER NOT NULL DEFAULT 0,
          created_at TIMESTAMPTZ NOT NULL,
          expires_at TIMESTAMPTZ NOT NULL CHECK (expires_at > created_at),
          used_at TIMESTAMPTZ
        );
        CREATE INDEX idx_sign_in_challenges_user_id ON sign_in_challenges (user_id);
        """
    )
