"""Papers say for ever what they said when they were issued; what is let go has its credit note."""

from arenapulse.migrations.script import run, run_function

revision = "0095"
down_revision = "0094"


def upgrade() -> None:
    run(
        """
        -- As who settles a refund locks them: refunds, and by this trigger invoices.
        DROP TRIGGER credit_notes ON refunds;
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
        -- As good as it is known today.
        UPDATE invoices i SET sheet = paper_sheet(i.order_id) || CASE i.kind
          WHEN 'INVOICE' THEN '{}'
          ELSE (SELECT jsonb_build_object('of', o.year || '-' || lpad(o.number::TEXT, 6, '0'))
                FROM invoices o WHERE o.cause = 'order:' || i.order_id) END;
        ALTER TABLE invoices ALTER COLUMN sheet SET NOT NULL;
        CREATE TRIGGER credit_notes AFTER UPDATE OF status, undone_at ON refunds
          FOR EACH ROW WHEN (NEW.status = 'SUCCEEDED' AND (OLD.status <> NEW.status
            OR OLD.undone_at IS NULL AND NEW.undone_at IS NOT NULL))
          EXECUTE FUNCTION on_invoiced_refund();
        """
    )
