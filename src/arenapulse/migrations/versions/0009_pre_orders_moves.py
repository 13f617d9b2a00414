"""The tables of moves as functions, and those that move by them."""

from arenapulse.migrations.script import run_function

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    for name in ("may_move", "place_orders", "settle_orders"):
        run_function(name)
