"""A ticket that went on to somebody else is paid once in the figures of sections."""

from arenapulse.migrations.script import run_function

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    run_function("section_sales")
    run_function("insights")
