"""A person pays an order that exists."""

from __future__ import annotations

import datetime as dt

from arenapulse.core.errors import Invalid
from arenapulse.core.ids import OrderId, UserId
from arenapulse.orders import service as orders
from arenapulse.orders.errors import StateForbids
from arenapulse.orders.news import SaleNews
from arenapulse.orders.schemas import OrderResponse
from arenapulse.payments import queries
from arenapulse.payments.gateway import Gateway
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import wake_after_commit


async def start(
    session: Session,
    *,
    user_id: UserId,
    order_id: OrderId,
    token: str,
    gateway: Gateway,
    now: dt.datetime,
    news: SaleNews,
) -> OrderResponse:
    """Leaves a charge that is due; a worker takes it.

    Raises `Invalid` for a token that is no card's, `OrderNotFound`, `HoldExpired`, and
    `StateForbids` where the order is paid, being paid, or was declined five times.
    """
    if not gateway.accepts(token):
        raise Invalid.on("paymentMethod.token", "is not a card")
    view = await orders.start_payment(
        session, user_id=user_id, order_id=order_id, now=now, news=news
    )
    if not await queries.add_due(session, order_id=order_id, token=token, now=now):
        raise StateForbids
    wake_after_commit(session)
    return view
