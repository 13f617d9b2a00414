"""What becomes of an order while it is being paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from arenapulse.core import clock
from arenapulse.core.errors import InvariantBroken
from arenapulse.core.ids import OrderId, UserId
from arenapulse.events.queries import organizations_of
from arenapulse.orders import queries
from arenapulse.orders.errors import HoldExpired, PaidAsSeason, StateForbids
from arenapulse.orders.facts import MovedOrder, OrdersMoved
from arenapulse.orders.news import SaleNews
from arenapulse.orders.queries import seasons
from arenapulse.orders.schemas import (
    LastError,
    OrderResponse,
    OrderStatus,
    PaymentStatus,
)
from arenapulse.orders.service.settling import find_own, settle
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import heard_by, record


async def invoice_paid(session: Session, *, order_id: OrderId, news: SaleNews) -> bool:
    """Notes that an order by invoice is paid; False where it is none that waits for that."""
    connection = await session.driver()
    paid = queries.paying_of(await connection.fetch(queries.MARK_INVOICE_PAID, order_id))
    await _payments_moved(
        session, paid, to=PaymentStatus.SUCCEEDED, news=news, status=OrderStatus.CONFIRMED
    )
    return bool(paid)


async def start_payment(
    session: Session, *, user_id: UserId, order_id: OrderId, now: dt.datetime, news: SaleNews
) -> OrderResponse:
    """Puts a hold into PROCESSING, with its time raised to at least 300 s from now, once.

    Raises `OrderNotFound`, `HoldExpired`, `StateForbids` for one that is paid or being paid, and
    `PaidAsSeason` for one of a season ticket.
    """
    if len(await seasons.with_all(await session.driver(), [order_id])) > 1:
        await find_own(session, user_id=user_id, order_id=order_id, now=now)
        raise PaidAsSeason
    paid = await pay_all(session, user_id=user_id, order_ids=[order_id], now=now, news=news)
    return paid[0]


async def pay_all(
    session: Session,
    *,
    user_id: UserId,
    order_ids: Sequence[OrderId],
    now: dt.datetime,
    news: SaleNews,
) -> list[OrderResponse]:
    """Puts holds that are paid together into PROCESSING, as `start_payment` does one."""
    views: list[OrderResponse] = []
    moved: list[queries.Paying] = []
    for order_id in order_ids:
        started = await queries.start_payment(
            await session.driver(), user_id=user_id, order_id=order_id, now=now
        )
        view = await find_own(session, user_id=user_id, order_id=order_id, now=now)
        if not started:
            raise HoldExpired if view.status is OrderStatus.EXPIRED else StateForbids
        moved += started
        views.append(view)
    await _payments_moved(session, moved, to=PaymentStatus.PROCESSING, news=news)
    return views


async def confirm_paid(
    session: Session, *, order_ids: Sequence[OrderId], now: dt.datetime, news: SaleNews
) -> list[OrderId]:
    """Turns what was held into sold; says of which orders. The others are over: take no money.

    An order whose payment is in flight keeps its places past its time, so there is nothing to
    take again.
    """
    if not order_ids:
        return []
    return await settle(session, order_ids=order_ids, to=OrderStatus.CONFIRMED, now=now, news=news)


async def give_back(
    session: Session,
    *,
    order_id: OrderId,
    numbers: Sequence[int],
    is_all: bool,
    now: dt.datetime,
    news: SaleNews,
) -> None:
    """Money went back: the tickets of these numbers are void and their places free.

    `is_all` says that nothing is left of what was paid. Raises `InvariantBroken` where the order
    is none that was paid.
    """
    to = OrderStatus.REFUNDED if is_all else OrderStatus.PARTIALLY_REFUNDED
    moved = await settle(
        session, order_ids=[order_id], to=to, now=now, news=news, numbers=list(numbers)
    )
    if not moved:
        raise InvariantBroken(f"order {order_id} was refunded and is not paid")


async def payments_require_action(
    session: Session, *, secrets: Mapping[OrderId, str], news: SaleNews
) -> dict[OrderId, dt.datetime]:
    """Shows each person the client secret for their bank; until when they may take.

    Orders that are over are left out.
    """
    connection = await session.driver()
    secrets = await seasons.for_all(connection, secrets)
    waiting = await queries.mark_requires_action(connection, secrets=secrets)
    await _payments_moved(session, waiting, to=PaymentStatus.REQUIRES_ACTION, news=news)
    return {paying.order_id: paying.expires_at for paying in waiting}


async def payments_declined(
    session: Session, *, errors: Mapping[OrderId, LastError], now: dt.datetime, news: SaleNews
) -> None:
    """The orders live on for another card, for at least 180 s more, once."""
    connection = await session.driver()
    errors = await seasons.for_all(connection, errors)
    changed = await queries.mark_unpaid(connection, errors=errors, raise_hold=True, now=now)
    await _payments_moved(session, changed, to=PaymentStatus.FAILED, news=news, errors=errors)


async def payments_retrying(
    session: Session, *, errors: Mapping[OrderId, LastError], news: SaleNews
) -> None:
    """The card was declined in a way that passes: it is asked again, and the places stay."""
    connection = await session.driver()
    errors = await seasons.for_all(connection, errors)
    rows = await connection.fetch(queries.MARK_PAYMENTS, list(errors), PaymentStatus.RETRYING)
    waiting = queries.paying_of(rows)
    await _payments_moved(session, waiting, to=PaymentStatus.RETRYING, news=news, errors=errors)


async def disputed(session: Session, *, order_id: OrderId, news: SaleNews) -> None:
    """The buyer's bank wants the money back: tickets that nobody used open no gate meanwhile."""
    await _disputed(session, order_id=order_id, to=PaymentStatus.DISPUTED, news=news)


