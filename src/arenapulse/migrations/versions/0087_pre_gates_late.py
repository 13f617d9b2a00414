"""Who is inside is by when scans were made, in whatever order the devices tell of them."""

from arenapulse.migrations.script import run_function

revision = "0087"
down_revision = "0086"


def upgrade() -> None:
    run_function("check_in")
