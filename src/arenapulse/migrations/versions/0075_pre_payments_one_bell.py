"""One wake-up for all charges that fall due meanwhile, not one a batch of orders."""

from arenapulse.migrations.script import run_function

revision = "0075"
down_revision = "0074"


def upgrade() -> None:
    run_function("due_charges")
