"""Rooms and their lanes: what is set, how the inlet stands, what it did."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.runtime.batching import Connection
from arenapulse.runtime.db import Database, Session
from arenapulse.waitingroom.inlet import Inlet
from arenapulse.waitingroom.terms import EVERYBODY

AnyConnection: TypeAlias = "Connection | PoolConnectionProxy[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class LaneRow:
    """`drawn` is None until the list is closed; `serving` the last position that may go in."""

    lane: int
    name: str
    code_key: str | None
    share: int
    joined: int
    drawn: int | None
    serving: int

    @property
    def is_ended(self) -> bool:
        """Without a code nobody joins a lane but everybody's."""
        return self.code_key is None and self.lane != EVERYBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRow:
    """A room with its lanes, the one for everybody first."""

    event_id: EventId
    organization_id: OrganizationId
    sealed_seed: bytes
    sealed_key: bytes
    seal: bytes
    sealed_at: dt.datetime
    closed_at: dt.datetime | None
    seed: bytes | None
    drawn_at: dt.datetime | None
    asked_per_minute: int | None
    inside_max: int | None
    is_paused: bool
    is_closed: bool
    message: str | None
    message_at: dt.datetime | None
    inlet: Inlet | None
    """None before the first step."""
    steered_at: dt.datetime | None
    places_left: int | None
    version: int
    lanes: tuple[LaneRow, ...] = ()


async def make_room(
    database: Database,
    *,
    event_id: EventId,
    organization_id: OrganizationId,
    secrets: tuple[bytes, bytes, bytes],
    now: dt.datetime,
) -> None:
    """The room with the lane of everybody, once; `secrets` are seed and key, sealed, and seal."""
    async with database.pool.acquire() as connection, connection.transaction():
        made = await connection.fetchval(_MAKE_ROOM, event_id, organization_id, *secrets, now)
        if made is not None:
            await connection.execute(_MAKE_EVERYBODY, event_id)


async def room(database: Database, *, event_id: EventId) -> RoomRow | None:
    async with database.pool.acquire() as connection:
        return await _room(connection, event_id=event_id, lock="")


async def lock_room(session: Session, *, event_id: EventId) -> RoomRow | None:
    """The same, for who changes it in this transaction."""
    return await _room(
        await session.driver(), event_id=event_id, lock="FOR NO KEY UPDATE OF waiting_rooms"
    )


async def _room(connection: AnyConnection, *, event_id: EventId, lock: str) -> RoomRow | None:
    row = await connection.fetchrow(f"{_ROOM} {lock}", event_id)
    if row is None:
        return None
    lanes = await connection.fetch(_LANES, event_id)
    return _row(row, tuple(LaneRow(*lane) for lane in lanes))


def _row(row: asyncpg.Record, lanes: tuple[LaneRow, ...]) -> RoomRow:
    inlet = None
    if row["rate"] is not None:
        inlet = Inlet(row["rate"], row["credit"], row["calm_p95"], row["pause_seconds"])
    known = {name: row[name] for name in _PLAIN}
    return RoomRow(**known, inlet=inlet, lanes=lanes)


async def steerable(session: Session, *, limit: int, before: dt.datetime) -> list[EventId]:
    """Rooms nobody has steered since, the longest left first; who draws a list has its room."""
    rows = await (await session.driver()).fetch(_STEERABLE, before, limit)
    return [EventId(row[0]) for row in rows]


async def note_step(
    connection: Connection,
    *,
    event_id: EventId,
    inlet: Inlet,
    places_left: int | None,
    now: dt.datetime,
) -> None:
    await connection.execute(
        _NOTE_STEP,
        *(event_id, inlet.rate, inlet.credit, inlet.calm_p95, inlet.pause_seconds),
        *(places_left, now),
    )


async def end_room(session: Session, *, event_id: EventId, now: dt.datetime) -> None:
    """Nobody steers it any more."""
    await (await session.driver()).execute(_END_ROOM, event_id, now)


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    at: dt.datetime
    waiting: int
    admitted: int
    rate: float
    p95_ms: float | None
    places_left: int | None


