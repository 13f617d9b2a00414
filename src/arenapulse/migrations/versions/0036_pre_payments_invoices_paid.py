"""Invoices that somebody saw paid."""

from arenapulse.migrations.script import run, run_function

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    run("ALTER TABLE charges ADD COLUMN reference TEXT")
    run_function("paid_by_hand")
