"""A promo code for places that are held already."""

from __future__ import annotations

import datetime as dt

from arenapulse.core.errors import InvariantBroken
from arenapulse.core.ids import OrderId
from arenapulse.core.names import key
from arenapulse.identity.schemas import Actor
from arenapulse.orders import queries
from arenapulse.orders.errors import HoldExpired, PromoRefused, StateForbids
from arenapulse.orders.news import SaleNews
from arenapulse.orders.queries import seasons
from arenapulse.orders.schemas import OrderResponse, OrderStatus
from arenapulse.orders.service.settling import find_own, settle
from arenapulse.runtime.db import Session

_NO_HOLD, _REFUSED = 1, 2


async def use_promo(
    session: Session,
    *,
    actor: Actor,
    order_id: OrderId,
    code: str | None,
    now: dt.datetime,
    news: SaleNews,
) -> OrderResponse:
    """Puts this code in the place of the one the hold had; None takes it off. Again: the same.

    What costs nothing then is the person's for good; a visitor's once they say who they are.
    Raises `OrderNotFound`, `HoldExpired`, `StateForbids` for what is paid or being paid, and
    `PromoRefused`, also where a price of the order is sold only with the code it has.
    """
    before = await find_own(session, user_id=actor.user_id, order_id=order_id, now=now)
    if before.status is OrderStatus.EXPIRED:
        raise HoldExpired
    connection = await session.driver()
    if len(await seasons.with_all(connection, [order_id])) > 1:
        raise PromoRefused("A season ticket has its price and takes no code.")
    row = await connection.fetchrow(
        queries.USE_PROMO, order_id, actor.user_id, None if code is None else key(code), now
    )
    if row is None:
        raise InvariantBroken("use_promo returned no row")
    if row["verdict"] == _NO_HOLD:
        raise StateForbids
    if row["verdict"] == _REFUSED:
        raise PromoRefused
    if row["is_free"] and not actor.is_guest:
        await settle(session, order_ids=[order_id], to=OrderStatus.CONFIRMED, now=now, news=news)

    async def tell() -> None:
        news.orders_changed([order_id])

    session.after_commit(tell)
    return await find_own(session, user_id=actor.user_id, order_id=order_id, now=now)
