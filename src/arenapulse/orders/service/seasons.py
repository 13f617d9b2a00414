"""Season tickets after they are placed: read, let go and paid as one."""

from __future__ import annotations

import datetime as dt

from arenapulse.core.ids import OrderId, UserId
from arenapulse.identity.schemas import Actor
from arenapulse.orders import queries
from arenapulse.orders.errors import OrderNotFound
from arenapulse.orders.news import SaleNews
from arenapulse.orders.queries import seasons
from arenapulse.orders.schemas import OrderResponse, SeasonOrder
from arenapulse.orders.service.paying import pay_all
from arenapulse.orders.service.settling import cancel, find
from arenapulse.runtime.db import Session


async def read_season_order(
    session: Session, *, order_id: OrderId, now: dt.datetime
) -> SeasonOrder:
    """A season ticket, whoever's. Raises `OrderNotFound`."""
    connection = await session.driver()
    members = await seasons.members(connection, season_id=order_id)
    if members is None:
        raise OrderNotFound
    found = await queries.orders_by_id(connection, members.order_ids, now=now)
    orders = [found[each].view for each in members.order_ids]
    # What is refunded at a date says nothing about the others.
    best = min(orders, key=lambda order: _RANK.index(order.status.value))
    return SeasonOrder(
        season_order_id=order_id,
        series_id=members.series_id,
        status=best.status,
        payment_status=best.payment_status,
        total=sum(order.total for order in orders),
        currency=best.currency,
        expires_at=best.expires_at,
        server_time=now,
        orders=orders,
    )


async def find_season_order(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> SeasonOrder:
    """For its buyer, and for MANAGER and up of its organization. Raises `OrderNotFound`."""
    await find(session, actor=actor, order_id=order_id, now=now)
    return await read_season_order(session, order_id=order_id, now=now)


async def standing_together(session: Session, *, order_id: OrderId) -> list[OrderId]:
    """The order, and all of its season ticket, which were paid by one card."""
    return await seasons.with_all(await session.driver(), [order_id])


async def cancel_season(
    session: Session, *, user_id: UserId, order_id: OrderId, now: dt.datetime, news: SaleNews
) -> SeasonOrder:
    """Gives all of its places back while nothing is paid; again, the same answer.

    Raises what `cancel` raises.
    """
    await cancel(session, user_id=user_id, order_id=order_id, now=now, news=news)
    return await read_season_order(session, order_id=order_id, now=now)


async def start_season_payment(
    session: Session, *, user_id: UserId, order_id: OrderId, now: dt.datetime, news: SaleNews
) -> list[OrderResponse]:
    """All of its orders in PROCESSING, the first one first.

    Raises `OrderNotFound`, `HoldExpired`, and `StateForbids` for what is paid or being paid.
    """
    members = await seasons.members(await session.driver(), season_id=order_id)
    if members is None:
        raise OrderNotFound
    return await pay_all(session, user_id=user_id, order_ids=members.order_ids, now=now, news=news)


_RANK = (
    "CONFIRMED",
    "PENDING",
    "PARTIALLY_REFUNDED",
    "REFUNDED",
    "CANCELLED",
    "EXPIRED",
    "FAILED",
)
