"""Searches that people keep; whoever keeps one is told of events that come out and fit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from arenapulse.core import clock
from arenapulse.core.ids import EventId, OrganizationId, UserId, VenueId, new_id
from arenapulse.core.paging import PageRequest
from arenapulse.events.terms import EventStatus
from arenapulse.identity.queries import contacts
from arenapulse.notifications.schemas import About, NewMessage
from arenapulse.notifications.service import tell_all
from arenapulse.runtime.db import Database, Session
from arenapulse.search import queries
from arenapulse.search.engine import Asked, Engine
from arenapulse.search.errors import SavedNotFound, TooManySaved
from arenapulse.search.indexed import Card
from arenapulse.search.queries import Saver
from arenapulse.search.schemas import SavedBody, SavedQuery, SavedView
from arenapulse.search.terms import SAVED_MAX, SAVED_RADIUS_KM, Kind, Sort
from arenapulse.venues import queries as venue_queries

TEMPLATE: Final = "saved_search"
EVENTS_PER_ROUND: Final = 100
SEARCHES_PER_PAGE: Final = 100
PEOPLE_PER_PAGE: Final = 500
PAGES_MAX: Final = 1_000
_FIRST: Final = UUID(int=0)
_STILL_TO_COME: Final = tuple(
    each.value
    for each in EventStatus
    if each not in {EventStatus.DRAFT, EventStatus.COMPLETED, EventStatus.CANCELLED}
)


async def listed(session: Session, *, user_id: UserId) -> list[SavedView]:
    connection = await session.driver()
    return [_view(row) for row in await connection.fetch(queries.SAVED_OF, user_id)]


async def save(session: Session, *, user_id: UserId, body: SavedBody) -> SavedView:
    """The same query again is the same search, under its new name. Raises `TooManySaved`."""
    asked = body.query.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    connection = await session.driver()
    # One after another, for each counts what is there.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"saved {user_id}")
    row = await connection.fetchrow(
        queries.SAVE,
        *(new_id(), user_id, body.name, msgspec.json.encode(asked).decode(), SAVED_MAX),
    )
    if row is None:
        raise TooManySaved
    return _view(row)


async def drop(session: Session, *, user_id: UserId, saved_id: UUID) -> None:
    """Raises `SavedNotFound`, for one of somebody else too."""
    connection = await session.driver()
    if await connection.execute(queries.DROP_SAVED, user_id, saved_id) == "DELETE 0":
        raise SavedNotFound


class PersonalSearches:
    """A person's saved searches, for the erasure and the export of an account."""

    name = "savedSearches"

    async def erase(self, session: Session, *, user_id: UserId) -> None:
        await (await session.driver()).execute(queries.DROP_SAVED, user_id, None)

    async def export(self, session: Session, *, user_id: UserId) -> object:
        return [
            each.model_dump(mode="json", by_alias=True)
            for each in await listed(session, user_id=user_id)
        ]


