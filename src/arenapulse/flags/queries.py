"""All SQL of flags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from arenapulse.flags.targeting import Flag
from arenapulse.flags.terms import NAMES_MAX
from arenapulse.runtime.db import Database, Session


async def read(database: Database) -> dict[str, Flag]:
    """For who asks twice a second: all that were ever set."""
    return _flags(await database.pool.fetch(_READ))


async def read_locked(session: Session) -> dict[str, Flag]:
    """Those that were set; nobody else sets any until this transaction has ended."""
    connection = await session.driver()
    await connection.execute(_LOCK)
    return _flags(await connection.fetch(_READ))


async def read_in(session: Session) -> dict[str, Flag]:
    connection = await session.driver()
    return _flags(await connection.fetch(_READ))


async def write(session: Session, *, flags: dict[str, Flag], by: UUID) -> None:
    connection = await session.driver()
    rows = [
        (name, each.is_on, by, list(each.people), list(each.organizations), each.percentage)
        for name, each in flags.items()
    ]
    await connection.executemany(_WRITE, rows)


def _flags(rows: Sequence[asyncpg.Record]) -> dict[str, Flag]:
    return {
        row["name"]: Flag(
            is_on=row["is_on"],
            people=frozenset(row["people"]),
            organizations=frozenset(row["organizations"]),
            percentage=row["percentage"],
        )
        for row in rows
    }


_READ: Final = f"""
SELECT name, is_on, people, organizations, percentage FROM flags ORDER BY name LIMIT {NAMES_MAX}
"""
_LOCK: Final = "LOCK TABLE flags IN SHARE ROW EXCLUSIVE MODE"
_WRITE: Final = """
INSERT INTO flags (name, is_on, changed_by, people, organizations, percentage)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (name) DO UPDATE
    SET (is_on, changed_by, people, organizations, percentage, changed_at)
      = (excluded.is_on, excluded.changed_by, excluded.people, excluded.organizations,
         excluded.percentage, now())
"""
