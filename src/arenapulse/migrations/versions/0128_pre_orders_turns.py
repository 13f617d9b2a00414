"""Orders: the loop of place_orders is a function of its own, and its rules have names."""

from arenapulse.migrations.script import run_function

revision = "0128"
down_revision = "0127"


def upgrade() -> None:
    run_function("refusals")
    run_function("place_in_turn")
    run_function("place_orders")