class Herald:
    """Tells who looks for such events. `base_url` is where links lead."""

    def __init__(self, database: Database, *, engine: Engine, base_url: str) -> None:
        self._database = database
        self._engine = engine
        self._base_url = base_url

    async def tell(self) -> int:
        """One round of what came out; how many messages are new.

        A round that was broken off is told again whole: each message has its key.
        """
        async with self._database.transaction() as session:
            round_id, event_ids = await queries.take_news(
                session, round_id=new_id(), limit=EVENTS_PER_ROUND
            )
        if not event_ids:
            return 0
        told, after = 0, ""
        for _ in range(PAGES_MAX):
            async with self._database.transaction() as session:
                searches = await queries.distinct_searches(
                    session, after=after, limit=SEARCHES_PER_PAGE
                )
            for digest, asked in searches:
                fitting = await self._fitting(asked, event_ids=event_ids)
                if fitting:
                    told += await self._tell(digest, asked, fitting=fitting, round_id=round_id)
            if len(searches) < SEARCHES_PER_PAGE:
                break
            after = searches[-1][0]
        async with self._database.transaction() as session:
            await queries.end_news(session, round_id=round_id)
        return told

    async def _fitting(self, asked: str, *, event_ids: Sequence[UUID]) -> list[Card]:
        query = SavedQuery.model_validate_json(asked)
        found = await self._engine.search(_asked(query, event_ids=event_ids, now=clock.now()))
        return [hit.document for hit in found.hits]

    async def _tell(
        self, digest: str, asked: str, *, fitting: Sequence[Card], round_id: UUID
    ) -> int:
        told, after = 0, _FIRST
        for _ in range(PAGES_MAX):
            async with self._database.transaction() as session:
                people = await queries.savers(
                    session, digest=digest, after=after, limit=PEOPLE_PER_PAGE
                )
                told += await self._tell_page(session, people, asked, fitting, round_id)
            if len(people) < PEOPLE_PER_PAGE:
                break
            after = people[-1].id
        return told

    async def _tell_page(
        self,
        session: Session,
        people: Sequence[Saver],
        asked: str,
        fitting: Sequence[Card],
        round_id: UUID,
    ) -> int:
        first = fitting[0]
        venue_id = VenueId(first.venue_id)
        venue = (await venue_queries.cards(session, venue_ids=[venue_id]))[venue_id]
        reached = await contacts(session, user_ids=[each.user_id for each in people])
        about = About(
            organization_id=OrganizationId(first.organization_id), event_id=EventId(first.id)
        )
        values = {
            "url": self._address(asked, fitting=fitting),
            "count": len(fitting),
            "event": _event(first, timezone=venue.timezone),
        }
        return await tell_all(
            session,
            (
                NewMessage(
                    template=TEMPLATE,
                    to=reached[each.user_id].to,
                    key=f"saved:{each.id}:{round_id}",
                    values={**values, "name": reached[each.user_id].to.name, "search": each.name},
                    about=about,
                )
                for each in people
                if each.user_id in reached
            ),
        )

    def _address(self, asked: str, *, fitting: Sequence[Card]) -> str:
        """The event's page, or all that fits as the web app finds it."""
        if len(fitting) == 1:
            return f"{self._base_url}/events/{fitting[0].id}"
        said: dict[str, Any] = msgspec.json.decode(asked)
        near = said.pop("near", None)
        if near is not None:
            said["near"] = f"{near['lat']},{near['lng']}"
        return f"{self._base_url}/?{urlencode(said, doseq=True)}"


def _asked(query: SavedQuery, *, event_ids: Sequence[UUID], now: dt.datetime) -> Asked:
    """Strictly: who reads a list forgives what nearly fits, who gets mail of it does not."""
    near = query.near
    return Asked(
        query=query.q,
        kind=Kind.EVENT,
        near=None if near is None else (near.lat, near.lng),
        radius_km=None if near is None else query.radius_km or SAVED_RADIUS_KM,
        price_min=query.price_min,
        price_max=query.price_max,
        currency=query.currency,
        amenities=tuple(query.amenity),
        cities=tuple(query.city),
        months=tuple(query.month),
        only=tuple(event_ids),
        since=now,
        statuses=_STILL_TO_COME,
        is_strict=True,
        sort=Sort.DATE,
        page=PageRequest(limit=EVENTS_PER_ROUND),
        now=now,
    )


def _event(document: Card, *, timezone: str) -> dict[str, Any]:
    assert document.start_time is not None
    return {
        "name": document.name,
        "start": clock.rfc3339(document.start_time),
        "timezone": timezone,
        "venue": document.venue_name,
        "city": document.city,
    }


def _view(row: Any) -> SavedView:
    return SavedView(
        id=row["id"],
        name=row["name"],
        query=msgspec.json.decode(row["query"]),
        created_at=row["created_at"],
    )
