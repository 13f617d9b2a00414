"""What banks do behind our back: disputes, early fraud warnings, refunds that come back."""

from __future__ import annotations

import datetime as dt
from typing import Final

from arenapulse.core.ids import OrderId, OrganizationId
from arenapulse.events.queries import find as find_event
from arenapulse.events.terms import EventStatus
from arenapulse.orders import holding
from arenapulse.orders import queries as order_queries
from arenapulse.orders import service as orders
from arenapulse.orders.news import SaleNews
from arenapulse.payments import queries
from arenapulse.payments.facts import DisputeClosed, RefundStep
from arenapulse.payments.gateway import Dispute, Refund, Warned
from arenapulse.payments.queries import disputes
from arenapulse.payments.schemas import PaidCharge
from arenapulse.payments.service.refunding import (
    REFUND_TASK,
    add_refund,
    refund_rest_of,
    tell_lost,
)
from arenapulse.payments.terms import FRAUD_WARNED, DisputeStatus
from arenapulse.runtime import log
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import enqueue, heard_by, record

DISPUTE_LOST: Final = "The dispute was lost: the buyer's bank has the money."
# A question of the bank, before it takes any money.
_INQUIRY: Final = "warning_"
_ENDS: Final = {
    "won": DisputeStatus.WON,
    "prevented": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}

_log = log.logger("payments")


class RefundIsOnItsWay(Exception):
    """What the vendor says of a refund came before its answer to us was written down."""


async def note_dispute(
    session: Session, *, dispute: Dispute, now: dt.datetime, news: SaleNews
) -> None:
    """Opens or closes a dispute: its order is DISPUTED, and good again when it is won."""
    if dispute.status.startswith(_INQUIRY):
        return
    status = _ENDS.get(dispute.status, DisputeStatus.OPEN)
    order_id = await disputes.note(session, dispute=dispute, status=status, now=now)
    if order_id is None:
        return
    _log.warning("a payment is disputed", order=str(order_id), status=status)
    # Charges first, as everybody locks them; they know of the dispute as it is now.
    together = await orders.standing_together(session, order_id=order_id)
    charges = [
        charge
        for each in together
        if (charge := await queries.lock_paid(session, order_id=each)) is not None
    ]
    if status is DisputeStatus.WON:
        await orders.dispute_closed(session, order_id=order_id, news=news)
    else:
        await orders.disputed(session, order_id=order_id, news=news)
    if status is not DisputeStatus.OPEN and heard_by(session, DisputeClosed):
        is_won = status is DisputeStatus.WON
        fact = DisputeClosed(
            at=now, dispute_id=dispute.dispute_id, orders=tuple(together), is_won=is_won
        )
        await record(session, fact)
    is_lost = status is DisputeStatus.LOST and dispute.amount_minor >= sum(
        charge.amount_minor - charge.refunded_minor for charge in charges
    )
    for each in charges:
        # Anew: what just went back of another date is not left for this one.
        charge = await queries.lock_paid(session, order_id=each.order_id)
        assert charge is not None
        await _settle_places(session, charge=charge, is_lost=is_lost, now=now)


async def _settle_places(
    session: Session, *, charge: PaidCharge, is_lost: bool, now: dt.datetime
) -> None:
    """What a bank has for good holds no places, nor does what is off; money that is back goes on.

    Of what is lost only tickets that nobody used are void: who was inside was inside.
    """
    connection = await session.driver()
    order = (await order_queries.orders_by_id(connection, [charge.order_id], now=now))[
        charge.order_id
    ]
    event = await find_event(session, event_id=order.view.event_id)
    made = 0
    if event.status is EventStatus.CANCELLED:
        made = await refund_rest_of(
            session, organization_id=event.organization_id, charge=charge, now=now
        )
    elif is_lost:
        gone = await queries.refunded_numbers(session, order_id=charge.order_id)
        unused = await holding.unused(connection, order_id=charge.order_id)
        numbers = [number for number in unused if number not in gone]
        if numbers:
            await add_refund(
                session,
                organization_id=event.organization_id,
                charge=charge,
                amount=0,
                numbers=numbers,
                reason=DISPUTE_LOST,
                asked_by=None,
                now=now,
            )
            made = 1
    if made:
        await enqueue(session, REFUND_TASK)


async def heed_warning(session: Session, *, warned: Warned, now: dt.datetime) -> None:
    """Refunds what is not scanned, where the organization wishes that."""
    if not warned.is_actionable:
        return
    asked = await disputes.warned_order(session, intent_id=warned.intent_id)
    if asked is None:
        return
    order_id, organization_id = asked
    for each in await orders.standing_together(session, order_id=order_id):
        await _refund_unused(session, order_id=each, organization_id=organization_id, now=now)


async def _refund_unused(
    session: Session, *, order_id: OrderId, organization_id: OrganizationId, now: dt.datetime
) -> None:
    charge = await queries.lock_paid(session, order_id=order_id)
    if charge is None or charge.is_owed or charge.left_minor == 0:
        return
    connection = await session.driver()
    gone = await queries.refunded_numbers(session, order_id=order_id)
    # Whoever holds them: what a stolen card bought is passed on within the hour.
    unused = await holding.unused(connection, order_id=order_id)
    numbers = [number for number in unused if number not in gone]
    if not numbers:
        return
    prices = await order_queries.ticket_prices(connection, order_id=order_id)
    await add_refund(
        session,
        organization_id=organization_id,
        charge=charge,
        amount=min(sum(prices[number] for number in numbers), charge.left_minor),
        numbers=numbers,
        reason=FRAUD_WARNED,
        asked_by=None,
        now=now,
    )
    await enqueue(session, REFUND_TASK)


async def note_undone(session: Session, *, refund: Refund, now: dt.datetime) -> None:
    """Money that was given back is with us again: a person finds another way to its owner.

    Raises `RefundIsOnItsWay` where it may be one whose name at the vendor we do not know yet.
    """
    if not refund.is_undone:
        return
    if await disputes.is_unnamed(session, refund=refund):
        # Again in a moment.
        raise RefundIsOnItsWay
    why = refund.failure_reason or refund.status
    found = await disputes.undo_refund(session, vendor_id=refund.refund_id, why=why, now=now)
    if found is not None:
        _log.error("a bank undid a refund", refund=refund.refund_id)
        await tell_lost(session, lost=found, step=RefundStep.UNDONE, code=why, now=now)
