"""No wake-up for charges where others wait already: whoever works is at it."""

from arenapulse.migrations.script import run_function

revision = "0090"
down_revision = "0089"


def upgrade() -> None:
    run_function("due_charges")
