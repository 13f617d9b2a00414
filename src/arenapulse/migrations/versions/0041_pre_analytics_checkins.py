"""Figures of who went in when."""

from arenapulse.migrations.script import run_function

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    run_function("checkins_over_time")
