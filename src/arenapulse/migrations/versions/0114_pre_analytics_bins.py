"""Analytics: sales over time and cohorts cost less to count."""

from arenapulse.migrations.script import run_function

revision = "0114"
down_revision = "0113"


def upgrade() -> None:
    for name in ("sales_over_time", "sales_between", "insights"):
        run_function(name)
