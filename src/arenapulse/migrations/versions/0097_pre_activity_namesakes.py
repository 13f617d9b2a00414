"""A search for a buyer finds them however many people of that name the platform has."""

from arenapulse.migrations.script import run_function

revision = "0097"
down_revision = "0096"


def upgrade() -> None:
    run_function("organization_orders")
