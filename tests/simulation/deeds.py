"""What people do in a simulated world, by the services that serve them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from arenapulse.core.errors import KeyReused
from arenapulse.core.ids import EventId, OrderId, UserId, new_order_id, ticket_id
from arenapulse.events import service as events
from arenapulse.events.schemas import CapacityConfigBody, EventPatch, TierBody
from arenapulse.events.terms import EventStatus
from arenapulse.orders import service as orders
from arenapulse.orders.batcher import Placed
from arenapulse.orders.placing import PlaceOrder, PlannedLine
from arenapulse.orders.schemas import OrderResponse
from arenapulse.payments import service as payments
from arenapulse.payments.schemas import RefundBody
from tests.simulation import plan as steps
from tests.simulation.house import EVENT_NEWS, NEWS, House
from tests.simulation.plan import Line, Plan, Wish
from tests.simulation.snapshot import Snapshot

Outcome = Any


@dataclass(frozen=True)
class Acknowledged:
    """An answer that somebody has in their hands."""

    person: UUID
    order: OrderResponse


@dataclass
class Ledger:
    """What was wished and what was promised, beside the last look at the tables."""

    before: Snapshot
    wishes: dict[int, Wish] = field(default_factory=dict)
    acknowledged: dict[int, Acknowledged] = field(default_factory=dict)

    def to_refund(self, step: steps.Refund) -> Acknowledged | None:
        """The order that a refund is asked for."""
        newest_first = [self.acknowledged[n] for n in sorted(self.acknowledged, reverse=True)]
        own = self.acknowledged.get(step.wish)
        if own is not None:
            newest_first.insert(0, own)
        paid = (a for a in newest_first if self.before.paid_charge(a.order.order_id) is not None)
        return next(paid, own)

    def orders_about(self, step: steps.Step) -> set[UUID]:
        """The orders whose money or places a step moves."""
        if isinstance(step, steps.AtOnce):
            return {order for each in step.steps for order in self.orders_about(each)}
        if isinstance(step, steps.Refund | steps.Cancel):
            is_refund = isinstance(step, steps.Refund)
            known = self.to_refund(step) if is_refund else self.acknowledged.get(step.wish)
            return set() if known is None else {known.order.order_id}
        if isinstance(step, steps.Deliver | steps.Drain):
            disputed = {row["intent_id"] for row in self.before.bank_disputes.values()}
            rows = (
                *(self.before.intents[each] for each in disputed),
                *self.before.refunds.values(),
            )
            return {row["order_id"] for row in rows}
        return set()

    def refunded_numbers(self, step: steps.Refund, order: OrderResponse) -> list[int]:
        """The numbers of the tickets that a step means, or of what came of them.

        They count from 1.
        """
        many = len(order.tickets)
        named = sorted({position % many + 1 for position in step.tickets})
        return [self.before.heir((order.order_id, number))[1] for number in named]

    def to_dispute(self, step: steps.Dispute) -> str | None:
        """The intent that a bank takes back: of its order where that was paid, else the newest."""
        own = self.acknowledged.get(step.wish)
        paid = [
            row
            for row in self.before.intents.values()
            if row["captured"] > row["refunded"] and not row["disputed"]
        ]
        paid.sort(key=lambda row: (own is not None and row["order_id"] == own.order.order_id,
                                   row["created_at"]))  # fmt: skip
        return paid[-1]["id"] if paid else None


def key_of(wish: Wish) -> str:
    return f"wish-{wish.number}"


class Deeds:
    def __init__(self, plan: Plan, *, house: House, ledger: Ledger) -> None:
        self._plan = plan
        self._house = house
        self._ledger = ledger
        self._by_step: dict[type, Callable[[Any], Awaitable[Outcome]]] = {
            steps.AskAgain: self._ask_again,
            steps.Cancel: self._cancel,
            steps.Pay: self._pay,
            steps.Refund: self._refund,
            steps.AnswerBank: self._answer_bank,
            steps.Dispute: self._dispute,
            steps.CloseDispute: self._close_dispute,
            steps.Drain: house.drain,
            steps.Deliver: house.deliver,
            steps.Sweep: self._sweep,
            steps.PassTime: self._pass_time,
            steps.Reprice: self._reprice,
            steps.Reshape: self._reshape,
            steps.Move: self._move,
        }

    async def do(self, step: Any) -> Outcome:
        """What the step comes to: an answer, a refusal, or None where there was nothing to do."""
        return await self._house.attempt(self._by_step[type(step)](step))

    async def place(self, wish: Wish, **changes: Any) -> Outcome:
        desk = self._house.desks[0]
        return await self._house.attempt(desk.place(self.order(wish, **changes)))

    def acknowledge(self, wish: Wish, placed: Placed) -> None:
        person = self._house.names.persons[wish.person]
        self._ledger.acknowledged[wish.number] = Acknowledged(person, placed.order)

    def order(self, wish: Wish, *, request_hash: int | None = None) -> PlaceOrder:
        names = self._house.names
        return PlaceOrder(
            order_id=new_order_id(),
            event_id=EventId(names.events[wish.event]),
            user_id=UserId(names.persons[wish.person]),
            lines=tuple(self._line(wish.event, line) for line in wish.lines),
            pay=wish.pay,
            token=wish.token,
            key=key_of(wish),
            request_hash=wish.number if request_hash is None else request_hash,
            promo_code=wish.promo,
        )

    def _line(self, event: int, line: Line) -> PlannedLine:
        section = self._house.names.sections[event][line.section]
        rows = self._plan.shows[event].places[line.section].rows
        named = [(label, number) for label, count in rows for number in range(1, count + 1)]
        seats = tuple(named[n] if n < len(named) else ("Z", 1) for n in line.seats)
        return PlannedLine(section, line.level, line.quantity, seats, line.seats)

    async def _ask_again(self, step: steps.AskAgain) -> Outcome:
        wish, known = self._ledger.wishes.get(step.wish), self._ledger.acknowledged.get(step.wish)
        if wish is None:
            return None
        twist = -1 - wish.number if step.with_other_content and known is not None else None
        outcome = await self.place(wish, request_hash=twist)
        if known is None:
            if isinstance(outcome, Placed):
                self.acknowledge(wish, outcome)
        elif twist is not None:
            assert isinstance(outcome, KeyReused), f"a key for two requests gave {outcome!r}"
        else:
            assert outcome == Placed(known.order, is_replay=True), f"the replay is {outcome!r}"
        return outcome

    async def _cancel(self, step: steps.Cancel) -> Outcome:
        known = self._ledger.acknowledged.get(step.wish)
        if known is None:
            return None
        return await self._house.within(
            lambda session: orders.cancel(
                session,
                user_id=UserId(known.person),
                order_id=known.order.order_id,
                now=self._house.time,
                news=NEWS,
            )
        )

    async def _pay(self, step: steps.Pay) -> Outcome:
        known = self._ledger.acknowledged.get(step.wish)
        if known is None:
            return None
        return await self._house.within(
            lambda session: payments.start(
                session,
                user_id=UserId(known.person),
                order_id=known.order.order_id,
                token=step.token,
                gateway=self._house.gateway,
                now=self._house.time,
                news=NEWS,
            )
        )

    async def _refund(self, step: steps.Refund) -> Outcome:
        known = self._ledger.to_refund(step)
        if known is None:
            return None
        order_id = known.order.order_id
        numbers = self._ledger.refunded_numbers(step, known.order)
        tickets = [ticket_id(order_id, number=number) for number in numbers]
        body = RefundBody(ticketIds=tickets or None, amount=step.amount, reason="Asked for.")
        return await self._house.within(
            lambda session: payments.ask_refund(
                session,
                actor=self._house.owner,
                order_id=known.order.order_id,
                body=body,
                now=self._house.time,
            )
        )

    async def _answer_bank(self, step: steps.AnswerBank) -> Outcome:
        waiting = [
            order_id
            for (order_id, _), charge in sorted(self._ledger.before.charges.items())
            if charge["status"] == "REQUIRES_ACTION" and charge["carrier_id"] is None
        ]
        known = self._ledger.acknowledged.get(step.wish)
        if known is not None and known.order.order_id in waiting:
            waiting.insert(0, known.order.order_id)
        if not waiting:
            return None
        return await payments.authenticate(
            self._house.database,
            user_id=None,
            order_id=OrderId(waiting[0]),
            passes=step.passes,
            sandbox=self._house.gateway.twin,
            now=self._house.time,
        )

    async def _dispute(self, step: steps.Dispute) -> None:
        found = self._ledger.to_dispute(step)
        if found is not None:
            await self._house.gateway.twin.open_dispute(found)

    async def _close_dispute(self, step: steps.CloseDispute) -> None:
        opened = [
            row["id"]
            for row in self._ledger.before.bank_disputes.values()
            if row["status"] == "needs_response"
        ]
        if opened:
            await self._house.gateway.twin.close_dispute(opened[0], is_won=step.is_won)

    async def _sweep(self, _step: steps.Sweep) -> int:
        house = self._house
        return await orders.reclaim(house.database, news=NEWS, now=house.time)

    async def _pass_time(self, step: steps.PassTime) -> None:
        self._house.time += dt.timedelta(seconds=step.seconds)

    async def _reprice(self, step: steps.Reprice) -> Outcome:
        sections = self._house.names.sections[step.event]
        levels = ("STANDARD", "VIP") if step.with_vip else ("STANDARD",)
        tiers = [
            TierBody(
                priceLevel=level,
                name=level,
                sectionIds=[section],
                amount=amount * (2 if level == "VIP" else 1),
                fee=amount // 30,
                currency="EUR",
            )
            for section, amount in zip(sections, step.amounts, strict=True)
            for level in levels
        ]
        return await self._house.within(
            lambda session: events.set_pricing(
                session,
                actor=self._house.owner,
                event_id=EventId(self._house.names.events[step.event]),
                tiers=tiers,
                version=None,
                news=EVENT_NEWS,
            )
        )

    async def _reshape(self, step: steps.Reshape) -> Outcome:
        plans: dict[str, Any] = {}
        for section, place, capacity, blocked in zip(
            self._house.names.sections[step.event],
            self._plan.shows[step.event].places,
            step.capacities,
            step.blocked,
            strict=True,
        ):
            named = [{"row": r, "seat": n} for r, many in place.rows for n in range(1, many + 1)]
            plans[str(section)] = (
                {"blocked": [named[seat] for seat in blocked]}
                if place.rows
                else {"capacity": capacity, "blocked": len(blocked)}
            )
        config = CapacityConfigBody.model_validate(
            {
                "sections": plans,
                "maxTicketsPerOrder": step.per_order,
                "maxTicketsPerPerson": step.per_person,
                "holdSeconds": step.hold_seconds,
            }
        )
        return await self._change(step.event, EventPatch(capacityConfig=config))

    async def _change(self, event: int, patch: EventPatch) -> Outcome:
        event_id = self._house.names.events[event]
        version = self._ledger.before.events[event_id]["version"]
        return await self._house.within(
            lambda session: events.change(
                session,
                actor=self._house.owner,
                event_id=EventId(event_id),
                patch=patch,
                version=version,
                news=EVENT_NEWS,
            )
        )

    async def _move(self, step: steps.Move) -> Outcome:
        return await self._house.within(
            lambda session: events.set_status(
                session,
                actor=self._house.owner,
                event_id=EventId(self._house.names.events[step.event]),
                target=EventStatus(step.status),
                news=EVENT_NEWS,
            )
        )
