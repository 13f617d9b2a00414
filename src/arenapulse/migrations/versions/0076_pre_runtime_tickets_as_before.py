"""The code before the walls sees tickets as before; after orders, as every sale takes them."""

from arenapulse.migrations.script import run

revision = "0076"
down_revision = "0075"


def upgrade() -> None:
    run("CREATE POLICY while_released ON tickets USING ((SELECT before_walls()))")
