"""Who leaves by an offline scan and was not inside is recorded too: sent again, it says the same."""

from arenapulse.migrations.script import run_function

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    run_function("check_in")
