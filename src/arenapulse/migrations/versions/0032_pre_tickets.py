"""Tickets: the keys of their codes, and offers to give one away."""

from arenapulse.migrations.script import run

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    run(
        """
        CREATE TABLE event_keys (
          event_id UUID PRIMARY KEY,
          -- The seed that signs and the gate key, sealed by the keyring and bound to the row.
          sealed BYTEA NOT NULL,
          -- Raised when the gate key is changed: devices fetch the new one.
          generation INTEGER NOT NULL DEFAULT 1,
          -- Whether gates let people in with paper.
          printed_codes BOOLEAN NOT NULL DEFAULT FALSE,
          changed_at TIMESTAMPTZ NOT NULL
        );
        CREATE TABLE ticket_transfers (
          id UUID PRIMARY KEY,
          order_id UUID NOT NULL,
          number SMALLINT NOT NULL,
          event_id UUID NOT NULL,
          giver_id UUID NOT NULL,
          -- Whom it is offered to, until it ends.
          email TEXT,
          token_hash BYTEA NOT NULL UNIQUE CHECK (length(token_hash) = 32),
          created_at TIMESTAMPTZ NOT NULL,
          expires_at TIMESTAMPTZ NOT NULL CHECK (expires_at > created_at),
          ended_at TIMESTAMPTZ,
          outcome TEXT CHECK (outcome IN ('TAKEN', 'WITHDRAWN', 'EXPIRED')),
          recipient_id UUID,
          new_number SMALLINT,
          CONSTRAINT ended_has_an_outcome CHECK ((ended_at IS NULL) = (outcome IS NULL)),
          CONSTRAINT ended_has_no_address CHECK ((ended_at IS NULL) = (email IS NOT NULL)),
          CONSTRAINT taken_by_somebody
            CHECK ((outcome IS NOT DISTINCT FROM 'TAKEN') = (recipient_id IS NOT NULL))
        );
        -- One offer of a ticket at a time.
        CREATE UNIQUE INDEX idx_ticket_transfers_open ON ticket_transfers (order_id, number)
          WHERE ended_at IS NULL;
        CREATE INDEX idx_ticket_transfers_giver_id ON ticket_transfers (giver_id)
          WHERE ended_at IS NULL;
        """
    )
