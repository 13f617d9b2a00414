"""A season ticket is paid once, and given back whole."""

from __future__ import annotations

import datetime as dt

from arenapulse.core.errors import Invalid
from arenapulse.core.ids import OrderId, UserId
from arenapulse.identity.schemas import Actor
from arenapulse.orders import service as orders
from arenapulse.orders.errors import StateForbids
from arenapulse.orders.news import SaleNews
from arenapulse.orders.schemas import SeasonOrder
from arenapulse.payments.errors import RefundRefused
from arenapulse.payments.gateway import Gateway
from arenapulse.payments.queries import seasons
from arenapulse.payments.schemas import RefundBody, RefundView
from arenapulse.payments.service.refunding import ask_refund
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import wake_after_commit


async def start_season(
    session: Session,
    *,
    user_id: UserId,
    order_id: OrderId,
    token: str,
    gateway: Gateway,
    now: dt.datetime,
    news: SaleNews,
) -> SeasonOrder:
    """Leaves one charge for all of its orders that is due; a worker takes it.

    Raises what `start` raises.
    """
    if not gateway.accepts(token):
        raise Invalid.on("paymentMethod.token", "is not a card")
    held = await orders.start_season_payment(
        session, user_id=user_id, order_id=order_id, now=now, news=news
    )
    order_ids = [order.order_id for order in held]
    if not await seasons.add_due(session, order_ids=order_ids, token=token, now=now):
        raise StateForbids
    wake_after_commit(session)
    return await orders.read_season_order(session, order_id=order_id, now=now)


async def refund_season(
    session: Session, *, actor: Actor, order_id: OrderId, reason: str, now: dt.datetime
) -> list[RefundView]:
    """Leaves a refund of what is left at each date, for a MANAGER and up.

    Raises `OrderNotFound`, `Forbidden`, and `RefundRefused` where nothing is left.
    """
    season = await orders.read_season_order(session, order_id=order_id, now=now)
    made: list[RefundView] = []
    for order in season.orders:
        try:
            made.append(
                await ask_refund(
                    session,
                    actor=actor,
                    order_id=order.order_id,
                    body=RefundBody(reason=reason),
                    now=now,
                )
            )
        except RefundRefused:
            # This date went back before; what the others have left does all the same.
            continue
    if not made:
        raise RefundRefused
    return made
