"""A search in words: pages of what is ranked do not overlap."""

from arenapulse.migrations.script import run_function

revision = "0085"
down_revision = "0084"


def upgrade() -> None:
    run_function("search_in_words")
