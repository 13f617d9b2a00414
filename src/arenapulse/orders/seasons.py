"""Orders of season tickets: planned for each date, placed by one call in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field

from arenapulse.core.errors import Forbidden, InvariantBroken, Refusal
from arenapulse.core.ids import EventId, SectionId, new_order_id
from arenapulse.core.names import key
from arenapulse.events import service as events
from arenapulse.events.salebook import Salebook
from arenapulse.events.terms import SERIES_MAX
from arenapulse.identity.schemas import Actor
from arenapulse.orders import placing, queries, service
from arenapulse.orders.errors import CapacityExceeded, NotForSale, OtherDates
from arenapulse.orders.news import SaleNews
from arenapulse.orders.outcomes import Again, OrderResponse, Outcome, batch_changes, flips, outcomes
from arenapulse.orders.placing import PlaceOrder
from arenapulse.orders.queries import seasons
from arenapulse.orders.schemas import OrderLine, OwnedOrder, SeasonOrder, Seat
from arenapulse.orders.terms import OrderStatus
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.web.envelope import Body, Label
from arenapulse.venues.terms import SEATS_A_ROW_MAX

LINES_MAX = 10
PLACES_MAX = 20
"""Of one line; an event's own limits are judged at each date."""


class SeasonSeatBody(Body):
    row: Label
    seat: Annotated[int, Field(strict=True, ge=1, le=SEATS_A_ROW_MAX)]


class SeasonLineBody(Body):
    section_id: UUID
    price_level: Label
    quantity: Annotated[int, Field(strict=True, ge=1, le=PLACES_MAX)]
    seats: Annotated[list[SeasonSeatBody], Field(min_length=1, max_length=PLACES_MAX)] | None = None


class SeasonOrderBody(Body):
    """`eventIds` are the dates that the buyer saw; a seated section's seats are named."""

    event_ids: Annotated[list[UUID], Field(min_length=1, max_length=SERIES_MAX)]
    tickets: Annotated[list[SeasonLineBody], Field(min_length=1, max_length=LINES_MAX)]


@dataclass(frozen=True)
class Plan:
    """The orders by date, and what their levels cost at each."""

    series_id: EventId
    orders: tuple[PlaceOrder, ...]
    amounts: dict[str, int]
    """By the level as it is written at a date."""


class SeasonDesk:
    """One a process."""

    def __init__(
        self,
        database: Database,
        *,
        salebook: Salebook,
        news: SaleNews,
        held_places_max: int | None,
    ) -> None:
        self._database = database
        self._salebook = salebook
        self._news = news
        self._held_places_max = held_places_max

    async def plan(
        self, *, actor: Actor, series_id: EventId, body: SeasonOrderBody, now: dt.datetime
    ) -> Plan | Refusal:
        """What is to be placed, with the expired holds of its dates given back.

        It has transactions of its own, so it is for who has none open yet. What it refuses with
        (`NoSeason`, `SeasonClosed`, `OtherDates`, `NotForSale`, `SeatsDoNotFit`) it returns, and
        `place` raises it: a replay is answered whatever the series has become.
        """
        try:
            return await self._planned(actor=actor, series_id=series_id, body=body, now=now)
        except Refusal as refusal:
            return refusal

    async def _planned(
        self, *, actor: Actor, series_id: EventId, body: SeasonOrderBody, now: dt.datetime
    ) -> Plan:
        if actor.key is not None or actor.is_guest:
            raise Forbidden
        async with self._database.transaction() as session:
            season = await events.season_of(session, series_id=series_id, now=now)
        if set(season.event_ids) != set(body.event_ids):
            raise OtherDates(details={"eventIds": [str(each) for each in season.event_ids]})
        amounts: dict[str, int] = {}
        made: list[PlaceOrder] = []
        # Their order is that of the dates: the first one's id is the season ticket's.
        order_ids = sorted(new_order_id() for _ in season.event_ids)
        for event_id, order_id in zip(season.event_ids, order_ids, strict=True):
            facts = await self._salebook.facts(event_id)
            lines: list[placing.PlannedLine] = []
            for n, line in enumerate(body.tickets):
                level = facts.level(line.price_level)
                amount = None if level is None else season.amounts.get(key(level))
                if level is None or amount is None:
                    raise NotForSale.on(f"tickets.{n}.priceLevel", NotForSale.message)
                amounts[level] = amount
                section = facts.chart.by_id.get(SectionId(line.section_id))
                lines.append(placing.planned(_asked(line), section=section, level=level, number=n))
            made.append(
                PlaceOrder(
                    order_id=order_id,
                    event_id=event_id,
                    user_id=actor.user_id,
                    lines=tuple(lines),
                    pay=placing.BARE_HOLD,
                    token=None,
                    key=None,
                    request_hash=0,
                )
            )
        await service.reclaim(
            self._database, news=self._news, now=now, event_ids=list(season.event_ids)
        )
        return Plan(series_id=series_id, orders=tuple(made), amounts=amounts)

    async def place(
        self, session: Session, plan: Plan | Refusal, *, now: dt.datetime
    ) -> SeasonOrder:
        """All of its places held, or none: a date that refuses refuses all.

        Raises what POST /orders refuses, `NotForSale` for a date that costs nothing.
        """
        if isinstance(plan, Refusal):
            raise plan
        connection = await session.driver()
        commands = plan.orders
        held_max = self._held_places_max
        arrays, values = placing.arguments(
            commands,
            now=now,
            held_places_max=None if held_max is None else held_max * len(commands),
        )
        row = await connection.fetchrow(queries.PLACE_ORDERS, *values)
        if row is None:
            raise InvariantBroken("place_orders returned no row")
        for command, found in zip(commands, outcomes(commands, arrays, row, now=now), strict=True):
            _require_held(found, event_id=command.event_id)
        if len(set(row["event_currency"])) > 1:
            raise NotForSale("Its dates are sold in different currencies.")
        order_ids = [each.order_id for each in commands]
        await seasons.join(
            connection,
            order_ids=order_ids,
            series_id=plan.series_id,
            amounts=plan.amounts,
            hold_seconds=min(row["event_hold_seconds"]),
        )
        view = await service.read_season_order(session, order_id=order_ids[0], now=now)
        user_id = commands[0].user_id
        changes, flipped = batch_changes(arrays, row), flips(row)

        async def tell() -> None:
            self._news.counts_changed(changes)
            self._news.events_flipped(flipped)
            self._news.orders_placed([OwnedOrder(user_id, order) for order in view.orders])

        session.after_commit(tell)
        return view


def _require_held(found: Outcome, *, event_id: EventId) -> None:
    """Raises what a date refuses, and says which it was."""
    if isinstance(found, OrderResponse):
        if found.status is not OrderStatus.PENDING:
            raise NotForSale("A date of it is free: it needs no season ticket.")
        return
    refusal = CapacityExceeded() if isinstance(found, Again) else found
    assert isinstance(refusal, Refusal), "nothing was asked under a key"
    if refusal.details is None or isinstance(refusal.details, Mapping):
        refusal.details = {**(refusal.details or {}), "eventId": str(event_id)}
    raise refusal


def _asked(line: SeasonLineBody) -> OrderLine:
    seats = None if line.seats is None else [Seat(each.row, each.seat) for each in line.seats]
    return OrderLine(line.section_id, line.quantity, line.price_level, seats)
