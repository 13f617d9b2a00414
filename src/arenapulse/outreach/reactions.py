"""What people are told about what happened to orders, money and events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from arenapulse.core.ids import OrderId
from arenapulse.events.facts import EventStatusChanged, EventWritten
from arenapulse.events.terms import EventStatus
from arenapulse.orders.facts import MovedOrder, OrdersMoved, OrdersPlaced
from arenapulse.orders.terms import OrderStatus, PaymentStatus
from arenapulse.outreach.service.telling import BOX_OFFICE, Teller
from arenapulse.payments.facts import OrderRefunded
from arenapulse.runtime.jobs import GIVING_WAY, Limits, Registry
from arenapulse.waitingroom.facts import TurnsCame

WHOLE_EVENT = Limits(seconds_max=600)


def registry(*, teller: Teller) -> Registry:
    made = Registry()
    _about_orders(made, teller=teller)
    _about_events(made, teller=teller)
    return made


def _about_orders(made: Registry, *, teller: Teller) -> None:
    @made.on_many(OrdersPlaced, name="outreach.tell_placed", limits=GIVING_WAY)
    async def tell_placed(facts: Sequence[OrdersPlaced]) -> None:
        """What costs nothing, or is invoiced, is confirmed at once."""
        await teller.confirmed(
            [
                order.order_id
                for fact in facts
                for order in fact.orders
                if order.payment_method != BOX_OFFICE
            ]
        )

    @made.on_many(OrdersMoved, name="outreach.tell_moved", limits=GIVING_WAY)
    async def tell_moved(facts: Sequence[OrdersMoved]) -> None:
        moved = [order for fact in facts for order in fact.orders]
        await teller.confirmed(_between(moved, OrderStatus.PENDING, OrderStatus.CONFIRMED))
        await teller.cancelled(_between(moved, OrderStatus.CONFIRMED, OrderStatus.CANCELLED))
        for fact in facts:
            # A card that we ask again by ourselves is no news: only who must act is told.
            declined = [
                o.order_id
                for o in fact.orders
                if o.before == o.after and o.payment_status is PaymentStatus.FAILED and o.code
            ]
            await teller.declined(declined, key=f":{fact.fact_id}")

    @made.on(OrderRefunded, name="outreach.tell_refunded")
    async def tell_refunded(fact: OrderRefunded) -> None:
        await teller.refunded(fact)

    assert tell_placed
    assert tell_moved
    assert tell_refunded


def _about_events(made: Registry, *, teller: Teller) -> None:
    @made.on(EventStatusChanged, name="outreach.tell_event_status", limits=WHOLE_EVENT)
    async def tell_status(fact: EventStatusChanged) -> None:
        if fact.after == EventStatus.CANCELLED:
            await teller.holders_of_cancelled(fact.event_id)
        if fact.after == EventStatus.POSTPONED:
            await teller.delayed(fact.event_id, version=fact.version)

    @made.on(EventWritten, name="outreach.tell_changed_event", limits=WHOLE_EVENT)
    async def tell_changed(fact: EventWritten) -> None:
        """Another day; other words and prices are nobody's concern who has a ticket.

        Another place is told by a campaign: an event that has sold keeps its venue.
        """
        if fact.start_before is not None:
            await teller.postponed(fact.event_id, before=fact.start_before, version=fact.version)

    @made.on(TurnsCame, name="outreach.tell_turns", limits=GIVING_WAY)
    async def tell_turns(fact: TurnsCame) -> None:
        await teller.turns_came(fact)

    assert tell_status
    assert tell_changed
    assert tell_turns


def _between(moved: Iterable[MovedOrder], before: OrderStatus, after: OrderStatus) -> list[OrderId]:
    return [o.order_id for o in moved if o.before is before and o.after is after]
