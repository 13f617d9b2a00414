"""Prices are sought in one currency; what a cluster's hits show is one question."""

from arenapulse.migrations.script import run_function

revision = "0122"
down_revision = "0121"


def upgrade() -> None:
    for name in ("search_listed", "search_shown"):
        run_function(name)
