"""Analytics: tickets and money over time are read apart."""

from arenapulse.migrations.script import run_function

revision = "0120"
down_revision = "0119"


def upgrade() -> None:
    run_function("sales_between")
