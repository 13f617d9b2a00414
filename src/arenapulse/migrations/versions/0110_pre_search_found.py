"""A facet is counted without its own choice."""

from arenapulse.migrations.script import run_function

revision = "0110"
down_revision = "0109"


def upgrade() -> None:
    run_function("search_found")
