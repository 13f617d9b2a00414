"""The activity of orders: a line for each fact about one."""

from arenapulse.migrations.script import run

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    run(
        """
        CREATE TABLE order_activity (
          order_id UUID NOT NULL,
          -- A reaction that runs again writes nothing.
          fact_id UUID NOT NULL,
          at TIMESTAMPTZ NOT NULL,
          kind TEXT NOT NULL,
          code TEXT,
          amount BIGINT CHECK (amount >= 0),
          numbers SMALLINT[] NOT NULL,
          PRIMARY KEY (order_id, fact_id),
          CONSTRAINT refunds_have_an_amount CHECK ((kind = 'REFUNDED') = (amount IS NOT NULL))
        )
        """
    )
