"""An order's activity tells of refunds that were asked for, failed or came back."""

from arenapulse.migrations.script import run

revision = "0096"
down_revision = "0095"


def upgrade() -> None:
    run(
        """
        -- What a bank sent back may be given another way.
        UPDATE charges c SET refunded = c.refunded - u.amount
          FROM (SELECT order_id, attempt, sum(amount)::BIGINT AS amount FROM refunds
                WHERE status = 'SUCCEEDED' AND undone_at IS NOT NULL GROUP BY 1, 2) u
          WHERE c.order_id = u.order_id AND c.attempt = u.attempt;
        -- Unread, for nobody may write meanwhile: the next migration reads them.
        ALTER TABLE order_activity DROP CONSTRAINT refunds_have_an_amount,
          ADD CONSTRAINT refunds_have_an_amount
            CHECK (starts_with(kind, 'REFUND') = (amount IS NOT NULL)) NOT VALID;
        """
    )
