"""Orders, tickets, and the functions that are the only writers of both and of the stock.

No foreign keys on the two hot tables: the check of each row would lock the event's row, and only
the functions write them, joined to stock rows that do have their key. The simulation verifies it.
"""

from arenapulse.migrations.script import run, run_function

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run(
        """
        CREATE TYPE order_status AS ENUM (
          'PENDING', 'CONFIRMED', 'CANCELLED', 'EXPIRED', 'FAILED', 'PARTIALLY_REFUNDED', 'REFUNDED'
        );
        CREATE TYPE payment_status AS ENUM (
          'NOT_REQUIRED', 'PENDING', 'PROCESSING', 'REQUIRES_ACTION', 'RETRYING', 'SUCCEEDED',
          'FAILED', 'REFUNDED', 'DISPUTED'
        );
        CREATE TYPE ticket_status AS ENUM (
          'RESERVED', 'VALID', 'CHECKED_IN', 'TRANSFERRED', 'VOID'
        );
        CREATE TABLE orders (
          -- The last 12 bits are zero: with a ticket's number there they are the ticket's id.
          id UUID PRIMARY KEY,
          event_id UUID NOT NULL,
          user_id UUID NOT NULL,
          created_at TIMESTAMPTZ NOT NULL,
          expires_at TIMESTAMPTZ NOT NULL,
          subtotal BIGINT NOT NULL CHECK (subtotal >= 0),
          fees BIGINT NOT NULL CHECK (fees >= 0),
          discount BIGINT NOT NULL DEFAULT 0 CHECK (discount BETWEEN 0 AND subtotal),
          tax BIGINT NOT NULL CHECK (tax >= 0),
          total BIGINT NOT NULL,
          tax_rate INTEGER NOT NULL,
          hold_seconds INTEGER NOT NULL,
          status order_status NOT NULL,
          payment_status payment_status NOT NULL,
          placed_status order_status NOT NULL,
          placed_payment_status payment_status NOT NULL,
          -- Each once: raised when paying starts, raised after a declined card.
          raised_for_payment BOOLEAN NOT NULL DEFAULT FALSE,
          raised_after_decline BOOLEAN NOT NULL DEFAULT FALSE,
          payment_method TEXT NOT NULL
            CHECK (payment_method IN ('card', 'free', 'box_office', 'invoice')),
          currency TEXT NOT NULL,
          request_hash BIGINT NOT NULL,
          idempotency_key TEXT,
          promo_id UUID,
          client_secret TEXT,
          last_error JSONB,
          CONSTRAINT total_is_the_sum CHECK (total = subtotal + fees - discount),
          CONSTRAINT hold_is_bounded CHECK (expires_at <= created_at + INTERVAL '1200 seconds')
        ) WITH (autovacuum_vacuum_scale_factor = 0.02);
        CREATE UNIQUE INDEX idx_orders_key ON orders (user_id, idempotency_key)
          WHERE idempotency_key IS NOT NULL;
        CREATE INDEX idx_orders_user ON orders (user_id, id DESC);
        -- The orders of an event: a changed cap counts them, a cancelled event refunds them.
        CREATE INDEX idx_orders_event ON orders (event_id, id);
        CREATE INDEX idx_orders_pending ON orders (event_id, expires_at) WHERE status = 'PENDING';

        CREATE TABLE tickets (
          order_id UUID NOT NULL,
          number SMALLINT NOT NULL CHECK (number BETWEEN 1 AND 4095),
          event_id UUID NOT NULL,
          section_id UUID NOT NULL,
          seat_index INTEGER,
          seat INTEGER,
          seat_row TEXT,
          price_level TEXT NOT NULL,
          amount INTEGER NOT NULL CHECK (amount >= 0),
          fee INTEGER NOT NULL CHECK (fee >= 0),
          discount INTEGER NOT NULL DEFAULT 0 CHECK (discount BETWEEN 0 AND amount),
          status ticket_status NOT NULL,
          PRIMARY KEY (order_id, number)
        );
        -- The bitmap says it first, this says it again: no seat is held or sold twice.
        CREATE UNIQUE INDEX idx_tickets_seat ON tickets (event_id, section_id, seat_index)
          WHERE seat_index IS NOT NULL AND status IN ('RESERVED', 'VALID', 'CHECKED_IN');
        """
    )
    for name in (
        *("spread_discounts", "place_orders", "lock_places", "settle_orders"),
        "recount_places",
    ):
        run_function(name)
