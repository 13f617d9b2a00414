"""The twin of Stripe speaks its wire format: whole answers by key, refunds, disputes, warnings."""

from arenapulse.migrations.script import run

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    run(
        """
        ALTER TABLE sandbox_intents
          ADD COLUMN token TEXT NOT NULL DEFAULT 'pm_card_visa',
          ADD COLUMN destination TEXT,
          ADD COLUMN disputed BOOLEAN NOT NULL DEFAULT FALSE;
        CREATE INDEX idx_sandbox_intents_created_at ON sandbox_intents (created_at, id);
        -- NULL with answers of before, which are of another form: they count for nothing.
        ALTER TABLE sandbox_idempotency ADD COLUMN status SMALLINT;
        CREATE TABLE sandbox_refunds (
          id TEXT PRIMARY KEY,
          intent_id TEXT NOT NULL REFERENCES sandbox_intents,
          amount BIGINT NOT NULL CHECK (amount > 0),
          status TEXT NOT NULL,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        CREATE INDEX idx_sandbox_refunds_intent_id ON sandbox_refunds (intent_id);
        CREATE TABLE sandbox_disputes (
          id TEXT PRIMARY KEY,
          intent_id TEXT NOT NULL REFERENCES sandbox_intents,
          amount BIGINT NOT NULL CHECK (amount > 0),
          reason TEXT NOT NULL,
          status TEXT NOT NULL,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        CREATE INDEX idx_sandbox_disputes_intent_id ON sandbox_disputes (intent_id);
        CREATE TABLE sandbox_warnings (
          id TEXT PRIMARY KEY,
          intent_id TEXT NOT NULL REFERENCES sandbox_intents,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        CREATE INDEX idx_sandbox_warnings_intent_id ON sandbox_warnings (intent_id);
        """
    )
