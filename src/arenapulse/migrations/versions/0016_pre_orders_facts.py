"""Facts by SQL: what sells and settles tells those that react."""

from arenapulse.migrations.script import run, run_function

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    # They have arguments more now; calls with the old ones still find them.
    run("DROP FUNCTION place_orders; DROP FUNCTION settle_orders")
    for name in ("record_fact", "place_orders", "settle_orders"):
        run_function(name)
