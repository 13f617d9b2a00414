"""The lists that are drawn, and what was drawn."""

from __future__ import annotations

import datetime as dt
from typing import Final

from arenapulse.core.ids import EventId
from arenapulse.runtime.db import Database, Session


async def ranks(database: Database, *, event_id: EventId, lane: int) -> bytes | None:
    """The drawn places of a lane by number, packed; None where nothing was drawn."""
    kept: bytes | None = await database.pool.fetchval(_RANKS, event_id, lane)
    return kept


async def close_list(session: Session, *, event_id: EventId, now: dt.datetime) -> bool:
    """From here on who joins comes after those who are drawn; False if that was so already."""
    connection = await session.driver()
    await connection.execute(_LOCK_LANES, event_id)
    if await connection.fetchval(_CLOSE_ROOM, event_id, now) is None:
        return False
    await connection.execute(_CLOSE_LANES, event_id)
    return True


async def awaits_draw(database: Database, *, now: dt.datetime) -> bool:
    """Whether a room is there to claim."""
    found: bool = await database.pool.fetchval(_AWAITS_DRAW, now)
    return found


async def claim_draw(session: Session, *, now: dt.datetime, until: dt.datetime) -> EventId | None:
    """A room to draw that is left to the caller until then."""
    found = await (await session.driver()).fetchval(_CLAIM_DRAW, now, until)
    return None if found is None else EventId(found)


async def entrants(
    database: Database, *, event_id: EventId, lane: int, drawn: int
) -> tuple[bytes, list[int] | None]:
    """All tickets that are drawn, in the order of their numbers; and these, where some are missing.

    Who left before the draw left a gap. Both are of one moment: somebody may leave in the next.
    """
    row = await database.pool.fetchrow(_ENTRANTS, event_id, lane, drawn)
    assert row is not None
    return row["tickets"], row["numbers"]


async def keep_draw(
    session: Session,
    *,
    event_id: EventId,
    lane: int,
    entrants: int,
    drawn: tuple[bytes, bytes, bytes],
) -> None:
    """`drawn` are the hash of the tickets, the tickets, the places by number."""
    await (await session.driver()).execute(_KEEP_DRAW, event_id, lane, entrants, *drawn)


async def open_seed(session: Session, *, event_id: EventId, seed: bytes, now: dt.datetime) -> bool:
    opened = await (await session.driver()).fetchval(_OPEN_SEED, event_id, seed, now)
    return opened is not None


async def draws(database: Database, *, event_id: EventId) -> list[tuple[int, int, bytes]]:
    """Lane, entrants and hash of each list."""
    rows = await database.pool.fetch(_DRAWS, event_id)
    return [(row[0], row[1], row[2]) for row in rows]


async def listed(
    database: Database, *, event_id: EventId, lane: int, first: int, many: int
) -> bytes | None:
    """Part of a list of tickets, from ticket `first` (from 0)."""
    found: bytes | None = await database.pool.fetchval(_LISTED, event_id, lane, first, many)
    return found


_RANKS: Final = "SELECT ranks FROM waiting_draws WHERE event_id = $1 AND lane = $2"


_LOCK_LANES: Final = (
    "SELECT 1 FROM waiting_lanes WHERE event_id = $1 ORDER BY lane FOR NO KEY UPDATE"
)


_CLOSE_ROOM: Final = """
UPDATE waiting_rooms SET closed_at = $2 WHERE event_id = $1 AND closed_at IS NULL
RETURNING event_id
"""


_CLOSE_LANES: Final = "UPDATE waiting_lanes SET drawn = joined WHERE event_id = $1"


_TO_DRAW: Final = """
SELECT event_id FROM waiting_rooms
  WHERE over_at IS NULL AND closed_at IS NOT NULL AND drawn_at IS NULL
    AND (steered_at IS NULL OR steered_at <= $1)
"""


_AWAITS_DRAW: Final = f"SELECT EXISTS ({_TO_DRAW})"


_CLAIM_DRAW: Final = f"""
UPDATE waiting_rooms SET steered_at = $2 WHERE event_id = (
  {_TO_DRAW}
  ORDER BY closed_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
) RETURNING event_id
"""


_ENTRANTS: Final = """
SELECT coalesce(string_agg(ticket, ''::BYTEA ORDER BY number), '') AS tickets,
  CASE WHEN count(*) < $3 THEN coalesce(array_agg(number ORDER BY number), '{}') END AS numbers
FROM waiting_places WHERE event_id = $1 AND lane = $2 AND number <= $3
"""


_KEEP_DRAW: Final = """
INSERT INTO waiting_draws (event_id, lane, entrants, tickets_hash, tickets, ranks)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""


_OPEN_SEED: Final = """
UPDATE waiting_rooms SET seed = $2, drawn_at = $3, steered_at = $3
WHERE event_id = $1 AND seed IS NULL AND closed_at IS NOT NULL RETURNING event_id
"""


_DRAWS: Final = (
    "SELECT lane, entrants, tickets_hash FROM waiting_draws WHERE event_id = $1 ORDER BY lane"
)


_LISTED: Final = """
SELECT substring(tickets FROM 16 * $3::INTEGER + 1 FOR 16 * $4::INTEGER) FROM waiting_draws
WHERE event_id = $1 AND lane = $2
"""
