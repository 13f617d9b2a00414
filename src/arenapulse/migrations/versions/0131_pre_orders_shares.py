"""Orders: the shares of a discount are counted once for all tickets of a batch."""

from arenapulse.migrations.script import run_function

revision = "0131"
down_revision = "0130"


def upgrade() -> None:
    run_function("spread_discounts")
