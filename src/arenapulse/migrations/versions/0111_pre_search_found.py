"""A facet is counted without its own choice."""

from arenapulse.migrations.script import run_function

revision = "0111"
down_revision = "0110"


def upgrade() -> None:
    run_function("search_found")
