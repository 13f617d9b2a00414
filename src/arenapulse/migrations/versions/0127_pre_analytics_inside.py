"""Analytics: an event at a moment knows who had left again; what was paid, by price."""

from arenapulse.migrations.script import run_function

revision = "0127"
down_revision = "0126"


def upgrade() -> None:
    for name in ("insights", "price_sales"):
        run_function(name)
