"""The fact of a batch names what was sold at once; holds are no fact."""

from arenapulse.migrations.script import run_function

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    for name in ("plain_batch", "tell_placed", "place_orders"):
        run_function(name)
