"""The ledger, written by triggers of what moves money; disputes; refunds that a bank undoes."""

from arenapulse.migrations.script import run, run_function

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    run(
        """
        CREATE TABLE ledger_entries (
          -- One a cause; its lines add up to zero.
          posting_id UUID NOT NULL,
          line SMALLINT NOT NULL,
          kind TEXT NOT NULL,
          -- No foreign keys: the books outlive what they are about.
          order_id UUID NOT NULL,
          event_id UUID NOT NULL,
          organization_id UUID NOT NULL,
          account TEXT NOT NULL CHECK (account IN ('processor', 'bank', 'till', 'receivable',
            'sales', 'fees', 'tax', 'refunds', 'disputes')),
          amount BIGINT NOT NULL CHECK (amount <> 0),
          currency TEXT NOT NULL,
          at TIMESTAMPTZ NOT NULL,
          PRIMARY KEY (posting_id, line)
        );
        CREATE INDEX idx_ledger_entries_order_id ON ledger_entries (order_id);
        CREATE INDEX idx_ledger_entries_event_id
          ON ledger_entries (event_id, at) INCLUDE (account, kind, amount);
        CREATE INDEX idx_ledger_entries_organization_id
          ON ledger_entries (organization_id, at) INCLUDE (event_id, account, kind, amount);
        -- A bank may send money back that was refunded: it did not reach its owner.
        ALTER TABLE charges ADD COLUMN retries SMALLINT NOT NULL DEFAULT 0;
        ALTER TABLE refunds ADD COLUMN undone_at TIMESTAMPTZ;
        CREATE INDEX idx_refunds_vendor_id ON refunds (vendor_id) WHERE vendor_id IS NOT NULL;
        CREATE TYPE dispute_status AS ENUM ('OPEN', 'WON', 'LOST');
        CREATE TABLE disputes (
          id TEXT PRIMARY KEY,
          order_id UUID NOT NULL,
          attempt SMALLINT NOT NULL,
          organization_id UUID NOT NULL,
          event_id UUID NOT NULL,
          amount BIGINT NOT NULL CHECK (amount > 0),
          currency TEXT NOT NULL,
          reason TEXT NOT NULL,
          status dispute_status NOT NULL,
          due_by TIMESTAMPTZ,
          opened_at TIMESTAMPTZ NOT NULL,
          updated_at TIMESTAMPTZ NOT NULL,
          FOREIGN KEY (order_id, attempt) REFERENCES charges
        );
        CREATE INDEX idx_disputes_order_id ON disputes (order_id, attempt);
        CREATE INDEX idx_disputes_organization_id ON disputes (organization_id, opened_at DESC);
        -- What an organization wishes; without a row all stays as it was.
        CREATE TABLE payment_wishes (
          organization_id UUID PRIMARY KEY,
          refund_on_warning BOOLEAN NOT NULL DEFAULT FALSE
        );
        -- The event as it came, and what it is about beside its intent.
        ALTER TABLE webhook_inbox ADD COLUMN body BYTEA, ADD COLUMN object_id TEXT;
        """
    )
    for name in ("may_move", "paid_by_hand", "ledger"):
        run_function(name)
    run(
        """
        CREATE TRIGGER ledger_adds_up AFTER INSERT ON ledger_entries
          REFERENCING NEW TABLE AS written
          FOR EACH STATEMENT EXECUTE FUNCTION ledger_adds_up();
        CREATE TRIGGER ledger_is_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
          FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_for_ever();
        CREATE TRIGGER ledger_of_charges AFTER INSERT OR UPDATE OF status ON charges
          FOR EACH ROW WHEN (NEW.status IN ('SUCCEEDED', 'OWED'))
          EXECUTE FUNCTION on_charge_moved();
        CREATE TRIGGER ledger_of_refunds AFTER UPDATE OF status, undone_at ON refunds
          FOR EACH ROW WHEN (NEW.status = 'SUCCEEDED' AND (OLD.status <> NEW.status
            OR OLD.undone_at IS NULL AND NEW.undone_at IS NOT NULL))
          EXECUTE FUNCTION on_refund_moved();
        CREATE TRIGGER ledger_of_disputes AFTER INSERT OR UPDATE OF status ON disputes
          FOR EACH ROW EXECUTE FUNCTION on_dispute_moved();
        CREATE TRIGGER ledger_of_sales AFTER INSERT ON orders
          FOR EACH ROW WHEN (NEW.payment_method IN ('box_office', 'invoice') AND NEW.total > 0)
          EXECUTE FUNCTION on_order_sold();
        CREATE TRIGGER ledger_of_cancelled AFTER UPDATE OF status ON orders
          FOR EACH ROW WHEN (
            NEW.payment_method IN ('box_office', 'invoice') AND NEW.total > 0
            AND NEW.status = 'CANCELLED' AND OLD.status = 'CONFIRMED')
          EXECUTE FUNCTION on_order_sold();
        """
    )
