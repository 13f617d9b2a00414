"""What happens to orders after they are placed: settled in groups, by the one locked path."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from arenapulse.core import clock
from arenapulse.core.errors import InvariantBroken, Refusal
from arenapulse.core.ids import EventId, OrderId, TicketId, UserId
from arenapulse.core.paging import EXPORTED_MAX, Page, PageRequest
from arenapulse.events.queries import organizations_of
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.orders import holding, queries
from arenapulse.orders.errors import HoldExpired, OrderNotFound, StateForbids, TicketNotFound
from arenapulse.orders.facts import OrdersMoved, TicketsChanged
from arenapulse.orders.news import SaleNews
from arenapulse.orders.outcomes import flips, settled_changes
from arenapulse.orders.queries import seasons
from arenapulse.orders.schemas import (
    OrderResponse,
    OrderStatus,
    TicketDetails,
)
from arenapulse.runtime.db import SERVICE, Database, Session
from arenapulse.runtime.jobs import heard_by, wake_for

SWEEP_MAX = 500


async def settle(
    session: Session,
    *,
    order_ids: Sequence[OrderId],
    to: OrderStatus,
    now: dt.datetime,
    news: SaleNews,
    force: bool = False,
    numbers: Sequence[int] | None = None,
) -> list[OrderId]:
    """Moves those that may move to `to`, with tickets, places and counters; says which moved.

    `to` is EXPIRED, CANCELLED or CONFIRMED, or one of the refunded states with the `numbers` of
    the tickets that are void then. The news goes out after the commit.
    """
    connection = await session.driver()
    if numbers is None:
        # A season ticket that nobody has paid is let go and sold as one.
        order_ids = await seasons.with_all(connection, order_ids)
    row = await connection.fetchrow(
        queries.SETTLE_ORDERS,
        *(sorted(order_ids), to.value, now, force, numbers),
        *(heard_by(session, fact) for fact in (OrdersMoved, TicketsChanged)),
    )
    if row is None:
        raise InvariantBroken("settle_orders returned no row")
    moved = [OrderId(order_id) for order_id in row["moved"]]
    changes, flipped = settled_changes(row), flips(row)

    async def tell() -> None:
        news.counts_changed(changes)
        news.events_flipped(flipped)
        news.orders_changed(moved)

    if moved:
        session.after_commit(tell)
        wake_for(session, OrdersMoved, TicketsChanged)
    return moved


async def reclaim(
    database: Database,
    *,
    news: SaleNews,
    now: dt.datetime,
    event_ids: Sequence[EventId] | None = None,
) -> int:
    """Gives the places of expired holds back, at most `SWEEP_MAX`; says how many orders expired."""
    async with database.transaction(actor=SERVICE) as session:
        connection = await session.driver()
        due = await queries.expired_order_ids(
            connection, now=now, limit=SWEEP_MAX, event_ids=event_ids
        )
        if not due:
            return 0
        moved = await settle(session, order_ids=due, to=OrderStatus.EXPIRED, now=now, news=news)
    return len(moved)


async def cancel_unpaid(
    database: Database, *, event_id: EventId, now: dt.datetime, news: SaleNews
) -> int:
    """Cancels some orders of an event that is off, at most `SWEEP_MAX`; says how many it did.

    Those that were paid are not among them: their money goes back first.
    """
    async with database.transaction() as session:
        due = await queries.unpaid_orders_of(
            await session.driver(), event_id=event_id, limit=SWEEP_MAX
        )
        moved = await settle(
            session, order_ids=due, to=OrderStatus.CANCELLED, now=now, news=news, force=True
        )
    return len(moved)


async def find_own(
    session: Session, *, user_id: UserId, order_id: OrderId, now: dt.datetime
) -> OrderResponse:
    """A person's own order. Raises `OrderNotFound` for a missing and for a foreign one."""
    found = await queries.orders_by_id(await session.driver(), [order_id], now=now)
    owned = found.get(order_id)
    if owned is None or owned.user_id != user_id:
        raise OrderNotFound
    return owned.view


async def find(
    session: Session,
    *,
    actor: Actor,
    order_id: OrderId,
    now: dt.datetime,
    hidden: type[Refusal] = OrderNotFound,
) -> OrderResponse:
    """An order for its buyer, and for MANAGER and up of its event's organization.

    Raises `hidden` for a missing one and for strangers, `Forbidden` for members below.
    """
    found = await queries.orders_by_id(await session.driver(), [order_id], now=now)
    order = found.get(order_id)
    if order is None:
        raise hidden
    if actor.key is None and order.user_id == actor.user_id:
        return order.view
    owners = await organizations_of(session, event_ids=[order.view.event_id])
    await require_role(
        session,
        actor=actor,
        organization_id=owners[order.view.event_id],
        at_least=Role.MANAGER,
        hidden=hidden,
    )
    return msgspec.structs.replace(order.view, client_secret=UNSET)


