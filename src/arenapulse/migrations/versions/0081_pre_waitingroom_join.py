"""Joining a waiting room by a plan that does not depend on when it was made."""

from arenapulse.migrations.script import run_function

revision = "0081"
down_revision = "0080"


def upgrade() -> None:
    run_function("join_lanes")
