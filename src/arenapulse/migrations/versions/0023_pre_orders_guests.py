"""Orders: visitors hold for a short time, and what they hold goes to who they turn out to be."""

from arenapulse.migrations.script import run_function

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    for name in ("plain_batch", "place_orders", "move_orders", "inherit_holds"):
        run_function(name)
