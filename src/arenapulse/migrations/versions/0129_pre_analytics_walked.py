"""Analytics: figures of large sales walk an index once; a scan says which section it was for."""

from arenapulse.migrations.script import run, run_function

revision = "0129"
down_revision = "0128"


def upgrade() -> None:
    # Scans of before say nothing: who counts them asks their tickets.
    run("ALTER TABLE checkins ADD COLUMN section_id UUID")
    for name in (
        *("check_in", "confirmed_orders", "section_sales", "price_sales", "sales_between"),
        *("sales_over_time", "checkins_over_time", "insights"),
    ):
        run_function(name)