async def find_any(session: Session, *, order_id: OrderId, now: dt.datetime) -> OrderResponse:
    """An order, whoever's: for administrators. Raises `OrderNotFound`."""
    found = await queries.orders_by_id(await session.driver(), [order_id], now=now)
    if order_id not in found:
        raise OrderNotFound
    return found[order_id].view


async def list_own(
    session: Session, *, user_id: UserId, page: PageRequest, now: dt.datetime
) -> Page[OrderResponse]:
    """A person's orders, newest first."""
    connection = await session.driver()
    ids, total = await queries.own_order_ids(connection, user_id=user_id, page=page)
    found = await queries.orders_by_id(connection, ids, now=now)
    return Page([found[order_id].view for order_id in ids], page, total)


async def cancel(
    session: Session, *, user_id: UserId, order_id: OrderId, now: dt.datetime, news: SaleNews
) -> OrderResponse:
    """Gives a hold, or an order with nothing paid, back. Again: the same answer.

    Raises `OrderNotFound`, `HoldExpired` for one that ran out, `StateForbids` for a paid one and
    while its payment is being made.
    """
    before = await find_own(session, user_id=user_id, order_id=order_id, now=now)
    if before.status is OrderStatus.EXPIRED:
        raise HoldExpired
    moved = await settle(
        session, order_ids=[order_id], to=OrderStatus.CANCELLED, now=now, news=news
    )
    after = await find_own(session, user_id=user_id, order_id=order_id, now=now)
    if not moved and after.status is not OrderStatus.CANCELLED:
        raise HoldExpired if after.status is OrderStatus.EXPIRED else StateForbids
    return after


async def list_own_tickets(
    session: Session, *, user_id: UserId, page: PageRequest
) -> Page[TicketDetails]:
    """A person's tickets, newest order first; holds are not among them."""
    tickets, total = await holding.own_tickets(await session.driver(), user_id=user_id, page=page)
    return Page(tickets, page, total)


async def find_own_ticket(
    session: Session, *, user_id: UserId, ticket_id: TicketId
) -> TicketDetails:
    """Raises `TicketNotFound` for a missing and for a foreign one."""
    found = await holding.own_ticket(await session.driver(), user_id=user_id, ticket=ticket_id)
    if found is None:
        raise TicketNotFound
    return found


class PersonalRecords:
    """A person's orders, for the erasure and the export of an account."""

    name = "orders"

    def __init__(self, *, news: SaleNews, held_places_max: int | None) -> None:
        self._news = news
        self._held_places_max = held_places_max

    async def erase(self, session: Session, *, user_id: UserId) -> None:
        """Gives open holds back; the orders stay as the ledger, without the person's data."""
        pending = await queries.pending_orders_of(await session.driver(), user_id=user_id)
        await settle(
            session,
            order_ids=pending,
            to=OrderStatus.CANCELLED,
            now=clock.now(),
            news=self._news,
        )

    async def inherit(
        self, session: Session, *, guest_id: UserId, heir_id: UserId
    ) -> Sequence[OrderId]:
        """A visitor's holds are the account's now; what costs nothing is theirs for good."""
        now = clock.now()
        connection = await session.driver()
        row = await connection.fetchrow(
            queries.INHERIT_HOLDS, guest_id, heir_id, now, self._held_places_max
        )
        if row is None:
            raise InvariantBroken("inherit_holds returned no row")
        moved, free = [OrderId(i) for i in row["moved"]], [OrderId(i) for i in row["free"]]

        async def tell() -> None:
            self._news.orders_changed(moved)

        if moved:
            session.after_commit(tell)
        if free:
            await settle(
                session, order_ids=free, to=OrderStatus.CONFIRMED, now=now, news=self._news
            )
        return moved

    async def export(self, session: Session, *, user_id: UserId) -> object:
        """All orders with their tickets, newest first."""
        connection = await session.driver()
        ids, _ = await queries.own_order_ids(
            connection, user_id=user_id, page=PageRequest(limit=EXPORTED_MAX)
        )
        found = await queries.orders_by_id(connection, ids, now=clock.now())
        return [msgspec.to_builtins(found[order_id].view) for order_id in ids]
