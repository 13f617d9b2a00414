"""Analytics: two workers that make the same day wait for each other in one order."""

from arenapulse.migrations.script import run_function

revision = "0091"
down_revision = "0090"


def upgrade() -> None:
    run_function("analytics_days")
