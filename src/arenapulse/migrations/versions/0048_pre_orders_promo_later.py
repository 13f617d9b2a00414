"""Orders: a hold takes a promo code after it was made, another one, or none."""

from arenapulse.migrations.script import run_function

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    run_function("use_promo")
