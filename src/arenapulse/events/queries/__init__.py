"""Reads of events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select, text

from arenapulse.core.ids import EventId, OrganizationId, SectionId, VenueId
from arenapulse.core.names import key
from arenapulse.core.paging import Page, PageRequest
from arenapulse.events.errors import EventNotFound
from arenapulse.events.models import Event
from arenapulse.events.pricing import PricingTier, price_from
from arenapulse.events.schemas import EventCard, EventView, PromoOffer
from arenapulse.events.terms import EventStatus
from arenapulse.inventory.schemas import Totals
from arenapulse.media.queries import pictures
from arenapulse.media.schemas import PictureView, ThumbView
from arenapulse.runtime.db import Database, Session
from arenapulse.venues.schemas import PlaceCard

NOTHING = Totals(0, 0, 0, 0)

_SECTIONS_AT: Final = """
SELECT section_id FROM tier_prices WHERE event_id = $1 AND price_level = $2
  AND price_level NOT IN (SELECT level FROM locked_levels(ARRAY[$1::UUID], $3))
"""
_FACTS: Final = """
SELECT organization_id, chart_id, status::TEXT, max_per_order,
  array(SELECT tier ->> 'priceLevel' FROM jsonb_array_elements(pricing_tiers) tier),
  CASE WHEN waiting_room THEN (capacity_config -> 'waitingRoom' ->> 'admitPerMinute')::INTEGER END,
  status <> 'DRAFT' AND NOT never_public
