"""A search in words reads beginnings from the lexicon, and each document once."""

from arenapulse.migrations.script import run_function

revision = "0088"
down_revision = "0087"


def upgrade() -> None:
    for name in ("search_wanted", "search_by_words"):
        run_function(name)
