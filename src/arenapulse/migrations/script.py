"""Runs a script of several SQL commands in a migration's transaction."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from alembic import op
from sqlalchemy.util import await_only


def run(sql: str) -> None:
    """`op.execute` goes through a prepared statement, which refuses several commands."""
    raw: Any = op.get_bind().connection.driver_connection
    await_only(raw.execute(sql))


def run_function(name: str) -> None:
    """Creates or replaces the SQL function kept in `migrations/sql/<name>.sql`."""
    run(files("arenapulse.migrations").joinpath("sql", f"{name}.sql").read_text())
