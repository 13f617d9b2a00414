"""Refunds: money and places that go back. The functions that sell and settle, as they are now."""

from arenapulse.migrations.script import run, run_function

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run(
        """
        ALTER TABLE charges
          -- What its refunds that wait or succeeded add up to: never more than was taken.
          ADD COLUMN refunded BIGINT NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),
          ADD CONSTRAINT only_paid_is_refunded CHECK (
            refunded = 0 OR status IN ('CAPTURING', 'SUCCEEDED')
          );

        CREATE TYPE refund_status AS ENUM ('PENDING', 'SUCCEEDED', 'FAILED');
        CREATE TABLE refunds (
          id UUID PRIMARY KEY,
          order_id UUID NOT NULL,
          attempt SMALLINT NOT NULL,
          -- 0 for places that cost nothing: they go back all the same.
          amount BIGINT NOT NULL CHECK (amount >= 0),
          currency TEXT NOT NULL,
          reason TEXT NOT NULL,
          -- The tickets it voids, by their numbers; none where it is money alone.
          numbers SMALLINT[] NOT NULL,
          status refund_status NOT NULL,
          due_at TIMESTAMPTZ,
          tries INTEGER NOT NULL DEFAULT 0,
          vendor_id TEXT UNIQUE,
          error_code TEXT,
          -- Nobody where the event was cancelled. No foreign key: the books outlive accounts.
          asked_by UUID,
          created_at TIMESTAMPTZ NOT NULL,
          updated_at TIMESTAMPTZ NOT NULL,
          FOREIGN KEY (order_id, attempt) REFERENCES charges,
          CONSTRAINT gives_something CHECK (amount > 0 OR cardinality(numbers) > 0),
          CONSTRAINT waiting_is_due CHECK ((due_at IS NULL) = (status <> 'PENDING'))
        );
        CREATE INDEX idx_refunds_due ON refunds (due_at) WHERE due_at IS NOT NULL;
        CREATE INDEX idx_refunds_order_id ON refunds (order_id, attempt);
        -- A ticket is refunded once; a refund that failed lets it go again.
        CREATE TABLE refund_tickets (
          order_id UUID NOT NULL,
          number SMALLINT NOT NULL,
          refund_id UUID NOT NULL REFERENCES refunds,
          PRIMARY KEY (order_id, number)
        );
        CREATE INDEX idx_refund_tickets_refund_id ON refund_tickets (refund_id);

        -- A database made before it came into version 6 has not got it.
        CREATE INDEX IF NOT EXISTS idx_orders_event ON orders (event_id, id);
        -- It has one argument more now; calls with the old four still find it.
        DROP FUNCTION settle_orders;
        """
    )
    for name in (
        *("spread_discounts", "place_orders", "lock_places", "settle_orders"),
        *("recount_places", "flip_sold_out", "due_charges"),
    ):
        run_function(name)
