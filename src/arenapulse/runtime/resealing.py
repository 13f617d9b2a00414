"""After a rotation: what former keys sealed is sealed by the present one, while the service runs.

A row that is not of the present key is found by its envelope, so whoever is interrupted goes on
where they were: nothing else remembers it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database

ROWS_PER_ROUND: Final = 500
ROUNDS_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """Names of ours, never of a request; `place` is what an envelope is bound to."""

    table: str
    key: str
    column: str
    purpose: str
    place: Callable[[UUID], str]


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
            # Who changed it meanwhile sealed it by the present key: theirs stays.
            moved = await database.pool.execute(
                f"UPDATE {at.table} SET {at.column} = $1 WHERE {at.key} = $2 AND {at.column} = $3",
                keyring.seal(plain, purpose=at.purpose, bound_to=place),
                after,
                sealed,
            )
            done += moved == "UPDATE 1"
        if len(rows) < ROWS_PER_ROUND:
            break
    return done, shut
