"""Analytics: what was sold between two moments, for who looks at the last hour."""

from arenapulse.migrations.script import run_function

revision = "0100"
down_revision = "0099"


def upgrade() -> None:
    run_function("sales_between")
