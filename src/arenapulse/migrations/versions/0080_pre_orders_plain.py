"""Batches of which nothing can be refused are counted at once, and written with less."""

from arenapulse.migrations.script import run_function

revision = "0080"
down_revision = "0079"


def upgrade() -> None:
    run_function("plain_batch")
    run_function("place_orders")
