"""An offline scan of who leaves and was not inside is recorded, so that it says the same again."""

from arenapulse.migrations.script import run_function

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    run_function("check_in")