FROM events WHERE id = $1
"""
_OFFERED = text(
    "SELECT kind, value, section_ids FROM promo_offer(CAST(:event AS UUID), CAST(:code AS TEXT))"
)
_LOCKED_LEVELS = text(
    "SELECT event_id, level FROM locked_levels(CAST(:events AS UUID[]), CAST(:code AS TEXT))"
)


@dataclass(frozen=True)
class EventRow:
    """An event without its counts."""

    id: EventId
    organization_id: OrganizationId
    venue_id: VenueId
    chart_id: UUID
    name: str
    description: str
    start_time: dt.datetime
    end_time: dt.datetime
    sales_end_at: dt.datetime | None
    status: EventStatus
    capacity_config: dict[str, Any]
    pricing_tiers: list[dict[str, Any]]
    currency: str
    tax_rate: int
    version: int
    scarf: list[str] | None = None
    series_id: EventId | None = None
    """The event that the others of its series were made from."""
    never_public: bool = False
    """Given up as a draft."""
    sales_start_at: dt.datetime | None = None
    """When the sale opens by itself; None where somebody opens it."""

    @property
    def is_public(self) -> bool:
        """Whether strangers may know of it: what was published once stays so."""
        return self.status is not EventStatus.DRAFT and not self.never_public


@dataclass(frozen=True)
class EventFacts:
    organization_id: OrganizationId
    chart_id: UUID
    status: EventStatus
    tickets_per_order_max: int
    price_levels: tuple[str, ...]
    admit_per_minute: int | None
    """Of its waiting room; None for an event without one."""
    is_public: bool


@dataclass(frozen=True)
class EventTimes:
    status: str
    start_time: dt.datetime
    end_time: dt.datetime


@dataclass(frozen=True)
class EventFilter:
    """What runs at some time between `since` and `until`; `words` stand in the name."""

    statuses: tuple[EventStatus, ...] = ()
    venue_id: VenueId | None = None
    organization_id: OrganizationId | None = None
    series_id: EventId | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    words: str | None = None


_COLUMNS = (
    Event.id,
    Event.organization_id,
    Event.venue_id,
    Event.chart_id,
    Event.name,
    Event.description,
    Event.start_time,
    Event.end_time,
    Event.sales_end_at,
    Event.status,
    Event.capacity_config,
    Event.pricing_tiers,
    Event.currency,
    Event.tax_rate,
    Event.version,
    Event.scarf,
    Event.series_id,
    Event.never_public,
    Event.sales_start_at,
)
# As `EventRow.is_public`.
_PUBLIC = and_(Event.status != EventStatus.DRAFT, ~Event.never_public)


async def find(session: Session, *, event_id: EventId) -> EventRow:
    """One event, drafts too: the caller judges who may see it. Raises `EventNotFound`."""
    row = (await session.execute(select(*_COLUMNS).where(Event.id == event_id))).one_or_none()
    if row is None:
        raise EventNotFound
    return EventRow(*row)


async def by_ids(session: Session, *, event_ids: Collection[EventId]) -> list[EventRow]:
    """Those of them that are there, drafts too."""
    rows = await session.execute(select(*_COLUMNS).where(Event.id.in_(event_ids)))
    return [EventRow(*row) for row in rows]


async def ids_at(session: Session, *, venue_id: VenueId, after: UUID, limit: int) -> list[EventId]:
    """The events of a venue whose ids lie behind `after`, in order."""
    rows = await session.execute(
        select(Event.id)
        .where(Event.venue_id == venue_id, Event.id > after)
        .order_by(Event.id)
        .limit(limit)
    )
    return [EventId(found) for found in rows.scalars()]


async def versions(
    session: Session, *, after: UUID, limit: int
) -> list[tuple[EventId, int, EventStatus]]:
    """Version and status of the public events whose ids lie behind `after`, in order."""
    rows = await session.execute(
        select(Event.id, Event.version, Event.status)
        .where(Event.id > after, _PUBLIC)
        .order_by(Event.id)
        .limit(limit)
    )
    return [(EventId(row[0]), row[1], row[2]) for row in rows]


async def page(
    session: Session,
    *,
    request: PageRequest,
    wanted: EventFilter,
    hidden_of: Sequence[OrganizationId] | None,
) -> Page[EventRow]:
    """Events by start; what is not public only of these organizations, of all if that is None."""
    conditions = _conditions(wanted)
    if hidden_of is not None:
        conditions.append(or_(_PUBLIC, Event.organization_id.in_(hidden_of)))
    total = await session.scalar(select(func.count()).select_from(Event).where(*conditions))
    rows = await session.execute(
        select(*_COLUMNS)
        .where(*conditions)
        .order_by(Event.start_time, Event.id)
        .limit(request.limit)
        .offset(request.offset)
    )
    return Page([EventRow(*row) for row in rows], request, total or 0)


def _conditions(wanted: EventFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.statuses:
        found.append(Event.status.in_(wanted.statuses))
    if wanted.venue_id is not None:
        found.append(Event.venue_id == wanted.venue_id)
    if wanted.organization_id is not None:
        found.append(Event.organization_id == wanted.organization_id)
    if wanted.series_id is not None:
        found.append(Event.series_id == wanted.series_id)
    if wanted.since is not None:
        found.append(Event.end_time > wanted.since)
    if wanted.until is not None:
        found.append(Event.start_time <= wanted.until)
    words = key(wanted.words or "")
    if words:
        name_key = func.coalesce(Event.name_key, func.lower(Event.name))
        found.append(name_key.contains(words, autoescape=True))
    return found


async def locked_levels(
    session: Session, *, event_ids: Sequence[EventId], promo_code: str | None = None
) -> dict[EventId, set[str]]:
    """By event, the price levels that only a code unlocks, but for what this code unlocks.

    A level stays so when its code is deleted or over.
    """
    code = None if promo_code is None else key(promo_code)
    found: dict[EventId, set[str]] = {}
    for event_id, level in await session.execute(
        _LOCKED_LEVELS, {"events": list(event_ids), "code": code}
    ):
        found.setdefault(event_id, set()).add(level)
    return found


async def offered(session: Session, *, event_id: EventId, promo_code: str) -> PromoOffer | None:
    """What a code takes off, None where it cannot be used now."""
    found = await session.execute(_OFFERED, {"event": event_id, "code": key(promo_code)})
    row = found.one_or_none()
    return None if row is None else PromoOffer.model_validate(row)


async def public_tiers(session: Session, *, row: EventRow) -> list[dict[str, Any]]:
    """The tiers that everybody may see."""
    locked = await locked_levels(session, event_ids=[row.id])
    return _shown(row, locked=locked.get(row.id, ()))


def _shown(row: EventRow, *, locked: Collection[str]) -> list[dict[str, Any]]:
    return [tier for tier in row.pricing_tiers if tier["priceLevel"] not in locked]


def view(
    row: EventRow,
    *,
    totals: Totals | None,
    locked: Collection[str] = (),
    media: Sequence[PictureView] = (),
) -> EventView:
    """The event as the API shows it to who does not see the `locked` price levels.

    Without stock it has no places.
    """
    counts = totals or NOTHING
    shown = _shown(row, locked=locked)
    tiers = msgspec.convert(shown, type=list[PricingTier])
    availability = {
        "current_capacity": counts.available,
        "capacity": counts.capacity,
        "held": counts.held,
        "sold": counts.sold,
        "price_from": price_from(tiers),
    }
    return EventView.model_validate(
        vars(row) | {"pricing_tiers": shown, "availability": availability, "media": list(media)}
    )


async def with_media(session: Session, views: Sequence[EventView]) -> list[EventView]:
    """The same events with their pictures."""
    shown = await pictures(session, subject_ids=[each.id for each in views])
    return [each.model_copy(update={"media": shown.get(each.id, [])}) for each in views]


def card(
    row: EventRow,
    *,
    totals: Totals | None,
    locked: Collection[str],
    venue: PlaceCard,
    picture: ThumbView | None,
) -> EventCard:
    """The same as `view` in what both say."""
    whole = view(row, totals=totals, locked=locked)
    return EventCard.model_validate(
        {
            "id": whole.id,
            "name": whole.name,
            "start_time": whole.start_time,
            "end_time": whole.end_time,
            "sales_start_at": whole.sales_start_at,
            "sales_end_at": whole.sales_end_at,
            "status": whole.status,
            "currency": whole.currency,
            "scarf": whole.scarf,
            "series_id": whole.series_id,
            "availability": whole.availability,
            "venue": venue,
            "picture": picture,
        }
    )


async def sales_due(session: Session, *, now: dt.datetime, limit: int) -> list[EventId]:
    """Events whose sale was to open by then and is not, the longest due first."""
    found = await session.scalars(
        select(Event.id)
        .where(Event.status == EventStatus.SCHEDULED, Event.sales_start_at <= now)
        .order_by(Event.sales_start_at)
        .limit(limit)
    )
    return [EventId(each) for each in found]


async def whose(
    database: Database, *, event_id: EventId
) -> tuple[OrganizationId, EventStatus] | None:
    """For hot readers: an event's organization and status, None where there is no such event."""
    row = await database.pool.fetchrow(
        "SELECT organization_id, status::TEXT FROM events WHERE id = $1", event_id
    )
    return None if row is None else (OrganizationId(row[0]), EventStatus(row[1]))


