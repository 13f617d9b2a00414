"""An order by invoice is paid: somebody saw the money come in."""

from __future__ import annotations

import datetime as dt

from arenapulse.core.ids import OrderId
from arenapulse.identity.schemas import Actor
from arenapulse.orders import service as orders
from arenapulse.orders.errors import StateForbids
from arenapulse.orders.news import SaleNews
from arenapulse.orders.schemas import OrderResponse
from arenapulse.payments import queries
from arenapulse.payments.service.refunding import require_to_refund
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session


async def note_paid(
    session: Session,
    *,
    actor: Actor,
    order_id: OrderId,
    reference: str,
    now: dt.datetime,
    news: SaleNews,
) -> OrderResponse:
    """Notes that an invoice is paid, for a MANAGER and up; `reference` finds it at the bank.

    Raises `OrderNotFound` for strangers, `Forbidden` for members below, and `StateForbids` for an
    order that is none by invoice, is paid or is over. What is given back of it goes by hand.
    """
    organization_id = await require_to_refund(session, actor=actor, order_id=order_id, now=now)
    if not await orders.invoice_paid(session, order_id=order_id, news=news):
        raise StateForbids
    view = await orders.find_any(session, order_id=order_id, now=now)
    await queries.add_paid_by_hand(
        session, order_id=order_id, organization_id=organization_id, reference=reference, now=now
    )
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=organization_id,
        action="order.invoice_paid",
        subject_id=order_id,
        details={"reference": reference, "amount": view.total, "currency": view.currency},
    )
    return view
