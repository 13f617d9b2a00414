"""Whoever takes a ticket may know whether its money is on its way back; a cancel waits for them."""

from arenapulse.migrations.script import run_function

revision = "0074"
down_revision = "0073"


def upgrade() -> None:
    run_function("behind_walls")
    run_function("move_orders")
