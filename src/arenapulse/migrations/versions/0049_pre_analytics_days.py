"""Analytics: days are made and dropped by who owns the tables, which the service does not."""

from arenapulse.migrations.script import run_function

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    run_function("analytics_days")
