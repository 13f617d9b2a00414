"""What a batch sold is one row on the hot path; a worker spreads it to who reacts."""

from arenapulse.migrations.script import run_function

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    run_function("spread_placed")
    run_function("tell_placed")
