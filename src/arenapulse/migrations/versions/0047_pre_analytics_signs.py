"""What may need somebody's hand at an event now."""

from arenapulse.migrations.script import run, run_function

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    run("CREATE INDEX idx_refunds_failed ON refunds (order_id) WHERE status = 'FAILED'")
    run_function("event_signs")
