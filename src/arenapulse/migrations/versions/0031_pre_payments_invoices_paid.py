"""Invoices that somebody saw paid."""

from arenapulse.migrations.script import run, run_function

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    run("ALTER TABLE charges ADD COLUMN reference TEXT")
    run_function("paid_by_hand")
