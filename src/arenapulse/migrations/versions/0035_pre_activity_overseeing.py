"""An organization's orders: found by words, and with notes."""

from arenapulse.migrations.script import run, run_function

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    run(
        """
        CREATE TABLE order_notes (
          id UUID PRIMARY KEY,
          order_id UUID NOT NULL,
          "by" UUID NOT NULL,
          text TEXT NOT NULL,
          at TIMESTAMPTZ NOT NULL
        );
        CREATE INDEX idx_order_notes_order_id ON order_notes (order_id, at DESC);
        """
    )
    run_function("organization_orders")
