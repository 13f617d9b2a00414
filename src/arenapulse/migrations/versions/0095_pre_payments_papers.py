"""Papers say for ever what they said when they were issued; what is let go has its credit note."""

from arenapulse.migrations.script import run, run_function

revision = "0095"
down_revision = "0094"


def upgrade() -> None:
    run(
        """
        -- As who settles a refund locks them: refunds, and by this trigger invoices.
        DROP TRIGGER IF EXISTS credit_notes ON refunds;
        ALTER TABLE invoices ADD COLUMN cause TEXT, ADD COLUMN sheet JSONB;
        UPDATE invoices
          SET cause = CASE WHEN refund_id IS NULL THEN 'order:' || order_id
                           ELSE 'refund:' || refund_id END;
        -- And with it its index and what it allowed.
        ALTER TABLE invoices DROP COLUMN refund_id CASCADE,
          DROP CONSTRAINT invoices_kind_check,
          ADD CHECK (kind IN ('INVOICE', 'CREDIT_NOTE', 'CORRECTION')),
          ALTER COLUMN cause SET NOT NULL, ADD UNIQUE (cause);
        """
    )
    for name in ("issue_invoice", "ledger"):
        run_function(name)
    run(
        """
        -- What those of before said, 0105 writes down without a lock on all of them.
        CREATE TRIGGER credit_notes AFTER UPDATE OF status, undone_at ON refunds
          FOR EACH ROW WHEN (NEW.status = 'SUCCEEDED' AND (OLD.status <> NEW.status
            OR OLD.undone_at IS NULL AND NEW.undone_at IS NOT NULL))
          EXECUTE FUNCTION on_invoiced_refund();
        """
    )
