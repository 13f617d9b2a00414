"""Analytics: a refund that a bank sent back is no money given back."""

from arenapulse.migrations.script import run_function

revision = "0107"
down_revision = "0106"


def upgrade() -> None:
    run_function("event_sales")
