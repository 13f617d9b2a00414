"""All SQL of flags."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from arenapulse.flags.terms import NAMES_MAX
from arenapulse.runtime.db import Database, Session


async def read(database: Database) -> dict[str, bool]:
    """For who asks twice a second: all that were ever set."""
    return {row["name"]: row["is_on"] for row in await database.pool.fetch(_READ)}


async def read_locked(session: Session) -> dict[str, bool]:
    """Those that were set; nobody else sets any until this transaction has ended."""
    connection = await session.driver()
    await connection.execute(_LOCK)
    return {row["name"]: row["is_on"] for row in await connection.fetch(_READ)}


async def read_in(session: Session) -> dict[str, bool]:
    connection = await session.driver()
    return {row["name"]: row["is_on"] for row in await connection.fetch(_READ)}


async def write(session: Session, *, flags: dict[str, bool], by: UUID) -> None:
    connection = await session.driver()
    await connection.execute(_WRITE, list(flags), list(flags.values()), by)


_READ: Final = f"SELECT name, is_on FROM flags ORDER BY name LIMIT {NAMES_MAX}"
_LOCK: Final = "LOCK TABLE flags IN SHARE ROW EXCLUSIVE MODE"
_WRITE: Final = """
INSERT INTO flags AS f (name, is_on, changed_by)
  SELECT x.name, x.is_on, $3 FROM unnest($1::TEXT[], $2::BOOLEAN[]) x(name, is_on)
  ON CONFLICT (name) DO UPDATE
    SET is_on = excluded.is_on, changed_by = excluded.changed_by, changed_at = now()
    WHERE f.is_on <> excluded.is_on
"""
