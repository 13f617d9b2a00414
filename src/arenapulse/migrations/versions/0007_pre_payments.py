"""Payments: charges that fall due, the inbox of webhooks, and the state of the sandbox twin."""

from arenapulse.migrations.script import run, run_function

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run(
        """
        CREATE TYPE charge_status AS ENUM (
          'DUE', 'PROCESSING', 'REQUIRES_ACTION', 'CAPTURING', 'CANCELLING',
          'SUCCEEDED', 'DECLINED', 'CANCELLED'
        );
        CREATE TABLE charges (
          -- No foreign key: the check would lock the order's row on the hot path.
          order_id UUID NOT NULL,
          attempt SMALLINT NOT NULL CHECK (attempt BETWEEN 1 AND 5),
          amount BIGINT NOT NULL CHECK (amount > 0),
          currency TEXT NOT NULL,
          token TEXT NOT NULL,
          status charge_status NOT NULL,
          -- When a worker looks at it next; while one does, when another may take over.
          due_at TIMESTAMPTZ,
          tries INTEGER NOT NULL DEFAULT 0,
          intent_id TEXT UNIQUE,
          hold_until TIMESTAMPTZ,
          error_code TEXT,
          created_at TIMESTAMPTZ NOT NULL,
          updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
          PRIMARY KEY (order_id, attempt),
          CONSTRAINT live_is_due CHECK (
            (due_at IS NULL) = (status IN ('SUCCEEDED', 'DECLINED', 'CANCELLED'))
          )
        ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
        CREATE INDEX idx_charges_due ON charges (due_at) WHERE due_at IS NOT NULL;
        CREATE UNIQUE INDEX idx_charges_open ON charges (order_id)
          WHERE status IN ('DUE', 'PROCESSING', 'REQUIRES_ACTION');
        -- Two attempts of one order are never both paid.
        CREATE UNIQUE INDEX idx_charges_paid ON charges (order_id)
          WHERE status IN ('CAPTURING', 'SUCCEEDED');

        CREATE TABLE webhook_inbox (
          event_id TEXT PRIMARY KEY,
          type TEXT NOT NULL,
          intent_id TEXT,
          received_at TIMESTAMPTZ NOT NULL,
          handled_at TIMESTAMPTZ
        );
        CREATE INDEX idx_webhook_inbox_received_at ON webhook_inbox (received_at);

        CREATE TABLE sandbox_intents (
          id TEXT PRIMARY KEY,
          order_id UUID NOT NULL,
          attempt INTEGER NOT NULL,
          amount BIGINT NOT NULL CHECK (amount > 0),
          currency TEXT NOT NULL,
          status TEXT NOT NULL,
          client_secret TEXT NOT NULL,
          captured BIGINT NOT NULL DEFAULT 0 CHECK (captured BETWEEN 0 AND amount),
          refunded BIGINT NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND captured),
          decline JSONB,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        CREATE INDEX idx_sandbox_intents_order_id ON sandbox_intents (order_id);
        CREATE TABLE sandbox_idempotency (
          key TEXT PRIMARY KEY,
          request_hash BYTEA NOT NULL,
          answer BYTEA,
          created_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        """
    )
    run_function("due_charges")
