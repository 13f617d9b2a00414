"""Analytics: channels past a hundred are one, so that all of them add up to the event's own."""

from arenapulse.migrations.script import run_function

revision = "0104"
down_revision = "0103"


def upgrade() -> None:
    run_function("insights")
