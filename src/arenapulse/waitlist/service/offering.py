"""Places that come back are held for who waited longest, and they are told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

from arenapulse.core import clock
from arenapulse.core.errors import Refusal, Unavailable
from arenapulse.core.ids import EventId, OrderId, SectionId, UserId, new_order_id
from arenapulse.events import queries as events
from arenapulse.events.queries import EventRow
from arenapulse.identity.queries import contacts
from arenapulse.inventory.queries import read_counts
from arenapulse.inventory.service.choosing import SeatDesk
from arenapulse.notifications.schemas import About
from arenapulse.notifications.service import tell
from arenapulse.orders import placing
from arenapulse.orders import service as orders
from arenapulse.orders.batcher import Batcher
from arenapulse.orders.errors import CapacityExceeded, NotOnSale
from arenapulse.orders.news import SaleNews
from arenapulse.orders.placing import PlaceOrder, PlannedLine
from arenapulse.orders.seating import Seating, SeatOrder
from arenapulse.orders.terms import OrderStatus
from arenapulse.runtime import log
from arenapulse.runtime.db import Database, Session, as_unavailable
from arenapulse.venues import queries as venues
from arenapulse.venues.seatmap import SectionKind
from arenapulse.waitlist import queries
from arenapulse.waitlist.terms import EVENTS_PER_ROUND_MAX, OFFER_SECONDS, OFFERS_PER_ROUND_MAX

_log = log.logger("waitlist")


class Offerer:
    """One a worker. Two may run: an entry's order has the entry's key, so there is one of it."""

    def __init__(
        self, database: Database, *, desk: SeatDesk, news: SaleNews, base_url: str
    ) -> None:
        self._database = database
        self._desk = desk
        self._news = news
        self._base_url = base_url
        # Each round goes on behind the last one: a line that cannot move holds no other up.
        self._after: EventId | None = None

    async def round(self) -> int:
        """How many were offered places."""
        async with self._database.transaction() as session:
            await queries.close_offers(session)
        waited_for = await queries.events_with_waiters(
            self._database, after=self._after, limit=EVENTS_PER_ROUND_MAX
        )
        self._after = waited_for[-1] if len(waited_for) == EVENTS_PER_ROUND_MAX else None
        if not waited_for:
            return 0
        batcher = Batcher(self._database, news=self._news, queue_max=OFFERS_PER_ROUND_MAX)
        seating = Seating(self._database, batcher=batcher, desk=self._desk, news=self._news)
        try:
            return sum([await self._offer_apart(each, seating=seating) for each in waited_for])
        finally:
            await batcher.close()

    async def _offer_apart(self, event_id: EventId, *, seating: Seating) -> int:
        """An event that goes wrong is in the log, and the others have their turn."""
        try:
            return await self._offer_all(event_id, seating=seating)
        except Exception as error:
            if as_unavailable(error) is not None:
                raise
            _log.exception("wait-list not offered", event_id=str(event_id))
            return 0

    async def _offer_all(self, event_id: EventId, *, seating: Seating) -> int:
        counts = await read_counts(self._database, event_id=event_id)
        async with self._database.transaction() as session:
            row = await events.find(session, event_id=event_id)
            tiers = await events.public_tiers(session, row=row)
            chart = await venues.chart(session, chart_id=row.chart_id)
        # What has no price for everybody is offered to nobody.
        priced = {_section(each) for tier in tiers for each in tier["sectionIds"]}
        free = {
            each.section_id: each.available
            for each in counts
            if each.available > 0 and each.section_id in priced
        }
        if not free:
            return 0
        offered = 0
        for entry in await queries.first_in_line(
            self._database,
            event_id=event_id,
            free=free,
            limit=OFFERS_PER_ROUND_MAX,
        ):
            found = _choice(entry, tiers=tiers, free=free)
            if found is None:
                continue
            section_id, level = found
            free[section_id] -= entry["quantity"]
            order = _order(entry, row=row, section_id=section_id, level=level)
            is_seated = chart.by_id[section_id].kind is SectionKind.SEATED
            asked = SeatOrder(order, chart.by_id, best={0: False} if is_seated else {})
            offered += await self._offer(entry, row=row, asked=asked, seating=seating)
        return offered

    async def _offer(
        self, entry: asyncpg.Record, *, row: EventRow, asked: SeatOrder, seating: Seating
    ) -> bool:
        try:
            placed = await seating.place(asked)
        except (CapacityExceeded, NotOnSale, Unavailable):
            # Somebody was quicker, or the database is away: they wait on.
            return False
        except Refusal:
            async with self._database.transaction() as session:
                await queries.end(session, entry_id=entry["id"])
            return False
        order_id, now = OrderId(placed.order.order_id), clock.now()
        async with self._database.transaction() as session:
            until = await orders.hold_longer(session, order_id=order_id, seconds=OFFER_SECONDS)
            is_theirs = await queries.offer(
                session, entry_id=entry["id"], order_id=order_id, until=until or now, now=now
            )
            if not is_theirs and await queries.is_given_up(session, entry_id=entry["id"]):
                # They left while it was held for them: it is the next one's, and not theirs for
                # twenty minutes. Offered by another process it is the very same order.
                await orders.settle(
                    session,
                    order_ids=[order_id],
                    to=OrderStatus.CANCELLED,
                    now=now,
                    news=self._news,
                )
            # What costs nothing is theirs already, and its receipt says so.
            if is_theirs and until is not None:
                user_id = asked.order.user_id
                await self._tell(session, row=row, user_id=user_id, order_id=order_id, until=until)
        return is_theirs

    async def _tell(
        self,
        session: Session,
        *,
        row: EventRow,
        user_id: UserId,
        order_id: OrderId,
        until: dt.datetime,
    ) -> None:
        people = await contacts(session, user_ids=[user_id])
        if user_id not in people:
            return
        venue = await venues.find(session, venue_id=row.venue_id)
        await tell(
            session,
            template="wait_list_offer",
            to=people[user_id].to,
            values={
                "name": people[user_id].to.name,
                "url": f"{self._base_url}/checkout/{order_id}",
                "until": clock.rfc3339(until),
                "event": {
                    "name": row.name,
                    "start": clock.rfc3339(row.start_time),
                    "timezone": venue.location.timezone,
                    "venue": venue.name,
                    "city": venue.location.city,
                },
            },
            key=f"wait-list:{order_id}",
            about=About(organization_id=row.organization_id, event_id=row.id, order_id=order_id),
        )


def _order(
    entry: asyncpg.Record, *, row: EventRow, section_id: SectionId, level: str
) -> PlaceOrder:
    return PlaceOrder(
        order_id=new_order_id(),
        event_id=row.id,
        user_id=UserId(entry["user_id"]),
        lines=(PlannedLine(section_id, level, entry["quantity"]),),
        pay=placing.BARE_HOLD,
        token=None,
        key=f"wait-list:{entry['id']}",
        # Asked again after a crash it is the same wish, whatever is free by then.
        request_hash=int.from_bytes(entry["id"].bytes[8:], "big", signed=True),
        promo_code=None,
    )


def _choice(
    entry: asyncpg.Record, *, tiers: list[dict[str, Any]], free: Mapping[SectionId, int]
) -> tuple[SectionId, str] | None:
    """The section and price level that an entry is offered: its own, or the cheapest that fits."""
    fitting = [
        (tier["amount"] + tier["fee"], place, section, str(tier["priceLevel"]))
        for place, tier in enumerate(tiers)
        for section in map(_section, tier["sectionIds"])
        if free.get(section, 0) >= entry["quantity"] and entry["section_id"] in (None, section)
    ]
    if not fitting:
        return None
    # The organizer's first level of a section is the one for everybody.
    first = min((place, price, section, level) for price, place, section, level in fitting)
    cheapest = min(fitting)
    chosen = first if entry["section_id"] is not None else cheapest
    return chosen[2], chosen[3]


def _section(given: object) -> SectionId:
    """An event's tiers are JSON, where ids are text."""
    return SectionId(UUID(str(given)))