async def times_from_pool(database: Database, *, event_id: EventId) -> EventTimes | None:
    """For hot readers: when an event is, and whether it is on."""
    row = await database.pool.fetchrow(
        "SELECT status::TEXT, start_time, end_time FROM events WHERE id = $1", event_id
    )
    return None if row is None else EventTimes(*row)


async def organizations_of(
    session: Session, *, event_ids: Collection[EventId]
) -> dict[EventId, OrganizationId]:
    """Whose events they are."""
    rows = await session.execute(
        select(Event.id, Event.organization_id).where(Event.id.in_(event_ids))
    )
    return {EventId(event_id): OrganizationId(owner) for event_id, owner in rows}


async def sale_facts(database: Database, *, event_id: EventId) -> EventFacts | None:
    """What a sale must know of an event; None where there is no such event."""
    row = await database.pool.fetchrow(_FACTS, event_id)
    if row is None:
        return None
    return EventFacts(
        OrganizationId(row[0]), row[1], EventStatus(row[2]), row[3], tuple(row[4]), row[5], row[6]
    )


async def sections_at(
    database: Database, *, event_id: EventId, price_level: str, promo_code: str | None
) -> frozenset[SectionId]:
    """For hot readers: the sections that sell at this level.

    A level that codes unlock is there only for who names one of them.
    """
    code = None if promo_code is None else key(promo_code)
    rows = await database.pool.fetch(_SECTIONS_AT, event_id, price_level, code)
    return frozenset(SectionId(row[0]) for row in rows)
