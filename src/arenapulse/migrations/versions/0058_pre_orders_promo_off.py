"""Orders: a promo code can be taken off; without one there is no record of it to read."""

from arenapulse.migrations.script import run_function

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    run_function("use_promo")
