"""Search: a page in words comes with the clocks and pictures of what it shows."""

from arenapulse.migrations.script import run_function

revision = "0084"
down_revision = "0083"


def upgrade() -> None:
    run_function("search_in_words")