async def dispute_closed(session: Session, *, order_id: OrderId, news: SaleNews) -> None:
    """The money came back, and the tickets are good again."""
    await _disputed(session, order_id=order_id, to=PaymentStatus.SUCCEEDED, news=news)


async def _disputed(
    session: Session, *, order_id: OrderId, to: PaymentStatus, news: SaleNews
) -> None:
    connection = await session.driver()
    order_ids = await seasons.with_all(connection, [order_id])
    moved = queries.paying_of(await connection.fetch(queries.MARK_PAYMENTS, order_ids, to))
    found = await queries.orders_by_id(connection, order_ids, now=clock.now())
    by_status: dict[OrderStatus, list[queries.Paying]] = {}
    for paying in moved:
        by_status.setdefault(found[paying.order_id].view.status, []).append(paying)
    for status, some in by_status.items():
        await _payments_moved(session, some, to=to, news=news, status=status)


async def payments_cancelled(
    session: Session, *, order_ids: Sequence[OrderId], now: dt.datetime, news: SaleNews
) -> None:
    """The vendor has let the payments go: what has run out gives its places back now."""
    connection = await session.driver()
    order_ids = await seasons.with_all(connection, order_ids)
    # Places before orders, as everybody locks them: a person may be cancelling right now.
    await queries.lock_places(connection, order_ids)
    errors = dict.fromkeys(order_ids, _NOT_COMPLETED)
    changed = await queries.mark_unpaid(connection, errors=errors, raise_hold=False, now=now)
    await _payments_moved(session, changed, to=PaymentStatus.FAILED, news=news, errors=errors)
    if changed:
        gone = [paying.order_id for paying in changed]
        await settle(session, order_ids=gone, to=OrderStatus.EXPIRED, now=now, news=news)


async def come_in_a_rush(session: Session) -> bool:
    """Whether so many orders came within the last second that all else at the shop can wait."""
    return await queries.come_in_a_rush(await session.driver())


async def pending_among(session: Session, *, order_ids: Sequence[OrderId]) -> set[OrderId]:
    """Those that may still be paid."""
    return await queries.pending_among(await session.driver(), order_ids)


_NOT_COMPLETED = LastError(code="PAY001", message="The payment was not completed in time.")


async def _payments_moved(
    session: Session,
    moved: Sequence[queries.Paying],
    *,
    to: PaymentStatus,
    news: SaleNews,
    errors: Mapping[OrderId, LastError] = MappingProxyType({}),
    status: OrderStatus = OrderStatus.PENDING,
) -> None:
    """Orders stay as they are while their payment moves: recorded now, told after the commit."""
    if not moved:
        return

    async def tell() -> None:
        news.orders_changed([paying.order_id for paying in moved])

    session.after_commit(tell)
    if not heard_by(session, OrdersMoved):
        return
    event_ids = {paying.event_id for paying in moved}
    owners = await organizations_of(session, event_ids=event_ids)
    orders = tuple(
        MovedOrder(
            order_id=paying.order_id,
            event_id=paying.event_id,
            organization_id=owners[paying.event_id],
            user_id=paying.user_id,
            before=status,
            after=status,
            payment_status=to,
            code=_code_of(errors.get(paying.order_id)),
        )
        for paying in moved
    )
    await record(session, OrdersMoved(orders=orders))


def _code_of(error: LastError | None) -> str | None:
    return None if error is None else error.decline_code or error.code
