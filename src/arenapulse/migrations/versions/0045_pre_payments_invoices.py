"""Invoices and credit notes, numbered without gaps; how much a buyer may have back, by time."""

from arenapulse.migrations.script import run, run_function

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    run(
        """
        CREATE TABLE invoice_counters (
          organization_id UUID NOT NULL,
          year INTEGER NOT NULL,
          last INTEGER NOT NULL,
          PRIMARY KEY (organization_id, year)
        );
        CREATE TABLE invoices (
          id UUID PRIMARY KEY,
          organization_id UUID NOT NULL,
          year INTEGER NOT NULL,
          number INTEGER NOT NULL CHECK (number > 0),
          kind TEXT NOT NULL CHECK (kind IN ('INVOICE', 'CREDIT_NOTE')),
          order_id UUID NOT NULL,
          refund_id UUID UNIQUE,
          amount BIGINT NOT NULL CHECK (amount > 0),
          tax BIGINT NOT NULL CHECK (tax >= 0),
          currency TEXT NOT NULL,
          issued_at TIMESTAMPTZ NOT NULL,
          UNIQUE (organization_id, year, number),
          CHECK ((kind = 'CREDIT_NOTE') = (refund_id IS NOT NULL))
        );
        CREATE UNIQUE INDEX idx_invoices_order_id ON invoices (order_id) WHERE refund_id IS NULL;
        CREATE INDEX idx_invoices_order ON invoices (order_id, issued_at);
        CREATE TABLE refund_policies (
          event_id UUID PRIMARY KEY,
          tiers JSONB NOT NULL
        );
        """
    )
    run_function("issue_invoice")
    # Credit notes begin with 0095: they are written as it has them, and nobody who comes this way
    # has an invoice before.
