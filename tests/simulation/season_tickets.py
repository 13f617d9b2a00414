"""Season tickets of a simulated world: foretold from the tables, and looked at by date."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import Awaitable
from functools import partial
from typing import Any, Final
from uuid import UUID

from arenapulse.core.errors import Refusal
from arenapulse.core.ids import EventId, OrderId, UserId
from arenapulse.events import service as events
from arenapulse.events.errors import SeasonClosed
from arenapulse.events.salebook import Salebook
from arenapulse.events.schemas import SeasonBody, SeasonLevelBody
from arenapulse.orders import errors
from arenapulse.orders import service as orders
from arenapulse.orders.batcher import Placed
from arenapulse.orders.schemas import SeasonOrder
from arenapulse.orders.seasons import SeasonDesk, SeasonLineBody, SeasonOrderBody, SeasonSeatBody
from arenapulse.payments import service as payments
from arenapulse.payments.errors import RefundRefused
from arenapulse.payments.schemas import RefundBody
from tests.simulation import plan as steps
from tests.simulation.deeds import Deeds, Ledger, Outcome
from tests.simulation.house import NEWS, House, actor_of, is_away
from tests.simulation.oracle import Bill, Oracle
from tests.simulation.plan import Line, Plan, Wish
from tests.simulation.season_steps import (
    Beside,
    Buy,
    GiveBack,
    LetGo,
    PayDate,
    PaySeason,
    SeasonStep,
)
from tests.simulation.snapshot import Row, Snapshot

_OPEN: Final = {"ON_SALE", "SOLD_OUT", "LIVE"}


class SeasonTickets:
    """Who buys what of a series, and what they were answered."""

    def __init__(self, plan: Plan, *, house: House, ledger: Ledger, deeds: Deeds) -> None:
        self._plan = plan
        self._house = house
        self._ledger = ledger
        self._deeds = deeds
        self._amount = random.Random(f"season {plan.seed}").choice((1, 900, 3_000, 9_000))
        self._known: list[SeasonOrder] = []
        self._desk = SeasonDesk(
            house.database, salebook=Salebook(house.database), news=NEWS, held_places_max=None
        )

    async def open(self) -> None:
        """Offers season tickets, where the world has them."""
        if not self._plan.is_series:
            return
        level = SeasonLevelBody(priceLevel="STANDARD", amount=self._amount)
        await self._house.within(
            lambda session: events.offer_season(
                session,
                actor=self._house.owner,
                series_id=EventId(self._house.names.events[0]),
                body=SeasonBody(levels=[level]),
                now=self._house.time,
            )
        )

    async def do(self, step: SeasonStep) -> str:
        """What came of it, in words; raises where it is not what it must be."""
        if isinstance(step, Beside):
            return await self._beside(step)
        if isinstance(step, Buy):
            return await self._buy(step)
        season = self._nth(step.season)
        if season is None:
            return "nobody has one"
        expected = self._foretell(step, season)
        outcome = await self._attempt(self._work(step, season))
        found = type(outcome) if isinstance(outcome, Refusal) else None
        assert found is expected, f"{season.season_order_id}: foretold {expected}, came {outcome!r}"
        return "done" if found is None else found.__name__

    async def faults(self, now: Snapshot) -> list[str]:
        """What is not as those who hold one were told: its orders, their places, their sums."""
        if not self._plan.is_series:
            return []
        rows = await self._house.eyes.fetch("SELECT * FROM season_orders ORDER BY order_id")
        members: dict[UUID, list[UUID]] = {}
        for row in rows:
            members.setdefault(row["season_id"], []).append(row["order_id"])
        found: list[str] = []
        for season in self._known:
            told = [(order.order_id, order.event_id, order.total) for order in season.orders]
            kept = [
                (order_id, now.orders[order_id]["event_id"], now.orders[order_id]["total"])
                for order_id in members.pop(season.season_order_id, [])
            ]
            if told != kept:
                found.append(f"season {season.season_order_id} was {told}, and is {kept}")
            shapes = {_shape(order_id, now) for order_id, _, _ in kept}
            if len(shapes) > 1:
                found.append(f"season {season.season_order_id} has other places by date: {shapes}")
        found += [f"season {season_id} was told to nobody" for season_id in members]
        return found

    def _nth(self, back: int) -> SeasonOrder | None:
        if not self._known:
            return None
        return self._known[max(0, len(self._known) - 1 - back)]

    async def _attempt(self, work: Awaitable[Any]) -> Outcome:
        outcome = await self._house.attempt(work)
        assert not is_away(outcome), "the database is away, and nobody cut it off"
        return outcome

    def _dates(self) -> list[Row]:
        """Those on sale at this moment, as they follow each other."""
        now, before = self._house.time, self._ledger.before
        found = [
            event
            for event in before.events.values()
            if event["status"] in _OPEN and now < (event["sales_end_at"] or event["start_time"])
        ]
        return sorted(found, key=lambda event: (event["start_time"], event["id"]))

    def _oracle(self) -> Oracle:
        return Oracle(self._ledger.before, names=self._house.names, now=self._house.time)

    def _foretell_buy(self, step: Buy) -> list[Bill] | type[Refusal]:
        dates = self._dates()
        if not dates:
            return SeasonClosed
        if step.misses and len(dates) > 1:
            return errors.OtherDates
        bills: list[Bill] = []
        for event in dates:
            number = self._house.names.events.index(event["id"])
            alone = Wish(-1, number, step.person, step.lines, 0, None, None)
            judged = self._oracle().foretell([alone])
            assert judged is not None
            (bill,) = judged
            if isinstance(bill, type):
                return bill
            if not bill.total:
                return errors.NotForSale
            bills.append(self._season_bill(bill, alone, tax_rate=event["tax_rate"]))
        return bills

    def _season_bill(self, bill: Bill, wish: Wish, *, tax_rate: int) -> Bill:
        """What a date comes to: a place costs the season's amount where alone it costs more."""
        off = 0
        for line in wish.lines:
            section = self._house.names.sections[wish.event][line.section]
            event_id = self._house.names.events[wish.event]
            price = self._ledger.before.prices[event_id, section, "STANDARD"]
            off += line.quantity * max(0, price["amount"] - self._amount)
        total = bill.subtotal + bill.fees - off
        tax = (2 * total * tax_rate + 10_000 + tax_rate) // (2 * (10_000 + tax_rate))
        return Bill(bill.subtotal, bill.fees, off, tax)

    async def _buy(self, step: Buy) -> str:
        expected = self._foretell_buy(step)
        if step.cut_after_us is not None:
            return await self._cut(step)
        outcome = await self._attempt(self._placing(step))
        if isinstance(outcome, Refusal):
            assert type(outcome) is expected, f"foretold {expected}, came {outcome!r}"
            return type(outcome).__name__
        assert isinstance(expected, list), f"foretold {expected}, came {outcome!r}"
        told = [Bill(o.subtotal, o.fees, o.discount, o.tax) for o in outcome.orders]
        assert told == expected, f"must cost {expected}, costs {told}"
        assert outcome.total == sum(order.total for order in outcome.orders)
        hold = min(event["hold_seconds"] for event in self._dates())
        ends = self._house.time + dt.timedelta(seconds=hold)
        assert {order.expires_at for order in outcome.orders} == {ends}, f"not until {ends}"
        return f"{len(told)} dates, {outcome.total}"

    async def _cut(self, step: Buy) -> str:
        """Its connections end; it is there whole or not at all, whether anybody heard of it."""
        known = len(self._known)
        work = asyncio.ensure_future(self._house.attempt(self._placing(step)))
        assert step.cut_after_us is not None
        await asyncio.sleep(step.cut_after_us / 1e6)
        await self._house.end_connections()
        outcome = await work
        await self._house.crash()
        if is_away(outcome):
            await self._adopt(dates=len(self._dates()))
        return f"cut off: {type(outcome).__name__}, {len(self._known) - known} there"

    async def _adopt(self, *, dates: int) -> None:
        """What stands though its buyer heard nothing is a season ticket as any other."""
        rows = await self._house.eyes.fetch(
            "SELECT season_id, count(*) AS dates FROM season_orders WHERE season_id <> ALL ($1)"
            " GROUP BY 1",
            [season.season_order_id for season in self._known],
        )
        for row in rows:
            assert row["dates"] == dates, f"{dict(row)} of {dates} dates"
            read = partial(
                orders.read_season_order,
                order_id=OrderId(row["season_id"]),
                now=self._house.time,
            )
            self._known.append(await self._house.within(read))

    async def _placing(self, step: Buy) -> SeasonOrder:
        dates = [event["id"] for event in self._dates()]
        body = SeasonOrderBody(
            eventIds=(dates[:1] if step.misses else dates) or list(self._house.names.events),
            tickets=[self._line(line) for line in step.lines],
        )
        plan = await self._desk.plan(
            actor=actor_of(self._house.fans[step.person]),
            series_id=EventId(self._house.names.events[0]),
            body=body,
            now=self._house.time,
        )
        placed: SeasonOrder = await self._house.within(
            lambda session: self._desk.place(session, plan, now=self._house.time)
        )
        self._known.append(placed)
        return placed

    def _line(self, line: Line) -> SeasonLineBody:
        rows = self._plan.shows[0].places[line.section].rows
        named = [(label, number) for label, count in rows for number in range(1, count + 1)]
        seats = [SeasonSeatBody(row=named[n][0], seat=named[n][1]) for n in line.seats]
        return SeasonLineBody(
            sectionId=self._house.names.sections[0][line.section],
            priceLevel=line.level,
            quantity=line.quantity,
            seats=seats or None,
        )

    def _foretell(
        self, step: PaySeason | PayDate | LetGo | GiveBack, season: SeasonOrder
    ) -> type[Refusal] | None:
        oracle = self._oracle()
        rows = [self._ledger.before.orders[order.order_id] for order in season.orders]
        if isinstance(step, PaySeason):
            return oracle.pay(rows[0])
        if isinstance(step, PayDate):
            return errors.PaidAsSeason if len(rows) > 1 else oracle.pay(rows[0])
        if isinstance(step, LetGo):
            return oracle.cancel(rows[step.date % len(rows)])
        if step.date is not None:
            row = rows[step.date % len(rows)]
            return oracle.refund(row, numbers=(), amount=step.amount)
        refused = [oracle.refund(row, numbers=(), amount=None) for row in rows]
        return RefundRefused if all(refused) else None

    async def _work(
        self, step: PaySeason | PayDate | LetGo | GiveBack, season: SeasonOrder
    ) -> object:
        house, first = self._house, OrderId(season.season_order_id)
        by_date = [order.order_id for order in season.orders]
        buyer = UserId(self._ledger.before.orders[first]["user_id"])
        if isinstance(step, PaySeason | PayDate):
            is_whole = isinstance(step, PaySeason)
            start = payments.start_season if is_whole else payments.start
            return await house.within(
                partial(
                    start,
                    user_id=buyer,
                    order_id=first if is_whole else by_date[step.date % len(by_date)],
                    token=step.token,
                    gateway=house.gateway,
                    now=house.time,
                    news=NEWS,
                )
            )
        if isinstance(step, LetGo):
            return await house.within(
                partial(
                    orders.cancel,
                    user_id=buyer,
                    order_id=by_date[step.date % len(by_date)],
                    now=house.time,
                    news=NEWS,
                )
            )
        if step.date is None:
            give = partial(payments.refund_season, order_id=first, reason="Asked for.")
        else:
            body = RefundBody(amount=step.amount, reason="Asked for.")
            order_id = by_date[step.date % len(by_date)]
            give = partial(payments.ask_refund, order_id=order_id, body=body)
        return await house.within(partial(give, actor=house.owner, now=house.time))

    async def _beside(self, step: Beside) -> str:
        house = self._house
        works: list[Awaitable[Any]] = []
        for inner in step.steps:
            if isinstance(inner, Buy):
                works.append(self._placing(inner))
            elif (season := self._nth(inner.season)) is not None:
                works.append(self._work(inner, season))
        works += [self._hold(wish) for wish in step.wishes]
        if step.drains:
            works.append(house.drain(steps.Drain()))
        if step.sweeps:
            works.append(orders.reclaim(house.database, news=NEWS, now=house.time))
        found = await asyncio.gather(*map(self._attempt, works))
        return ", ".join(type(each).__name__ for each in found)

    async def _hold(self, wish: Wish) -> Outcome:
        outcome = await self._deeds.place(wish)
        if isinstance(outcome, Placed):
            self._ledger.wishes[wish.number] = wish
            self._deeds.acknowledge(wish, outcome)
        return outcome


def _shape(order_id: UUID, now: Snapshot) -> tuple[tuple[UUID, int | None], ...]:
    """The places that an order was placed with: a ticket given away counts once."""
    return tuple(
        (row["section_id"], row["seat_index"])
        for (of, _), row in sorted(now.tickets.items())
        if of == order_id and row["from_number"] is None
    )
