"""A buyer asks for money back, as far as the event's policy goes."""

from __future__ import annotations

import datetime as dt

from arenapulse.core.ids import EventId, OrderId, UserId
from arenapulse.events.queries import find as find_event
from arenapulse.events.service.rights import get_for, get_to_change
from arenapulse.events.terms import EventStatus
from arenapulse.identity.schemas import Actor
from arenapulse.orders import queries as order_queries
from arenapulse.orders import service as orders
from arenapulse.payments import queries
from arenapulse.payments.errors import RefundRefused
from arenapulse.payments.policy import is_new_date, percent_now, share, whole_until
from arenapulse.payments.queries import invoices
from arenapulse.payments.schemas import (
    DateChange,
    RefundPolicy,
    RefundPolicyView,
    RefundRequestBody,
    RefundView,
)
from arenapulse.payments.service.refunding import (
    REFUND_TASK,
    add_refund,
    numbers_of,
    unused_tickets,
)
from arenapulse.payments.terms import RefundBy
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import enqueue

WHOLE = 100


async def read_policy(
    session: Session, *, actor: Actor | None, event_id: EventId
) -> RefundPolicyView:
    """What buyers may have back; for who may see the event. Raises `EventNotFound`."""
    await get_for(session, actor=actor, event_id=event_id)
    event = await find_event(session, event_id=event_id)
    changed_at = await invoices.date_changed_at(session, event_id=event_id)
    return RefundPolicyView(
        tiers=await invoices.policy(session, event_id=event_id),
        date_change=None
        if changed_at is None
        else DateChange(
            changed_at=changed_at,
            whole_until=whole_until(changed_at, starts_at=event.start_time),
        ),
    )


async def note_new_date(
    session: Session, *, event_id: EventId, before: dt.datetime, at: dt.datetime
) -> None:
    """An event starts at another time than `before`: all may go back if it is another date."""
    event = await find_event(session, event_id=event_id)
    if is_new_date(before=before, after=event.start_time):
        await invoices.note_new_date(session, event_id=event_id, at=at)


async def set_policy(
    session: Session, *, actor: Actor, event_id: EventId, policy: RefundPolicy
) -> RefundPolicy:
    """Decides it, for MANAGER and up. Raises `EventNotFound` or `Forbidden`."""
    event = await get_to_change(session, actor=actor, event_id=event_id)
    before = RefundPolicy(tiers=await invoices.policy(session, event_id=event_id))
    await invoices.set_policy(session, event_id=event_id, tiers=policy.tiers)
    await audit(
        session,
        organization_id=event.organization_id,
        action="event.refund_policy",
        subject_id=event_id,
        details={
            "before": before.model_dump(mode="json", by_alias=True),
            "after": policy.model_dump(mode="json", by_alias=True),
        },
    )
    return policy


async def require_own(
    session: Session, *, user_id: UserId, order_id: OrderId, now: dt.datetime
) -> None:
    """Raises `OrderNotFound` for a missing order and for another's."""
    await orders.find_own(session, user_id=user_id, order_id=order_id, now=now)


async def request_refund(
    session: Session,
    *,
    user_id: UserId,
    order_id: OrderId,
    body: RefundRequestBody,
    now: dt.datetime,
) -> RefundView:
    """Leaves a refund of one's own tickets that is due, by the policy's share of each.

    A postponed event gives all back, and so does a new date for two weeks. Raises
    `OrderNotFound`, and `RefundRefused` where the policy gives nothing any more, nothing was paid,
    or a ticket was used or given back.
    """
    view = await orders.find_own(session, user_id=user_id, order_id=order_id, now=now)
    event = await find_event(session, event_id=view.event_id)
    changed_at = await invoices.date_changed_at(session, event_id=event.id)
    is_moved = (
        changed_at is not None
        and view.created_at <= changed_at
        and now < whole_until(changed_at, starts_at=event.start_time)
    )
    percent = WHOLE
    if event.status is not EventStatus.POSTPONED and not is_moved:
        tiers = await invoices.policy(session, event_id=event.id)
        percent = percent_now(tiers, starts_at=event.start_time, now=now)
    if percent == 0:
        raise RefundRefused("The organizer gives nothing back any more.")
    named = numbers_of(order_id, body.ticket_ids or ())
    charge = await queries.lock_paid(session, order_id=order_id)
    if charge is None or charge.is_owed:
        raise RefundRefused("Nothing was paid for this order.")
    unused = await unused_tickets(session, order_id=order_id, now=now)
    prices = await order_queries.ticket_prices(await session.driver(), order_id=order_id)
    chosen = unused if named is None else named
    if not chosen or not set(chosen) <= set(unused):
        raise RefundRefused("A ticket was used, or given back before.")
    amount = sum(share(prices[number], percent=percent) for number in chosen)
    if charge.is_disputed and amount > charge.left_minor:
        raise RefundRefused("Your bank has this money, or a part of it, by a dispute.")
    made = await add_refund(
        session,
        organization_id=event.organization_id,
        charge=charge,
        amount=min(amount, charge.left_minor),
        numbers=chosen,
        reason=body.reason,
        asked_by=user_id,
        by=RefundBy.BUYER,
        now=now,
    )
    await enqueue(session, REFUND_TASK)
    return made
