"""Settling in parts: the guard, places that are sold, places that are released."""

from arenapulse.migrations.script import run_function

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    for name in ("move_orders", "sell_places", "release_places", "settle_orders"):
        run_function(name)
