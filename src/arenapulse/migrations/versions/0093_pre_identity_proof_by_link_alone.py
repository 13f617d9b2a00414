"""People: whether their address was proved by a link alone, which anybody may have asked for."""

from arenapulse.migrations.script import run

revision = "0093"
down_revision = "0092"


def upgrade() -> None:
    run("ALTER TABLE users ADD COLUMN proved_by_link_alone BOOLEAN NOT NULL DEFAULT false;")
