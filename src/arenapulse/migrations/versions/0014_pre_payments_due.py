"""Charges and refunds are drained by the runner of due rows.

A worker of before takes by `due_at` alone: beside a new one it may make a call twice, by its key.
"""

from arenapulse.migrations.script import make_due, run, run_function

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    for table in ("charges", "refunds"):
        make_due(table)
    run(
        """
        UPDATE charges c SET organization_id = e.organization_id
          FROM orders o JOIN events e ON e.id = o.event_id
          WHERE o.id = c.order_id AND c.due_at IS NOT NULL;
        UPDATE refunds r SET organization_id = e.organization_id
          FROM orders o JOIN events e ON e.id = o.event_id
          WHERE o.id = r.order_id AND r.due_at IS NOT NULL;
        ALTER TABLE charges
          DROP CONSTRAINT live_is_due,
          ADD CONSTRAINT live_is_due CHECK (
            (due_at IS NULL) = (status IN ('SUCCEEDED', 'DECLINED', 'CANCELLED', 'OWED'))
          );
        """
    )
    for name in ("may_move", "due_charges"):
        run_function(name)
