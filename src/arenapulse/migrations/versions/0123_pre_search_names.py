"""Where any of the words is enough, those are asked for first that are named so."""

from arenapulse.migrations.script import run_function

revision = "0123"
down_revision = "0122"


def upgrade() -> None:
    for name in ("search_wanted", "search_listed"):
        run_function(name)
