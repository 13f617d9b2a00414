"""Places, whose turn came, who left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from arenapulse.core.ids import EventId, UserId
from arenapulse.runtime.batching import Connection
from arenapulse.runtime.db import Database, Session
from arenapulse.waitingroom.schemas import Place

JOIN_LANES: Final = "SELECT * FROM join_lanes($1, $2, $3, $4, $5, $6)"


@dataclass(frozen=True, slots=True)
class Admission:
    """From `at` on the positions of the lane up to `up_to` may go in."""

    lane: int
    up_to: int
    at: dt.datetime


async def admissions(
    database: Database, *, event_id: EventId, since: dt.datetime
) -> list[Admission]:
    """In the order in which they were let in, with the last before `since` of each lane."""
    rows = await database.pool.fetch(_ADMISSIONS, event_id, since)
    return [Admission(*row) for row in rows]


async def people_at(
    database: Database, *, event_id: EventId, lane: int, numbers: Sequence[int]
) -> dict[int, UserId]:
    rows = await database.pool.fetch(_PEOPLE_AT, event_id, lane, numbers)
    return {row[0]: UserId(row[1]) for row in rows}


async def present(
    connection: Connection, *, event_id: EventId, lane: int, numbers: Sequence[int]
) -> set[int]:
    """Which of these places are somebody's still."""
    rows = await connection.fetch(_PEOPLE_AT, event_id, lane, numbers)
    return {row[0] for row in rows}


async def lately(connection: Connection, *, event_id: EventId, since: dt.datetime) -> int:
    """How many people went in since then, over all lanes."""
    found: int = await connection.fetchval(_LATELY, event_id, since)
    return found


async def advance(
    connection: Connection,
    *,
    event_id: EventId,
    lane: int,
    serving: int,
    skipped: int,
    now: dt.datetime,
) -> None:
    """`skipped` of the positions that are passed now are nobody's any more."""
    await connection.execute(_ADVANCE, event_id, lane, serving, now, skipped)


async def place_of(database: Database, *, event_id: EventId, user_id: UserId) -> Place | None:
    row = await database.pool.fetchrow(_PLACE_OF, event_id, user_id)
    return None if row is None else Place(row[0], row[1], user_id)


async def leave(
    session: Session, *, event_id: EventId, lane: int, number: int, user_id: UserId
) -> bool:
    """Gives the place up; False where there is none any more."""
    left = await (await session.driver()).fetchval(_LEAVE, event_id, lane, number, user_id)
    return left is not None


async def go_home(
    session: Session,
    *,
    event_id: EventId,
    lane: int,
    number: int,
    user_id: UserId,
    now: dt.datetime,
) -> bool:
    """One who was let in is gone before their time was over; the place stays theirs until then.

    False where there is none, or they are gone already.
    """
    gone = await (await session.driver()).fetchval(_GO_HOME, event_id, lane, number, user_id, now)
    return gone is not None


async def gone_home(connection: Connection, *, event_id: EventId, since: dt.datetime) -> int:
    found: int = await connection.fetchval(_GONE_HOME, event_id, since)
    return found


async def forget(session: Session, *, user_id: UserId) -> None:
    await (await session.driver()).execute(_FORGET, user_id)


async def places_of(session: Session, *, user_id: UserId) -> list[tuple[UUID, int, int]]:
    """Event, lane and number of each place."""
    rows = await (await session.driver()).fetch(_PLACES_OF, user_id)
    return [(row[0], row[1], row[2]) for row in rows]


_ADMISSIONS: Final = """
SELECT lane, up_to, at FROM waiting_admissions WHERE event_id = $1 AND at >= $2
UNION ALL
SELECT * FROM (
  SELECT DISTINCT ON (lane) lane, up_to, at FROM waiting_admissions
  WHERE event_id = $1 AND at < $2 ORDER BY lane, up_to DESC
) before
ORDER BY 1, 2
"""


_PEOPLE_AT: Final = """
SELECT number, user_id FROM waiting_places
WHERE event_id = $1 AND lane = $2 AND number = ANY ($3) AND user_id IS NOT NULL
"""


_LATELY: Final = """
SELECT coalesce(sum(l.serving - coalesce(b.up_to, 0)), 0)::INTEGER - coalesce((
    SELECT sum(a.skipped) FROM waiting_admissions a WHERE a.event_id = $1 AND a.at > $2
  ), 0)::INTEGER
FROM waiting_lanes l LEFT JOIN LATERAL (
  SELECT max(a.up_to) AS up_to FROM waiting_admissions a
  WHERE a.event_id = l.event_id AND a.lane = l.lane AND a.at <= $2
) b ON TRUE
WHERE l.event_id = $1
"""


_ADVANCE: Final = """
WITH moved AS (
  UPDATE waiting_lanes SET serving = $3 WHERE event_id = $1 AND lane = $2 AND serving < $3
  RETURNING event_id
)
INSERT INTO waiting_admissions (event_id, lane, up_to, at, skipped)
  SELECT event_id, $2, $3, $4, $5 FROM moved
"""


_PLACE_OF: Final = "SELECT lane, number FROM waiting_places WHERE event_id = $1 AND user_id = $2"


_LEAVE: Final = """
DELETE FROM waiting_places WHERE event_id = $1 AND lane = $2 AND number = $3 AND user_id = $4
RETURNING number
"""


_GO_HOME: Final = """
WITH gone AS (
  UPDATE waiting_places SET left_at = $5
  WHERE event_id = $1 AND lane = $2 AND number = $3 AND user_id = $4 AND left_at IS NULL
  RETURNING event_id
)
INSERT INTO waiting_departures (event_id, at) SELECT event_id, $5 FROM gone RETURNING event_id
"""


_GONE_HOME: Final = (
    "SELECT count(*)::INTEGER FROM waiting_departures WHERE event_id = $1 AND at > $2"
)


_FORGET: Final = "UPDATE waiting_places SET user_id = NULL WHERE user_id = $1"


_PLACES_OF: Final = (
    "SELECT event_id, lane, number FROM waiting_places WHERE user_id = $1 ORDER BY event_id"
)
