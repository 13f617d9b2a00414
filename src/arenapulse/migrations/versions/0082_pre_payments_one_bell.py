"""One wake-up for all charges that fall due meanwhile, not one a batch of orders."""

from arenapulse.migrations.script import run_function

revision = "0082"
down_revision = "0081"


def upgrade() -> None:
    run_function("due_charges")
