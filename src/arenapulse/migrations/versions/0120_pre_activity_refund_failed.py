"""Orders of which a refund failed are found by that."""

from arenapulse.migrations.script import run_function

revision = "0120"
down_revision = "0119"


def upgrade() -> None:
    run_function("organization_orders")
