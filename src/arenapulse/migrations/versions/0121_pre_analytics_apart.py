"""Analytics: tickets and money over time are read apart."""

from arenapulse.migrations.script import run_function

revision = "0121"
down_revision = "0120"


def upgrade() -> None:
    run_function("sales_between")
