"""Analytics: what was sold between two moments, for who looks at the last hour."""

from arenapulse.migrations.script import run_function

revision = "0103"
down_revision = "0102"


def upgrade() -> None:
    run_function("sales_between")
