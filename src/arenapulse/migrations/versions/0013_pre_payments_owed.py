"""The word for a charge that is sold and cannot be taken; a word is used one migration later."""

from arenapulse.migrations.script import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run("ALTER TYPE charge_status ADD VALUE 'OWED'")