async def note_history(connection: Connection, *, event_id: EventId, point: HistoryPoint) -> None:
    await connection.execute(
        _NOTE_HISTORY,
        *(event_id, point.at, point.waiting, point.admitted, point.rate, point.p95_ms),
        point.places_left,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an organizer set at the panel."""

    asked_per_minute: int | None
    inside_max: int | None
    is_paused: bool
    is_closed: bool
    message: str | None
    message_at: dt.datetime | None


async def set_control(session: Session, *, event_id: EventId, control: Settings) -> None:
    await (await session.driver()).execute(
        _SET_CONTROL,
        *(event_id, control.asked_per_minute, control.inside_max),
        *(control.is_paused, control.is_closed, control.message, control.message_at),
    )


async def add_lane(session: Session, *, event_id: EventId, lane: LaneRow, name_key: str) -> bool:
    """False where another one of the event has that name or code."""
    added = await (await session.driver()).fetchval(
        _ADD_LANE,
        *(event_id, lane.lane, lane.name, name_key, lane.code_key, lane.share, lane.drawn),
    )
    return added is not None


async def set_lane(
    session: Session, *, event_id: EventId, lane: int, code_key: str | None, share: int
) -> LaneRow:
    """The lane as it is then; the caller has locked its room."""
    kept = await (await session.driver()).fetchrow(_SET_LANE, event_id, lane, code_key, share)
    assert kept is not None
    return LaneRow(*kept)


async def history(session: Session, *, event_id: EventId, since: dt.datetime) -> list[HistoryPoint]:
    rows = await (await session.driver()).fetch(_HISTORY, event_id, since)
    return [HistoryPoint(*row) for row in rows]


async def purge(session: Session, *, before: dt.datetime, limit: int) -> int:
    """Forgets who waited and how the line moved, of rooms that were over before; how many rows.

    What was drawn stays, for who checks it: a ticket says nothing of its person.
    """
    connection = await session.driver()
    gone = 0
    for table in ("waiting_places", "waiting_history", "waiting_admissions", "waiting_departures"):
        done = await connection.execute(
            f"DELETE FROM {table} WHERE ctid = ANY (ARRAY (SELECT x.ctid FROM {table} x "
            "JOIN waiting_rooms r ON r.event_id = x.event_id WHERE r.over_at < $1 LIMIT $2))",
            *(before, limit),
        )
        gone = max(gone, int(done.split()[-1]))
    return gone


_PLAIN: Final = (
    *("event_id", "organization_id", "sealed_seed", "sealed_key", "seal", "sealed_at"),
    *("closed_at", "seed", "drawn_at", "asked_per_minute", "inside_max", "is_paused", "is_closed"),
    *("message", "message_at", "steered_at", "places_left", "version"),
)


_ROOM: Final = (
    f"SELECT {', '.join(_PLAIN)}, rate, credit, calm_p95, pause_seconds FROM waiting_rooms "
    "WHERE event_id = $1"
)


_LANES: Final = (
    "SELECT lane, name, code_key, share, joined, drawn, serving FROM waiting_lanes "
    "WHERE event_id = $1 ORDER BY lane"
)


_MAKE_ROOM: Final = """
INSERT INTO waiting_rooms (event_id, organization_id, sealed_seed, sealed_key, seal, sealed_at)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING event_id
"""


_MAKE_EVERYBODY: Final = (
    "INSERT INTO waiting_lanes (event_id, lane, name, name_key, share) VALUES ($1, 0, '', '', 100)"
)


_STEERABLE: Final = """
SELECT event_id FROM waiting_rooms
WHERE over_at IS NULL AND (steered_at IS NULL OR steered_at <= $1)
  AND (closed_at IS NULL OR drawn_at IS NOT NULL)
ORDER BY steered_at NULLS FIRST LIMIT $2
"""


_NOTE_STEP: Final = """
UPDATE waiting_rooms SET rate = $2, credit = $3, calm_p95 = $4, pause_seconds = $5,
  places_left = $6, steered_at = $7
WHERE event_id = $1
"""


_END_ROOM: Final = "UPDATE waiting_rooms SET over_at = $2 WHERE event_id = $1 AND over_at IS NULL"


_NOTE_HISTORY: Final = """
INSERT INTO waiting_history (event_id, at, waiting, admitted, rate, p95_ms, places_left)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
"""


_SET_CONTROL: Final = """
UPDATE waiting_rooms SET asked_per_minute = $2, inside_max = $3, is_paused = $4, is_closed = $5,
  message = $6, message_at = $7, version = version + 1
WHERE event_id = $1
"""


_ADD_LANE: Final = """
INSERT INTO waiting_lanes (event_id, lane, name, name_key, code_key, share, drawn)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING lane
"""


_SET_LANE: Final = """
UPDATE waiting_lanes SET code_key = $3, share = $4 WHERE event_id = $1 AND lane = $2
RETURNING lane, name, code_key, share, joined, drawn, serving
"""


_HISTORY: Final = """
SELECT at, waiting, admitted, rate, p95_ms, places_left FROM waiting_history
WHERE event_id = $1 AND at >= $2 ORDER BY at LIMIT 2000
"""
