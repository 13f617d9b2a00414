"""Orders: the loop of place_orders says in words where it is."""

from arenapulse.migrations.script import run_function

revision = "0112"
down_revision = "0111"


def upgrade() -> None:
    run_function("place_orders")
