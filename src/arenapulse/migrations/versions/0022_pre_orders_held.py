"""Orders know what a person holds unpaid over all events."""

from arenapulse.migrations.script import run_function

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    run_function("plain_batch")
    run_function("place_orders")
