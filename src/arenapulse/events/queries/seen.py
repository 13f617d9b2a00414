"""Events with all that is said of them, in one round trip."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

import asyncpg
import msgspec

from arenapulse.core.ids import EventId
from arenapulse.core.names import key
from arenapulse.core.paging import PageRequest
from arenapulse.events.errors import EventNotFound
from arenapulse.events.queries import EventFilter, EventRow
from arenapulse.events.terms import EventStatus
from arenapulse.inventory.schemas import Totals
from arenapulse.media.queries import PICTURES_OF
from arenapulse.runtime.db import Database

_AS_JSON: Final = frozenset({"capacity_config", "pricing_tiers"})
_AS_TEXT: Final = _AS_JSON | {"status"}
_NAMES: Final = tuple(each.name for each in fields(EventRow))
_COLUMNS: Final = ", ".join(
    f"e.{name}::TEXT" if name in _AS_TEXT else f"e.{name}" for name in _NAMES
)
_LOCKED: Final = "array(SELECT level FROM locked_levels(ARRAY[e.id], $1))"
_TOLD: Final = f"{_COLUMNS}, {_LOCKED} AS locked, {PICTURES_OF} AS pictures"
_SEEN: Final = f"""
SELECT {_TOLD}, counts.capacity, counts.held, counts.sold, counts.blocked
FROM events e CROSS JOIN LATERAL (
  SELECT sum(capacity)::BIGINT AS capacity, sum(held)::BIGINT AS held,
    sum(sold)::BIGINT AS sold, sum(blocked)::BIGINT AS blocked
  FROM stock WHERE event_id = e.id) counts
WHERE e.id = $2
"""
_COUNTS: Final = 4


@dataclass(frozen=True)
class Seen:
    """`locked` are the price levels that only a code unlocks, but for what the given one does."""

    row: EventRow
    totals: Totals | None
    locked: frozenset[str]
    pictures: str | None
    """For `media.queries.pictures_in`."""


@dataclass(frozen=True, slots=True)
class Record:
    """An event as the driver told it: what it is, to be compared with, and its counts."""

    told: tuple[Any, ...]
    totals: Totals | None

    @property
    def id(self) -> EventId:
        return EventId(self.told[_ID])

    @property
    def version(self) -> int:
        return self.told[_VERSION]

    @property
    def status(self) -> EventStatus:
        return EventStatus(self.told[_STATUS])

    @property
    def is_public(self) -> bool:
        return self.status is not EventStatus.DRAFT and not self.told[_NEVER_PUBLIC]

    @property
    def is_for_all(self) -> bool:
        """Whether everybody is told the same of it."""
        return self.is_public and not self.told[_LOCKED_AT]

    def read(self) -> Seen:
        told: dict[str, Any] = dict(zip(_NAMES, self.told, strict=False))
        told |= {name: msgspec.json.decode(told[name]) for name in _AS_JSON}
        told["status"] = EventStatus(told["status"])
        *_, locked, pictures = self.told
        return Seen(EventRow(**told), self.totals, frozenset(locked), pictures)


@dataclass(frozen=True, slots=True)
class Listed:
    records: list[Record]
    total: int


async def seen(
    connection: asyncpg.Connection[asyncpg.Record], *, event_id: EventId, promo_code: str | None
) -> Seen:
    """Exact counts; drafts too: the caller judges who may see it. Raises `EventNotFound`."""
    code = None if promo_code is None else key(promo_code)
    return _record(await connection.fetchrow(_SEEN, code, event_id)).read()


async def seen_from_pool(database: Database, *, event_id: EventId) -> Record:
    """The same to nobody in particular, without a code."""
    return _record(await database.pool.fetchrow(_SEEN, None, event_id))


def _record(found: asyncpg.Record | None) -> Record:
    if found is None:
        raise EventNotFound
    capacity, held, sold, blocked = found[-_COUNTS:]
    totals = None if capacity is None else Totals(capacity, held, sold, blocked)
    return Record(found[:-_COUNTS], totals)


async def listed(database: Database, *, request: PageRequest, wanted: EventFilter) -> Listed:
    """A page of what everybody sees, by start and without counts."""
    conditions, given = _conditions(wanted)
    statement = _LISTED.format(conditions=conditions, limit=len(given) + 2, offset=len(given) + 3)
    rows = await database.pool.fetch(statement, None, *given, request.limit, request.offset)
    # A page behind the last one is a row of the total alone.
    records = [Record(row[1:], None) for row in rows if row["id"] is not None]
    return Listed(records, rows[0]["total"])


def _conditions(wanted: EventFilter) -> tuple[str, list[Any]]:
    """As `queries.page` has them; the first parameter is taken."""
    found = ["e.status <> 'DRAFT' AND NOT e.never_public"]
    given: list[Any] = []
    words = key(wanted.words or "")
    asked: tuple[tuple[str, Any], ...] = (
        ("e.status = ANY (${}::TEXT[]::event_status[])", list(wanted.statuses) or None),
        ("e.venue_id = ${}", wanted.venue_id),
        ("e.organization_id = ${}", wanted.organization_id),
        ("e.series_id = ${}", wanted.series_id),
        ("e.end_time > ${}", wanted.since),
        ("e.start_time <= ${}", wanted.until),
        ("coalesce(e.name_key, lower(e.name)) LIKE ${} ESCAPE '/'", _pattern(words)),
    )
    for condition, value in asked:
        if value is not None:
            given.append(value)
            found.append(condition.format(len(given) + 1))
    return " AND ".join(found), given


def _pattern(words: str) -> str | None:
    if not words:
        return None
    for special in "/%_":
        words = words.replace(special, "/" + special)
    return f"%{words}%"


_ID: Final = _NAMES.index("id")
_VERSION: Final = _NAMES.index("version")
_STATUS: Final = _NAMES.index("status")
_NEVER_PUBLIC: Final = _NAMES.index("never_public")
_LOCKED_AT: Final = len(_NAMES)
_LISTED: Final = f"""
SELECT t.total, p.*
FROM (SELECT count(*) AS total FROM events e WHERE {{conditions}}) t LEFT JOIN (
  SELECT {_TOLD.replace("{}", "{{}}")} FROM (
    SELECT * FROM events e WHERE {{conditions}}
    ORDER BY start_time, id LIMIT ${{limit}} OFFSET ${{offset}}) e) p ON TRUE
ORDER BY p.start_time, p.id
"""
