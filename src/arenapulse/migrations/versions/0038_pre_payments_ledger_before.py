"""What moved before there was a ledger; what is posted meanwhile is posted once."""

from arenapulse.migrations.script import run

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    run(
        """
        SELECT count(post_charge(c)) FROM charges c WHERE c.status IN ('SUCCEEDED', 'OWED');
        SELECT count(post_refund(r, 'refund', 1)) FROM refunds r WHERE r.status = 'SUCCEEDED';
        SELECT count(post_sale('sale', o.id::TEXT, o.id, o.created_at,
            CASE o.payment_method WHEN 'invoice' THEN 'receivable' ELSE 'till' END, 1))
          FROM orders o
          WHERE o.payment_method IN ('box_office', 'invoice') AND o.status = 'CONFIRMED';
        """
    )
