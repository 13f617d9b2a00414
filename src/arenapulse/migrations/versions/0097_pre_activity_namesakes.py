"""A search for a buyer finds them however many people of that name the platform has."""

from arenapulse.migrations.script import run, run_function

revision = "0097"
down_revision = "0096"


def upgrade() -> None:
    # Of the migration before, in a transaction of its own: people write while it reads, for as
    # long as a big table takes.
    run("SET LOCAL statement_timeout = 0")
    run("ALTER TABLE order_activity VALIDATE CONSTRAINT refunds_have_an_amount")
    run_function("organization_orders")
