"""Selling and settling in parts that have names."""

from arenapulse.migrations.script import run_function

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    for name in (
        *("move_orders", "sell_places", "release_places", "settle_orders"),
        *("tax_inside", "promo_discount", "plain_batch", "tell_placed", "place_orders"),
    ):
        run_function(name)
