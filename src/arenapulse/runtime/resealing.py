"""After a rotation: what former keys sealed is sealed by the present one, while the service runs.

A row that is not of the present key is found by its envelope, so whoever is interrupted goes on
where they were: nothing else remembers it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database

ROWS_PER_ROUND: Final = 500
ROUNDS_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """Names of ours, never of a request; `place` is what an envelope is bound to.

    `index` is the column with the blind index of the same value, where there is one.
    """

    table: str
    key: str
    column: str
    purpose: str
    place: Callable[[UUID], str]
    index: str | None = None


async def reseal(
    database: Database, *, keyring: Keyring, columns: Sequence[SealedColumn]
) -> dict[str, int]:
    """How many envelopes of each column were of former keys and are of the present one now.

    Raises `ValueError` at the end, where there are some that no key on the ring opens: these stay,
    and hold up none of the others.
    """
    moved: dict[str, int] = {}
    shut: dict[str, int] = {}
    for column in columns:
        name = f"{column.table}.{column.column}"
        moved[name], shut[name] = await _reseal_one(database, keyring, column)
    left = [f"{count} of {name}" for name, count in shut.items() if count]
    if left:
        raise ValueError(f"no key on the ring opens {', '.join(left)}; all others are sealed anew")
    return moved


async def _reseal_one(database: Database, keyring: Keyring, at: SealedColumn) -> tuple[int, int]:
    """How many it moved, and how many do not open."""
    done, shut, after = 0, 0, UUID(int=0)
    for _ in range(ROUNDS_MAX):
        rows = await database.pool.fetch(
            f"SELECT {at.key} AS key, {at.column} AS sealed FROM {at.table} "
            f"WHERE {at.column} IS NOT NULL AND {at.key} > $1 ORDER BY {at.key} LIMIT $2",
            after,
            ROWS_PER_ROUND,
        )
        for row in rows:
            after, sealed = row["key"], bytes(row["sealed"])
            if keyring.is_current(sealed):
                continue
            place = at.place(after)
            try:
                plain = keyring.open(sealed, purpose=at.purpose, bound_to=place)
            except ValueError:
                shut += 1
                continue
            done += await _move(database, keyring, at, key=after, sealed=sealed, plain=plain)
        if len(rows) < ROWS_PER_ROUND:
            break
    return done, shut


async def _move(
    database: Database,
    keyring: Keyring,
    at: SealedColumn,
    *,
    key: UUID,
    sealed: bytes,
    plain: bytes,
) -> bool:
    """Who changed it meanwhile sealed it by the present key: theirs stays."""
    fresh = keyring.seal(plain, purpose=at.purpose, bound_to=at.place(key))
    where = f"WHERE {at.key} = $1 AND {at.column} = $2"
    if at.index is None:
        sets, values = f"{at.column} = $3", (fresh,)
    else:
        sets = f"{at.column} = $3, {at.index} = $4"
        values = (fresh, keyring.index(plain, purpose=at.purpose))
    try:
        moved = await database.pool.execute(
            f"UPDATE {at.table} SET {sets} {where}", key, sealed, *values
        )
    except asyncpg.UniqueViolationError:
        # Written anew by the present key since: one row says it, and that is the newer.
        moved = await database.pool.execute(f"DELETE FROM {at.table} {where}", key, sealed)
    return str(moved).endswith(" 1")
