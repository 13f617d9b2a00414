"""Runs a script of several SQL commands in a migration's transaction."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from alembic import op
from sqlalchemy.util import await_only


def run(sql: str) -> None:
    """`op.execute` goes through a prepared statement, which refuses several commands."""
    # SQLAlchemy begins lazily: a raw command sent first would commit by itself.
    op.execute("SELECT 1")
    raw: Any = op.get_bind().connection.driver_connection
    await_only(raw.execute(sql))


def run_function(name: str) -> None:
    """Creates or replaces the SQL function kept in `migrations/sql/<name>.sql`.

    Unread: it is today's, and may use what a later migration brings.
    """
    run("SET LOCAL check_function_bodies = off")
    run(files("arenapulse.migrations").joinpath("sql", f"{name}.sql").read_text())


def make_due(table: str) -> None:
    """Columns and indexes by which `runtime/jobs/due` drains a table; what it has already stays."""
    run(due_columns(table))


def due_columns(table: str) -> str:
    """The SQL of `make_due`."""
    return f"""
        ALTER TABLE {table}
          -- Whose turn it is: no tenant's rows wait behind another's. All zeros is nobody's.
          ADD COLUMN IF NOT EXISTS organization_id UUID NOT NULL
            DEFAULT '00000000-0000-0000-0000-000000000000',
          -- When somebody must look at it; NULL where it is done.
          ADD COLUMN IF NOT EXISTS due_at TIMESTAMPTZ,
          ADD COLUMN IF NOT EXISTS tries INTEGER NOT NULL DEFAULT 0,
          -- The worker that has it; one that is not seen any more has nothing.
          ADD COLUMN IF NOT EXISTS taken_by UUID,
          -- Tried no more: a person must look.
          ADD COLUMN IF NOT EXISTS stuck_at TIMESTAMPTZ,
          ADD COLUMN IF NOT EXISTS stuck_why TEXT;
        DROP INDEX IF EXISTS idx_{table}_due;
        CREATE INDEX idx_{table}_due ON {table} (organization_id, due_at)
          WHERE due_at IS NOT NULL AND taken_by IS NULL AND stuck_at IS NULL;
        CREATE INDEX idx_{table}_taken ON {table} (taken_by)
          WHERE taken_by IS NOT NULL AND due_at IS NOT NULL;
        CREATE INDEX idx_{table}_stuck ON {table} (stuck_at) WHERE stuck_at IS NOT NULL;
        """
