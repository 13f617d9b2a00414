"""All SQL of orders, by the driver: hot and calm roads read the same rows.

A ticket's id is its order's with its number in the last 12 bits, so tickets are found by the
primary key alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

import asyncpg
import msgspec
from msgspec import UNSET

from arenapulse.core import clock
from arenapulse.core.ids import (
    EventId,
    OrderId,
    SectionId,
    UserId,
    first_id_of,
    ticket_id,
)
from arenapulse.core.moves import listed, sources
from arenapulse.core.paging import PageRequest
from arenapulse.orders.lifecycle import IN_FLIGHT, ORDER_MOVES, PAYMENT_MOVES
from arenapulse.orders.schemas import (
    LastError,
    OrderResponse,
    OrderStatus,
    OwnedOrder,
    PaymentStatus,
    TicketDetails,
    TicketStatus,
)

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Record = asyncpg.Record

RUSH_ORDERS_A_SECOND: Final = 200
PLACE_ORDERS: Final = f"SELECT * FROM place_orders({', '.join(f'${n}' for n in range(1, 30))})"
SETTLE_ORDERS: Final = "SELECT * FROM settle_orders($1, $2::order_status, $3, $4, $5, $6, $7)"
USE_PROMO: Final = "SELECT verdict, is_free FROM use_promo($1, $2, $3, $4)"
MARK_PAYMENTS: Final = "SELECT * FROM mark_payments($1, $2)"
MARK_INVOICE_PAID: Final = "SELECT * FROM mark_invoice_paid($1)"
INHERIT_HOLDS: Final = "SELECT moved, free FROM inherit_holds($1, $2, $3, $4)"

_TICKETS: Final = (
    "SELECT order_id, number, event_id, section_id, seat_row, seat, price_level, amount, fee, "
    "status::TEXT AS status FROM tickets WHERE order_id = ANY ($1) AND from_number IS NULL "
    "ORDER BY order_id, number"
)
# The error as text: SQLAlchemy's connections decode JSON, the bare pool's do not.
_ORDERS: Final = (
    "SELECT o.*, o.last_error::TEXT AS error_text, s.season_id FROM orders o "
    "LEFT JOIN season_orders s ON s.order_id = o.id WHERE o.id = ANY ($1)"
)


async def orders_by_id(
    connection: Connection, order_ids: Sequence[OrderId], *, now: dt.datetime
) -> dict[OrderId, OwnedOrder]:
    """The orders as they stand; two queries for any number."""
    rows = await connection.fetch(_ORDERS, order_ids)
    tickets = await _tickets_of(connection, order_ids)
    return {
        OrderId(row["id"]): OwnedOrder(
            UserId(row["user_id"]),
            _view(row, tickets.get(row["id"], []), now=now),
            row["payment_method"],
        )
        for row in rows
    }


async def orders_as_placed(
    connection: Connection, order_ids: Sequence[OrderId]
) -> dict[OrderId, OrderResponse]:
    """The orders as they were at creation: the first answer again."""
    rows = await connection.fetch(_ORDERS, order_ids)
    tickets = await _tickets_of(connection, order_ids)
    return {OrderId(row["id"]): _as_placed(row, tickets.get(row["id"], [])) for row in rows}


async def _tickets_of(
    connection: Connection, order_ids: Sequence[OrderId]
) -> dict[UUID, list[asyncpg.Record]]:
    found: dict[UUID, list[asyncpg.Record]] = {}
    for row in await connection.fetch(_TICKETS, order_ids):
        found.setdefault(row["order_id"], []).append(row)
    return found


async def own_order_ids(
    connection: Connection, *, user_id: UserId, page: PageRequest
) -> tuple[list[OrderId], int]:
    """One page of a person's orders, newest first, and how many there are."""
    rows = await connection.fetch(
        "SELECT id FROM orders WHERE user_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3",
        user_id,
        page.limit,
        page.offset,
    )
    total = await connection.fetchval("SELECT count(*) FROM orders WHERE user_id = $1", user_id)
    return [OrderId(row["id"]) for row in rows], int(total)


async def pending_orders_of(connection: Connection, *, user_id: UserId) -> list[OrderId]:
    rows = await connection.fetch(
        "SELECT id FROM orders WHERE user_id = $1 AND status = 'PENDING' ORDER BY id", user_id
    )
    return [OrderId(row["id"]) for row in rows]


async def unpaid_orders_of(
    connection: Connection, *, event_id: EventId, limit: int
) -> list[OrderId]:
    """Holds, and orders that were confirmed with nothing paid."""
    rows = await connection.fetch(
        "SELECT id FROM orders WHERE event_id = $1 AND (status = 'PENDING' "
        "OR status = 'CONFIRMED' AND payment_status IN ('NOT_REQUIRED', 'PENDING')) LIMIT $2",
        event_id,
        limit,
    )
    return [OrderId(row["id"]) for row in rows]


async def paid_orders_of(
    connection: Connection, *, event_id: EventId, after: OrderId | None, limit: int
) -> list[OrderId]:
    """Orders of an event that money was taken for, by id; those after `after`."""
    rows = await connection.fetch(
        "SELECT id FROM orders WHERE event_id = $1 AND ($2::UUID IS NULL OR id > $2) "
        f"AND status IN ({listed(sources(ORDER_MOVES, to=OrderStatus.REFUNDED))}) "
        "AND payment_status NOT IN ('NOT_REQUIRED', 'PENDING') ORDER BY id LIMIT $3",
        event_id,
        after,
        limit,
    )
    return [OrderId(row["id"]) for row in rows]


async def held_orders_of(
    connection: Connection, *, event_id: EventId, after: OrderId | None, limit: int
) -> list[OrderId]:
    """Confirmed orders with a ticket that somebody else than the event's staff holds, by id."""
    rows = await connection.fetch(
        "SELECT id FROM orders o WHERE event_id = $1 AND ($2::UUID IS NULL OR id > $2) "
        "AND status IN ('CONFIRMED', 'PARTIALLY_REFUNDED') AND EXISTS ("
        "SELECT 1 FROM tickets t WHERE t.order_id = o.id AND t.status IN ('VALID', 'CHECKED_IN') "
        "AND (o.payment_method <> 'box_office' OR t.holder_id IS NOT NULL)) "
        "ORDER BY id LIMIT $3",
        event_id,
        after,
        limit,
    )
    return [OrderId(row["id"]) for row in rows]


async def ticket_holders(
    connection: Connection,
    *,
    event_id: EventId,
    section_id: SectionId | None,
    is_outside: bool,
    after: UUID | None,
    limit: int,
) -> list[UserId]:
    """People who hold tickets of an event, by id; of one section, or those not inside yet."""
    rows = await connection.fetch(_TICKET_HOLDERS, event_id, section_id, is_outside, after, limit)
    return [UserId(row["user_id"]) for row in rows]


async def ticket_prices(connection: Connection, *, order_id: OrderId) -> dict[int, int]:
    """What was paid for each ticket that is still worth something, by its number."""
    rows = await connection.fetch(
        "SELECT number, amount::BIGINT + fee - discount AS price FROM tickets "
        "WHERE order_id = $1 AND status IN ('VALID', 'CHECKED_IN') ORDER BY number",
        order_id,
    )
    return {int(row["number"]): int(row["price"]) for row in rows}


async def expired_order_ids(
    connection: Connection, *, now: dt.datetime, limit: int, event_ids: Sequence[EventId] | None
) -> list[OrderId]:
    """Holds that ran out and whose places nobody's payment is after."""
    rows = await connection.fetch(
        "SELECT id FROM expired_orders($1, $2, $3) AS id", now, limit, event_ids
    )
    return [OrderId(row["id"]) for row in rows]


def ticket_view(row: Record, *, status: TicketStatus | None = None) -> TicketDetails:
    return TicketDetails(
        ticket_id=ticket_id(OrderId(row["order_id"]), number=row["number"]),
        event_id=EventId(row["event_id"]),
        section_id=SectionId(row["section_id"]),
        price_level=row["price_level"],
        amount=row["amount"],
        fee=row["fee"],
        status=status or TicketStatus(row["status"]),
        row=UNSET if row["seat_row"] is None else row["seat_row"],
        seat=UNSET if row["seat"] is None else row["seat"],
    )


def _view(row: Record, tickets: Sequence[Record], *, now: dt.datetime) -> OrderResponse:
    """As it stands; a hold past its time is EXPIRED at once, whoever gives the places back."""
    status = OrderStatus(row["status"])
    payment = PaymentStatus(row["payment_status"])
    forced: TicketStatus | None = None
    if status is OrderStatus.PENDING and row["expires_at"] <= now and payment not in IN_FLIGHT:
        status, forced = OrderStatus.EXPIRED, TicketStatus.VOID
        payment = PaymentStatus.FAILED
    last_error = row["error_text"]
    return _response(
        row,
        [ticket_view(ticket, status=forced) for ticket in tickets],
        status=status,
        payment_status=payment,
        expires_at=row["expires_at"],
        server_time=now,
        client_secret=row["client_secret"] or UNSET,
        last_error=UNSET if last_error is None else msgspec.json.decode(last_error, type=LastError),
        season_order_id=OrderId(row["season_id"]) if row["season_id"] else UNSET,
    )


def _as_placed(row: Record, tickets: Sequence[Record]) -> OrderResponse:
    status = OrderStatus(row["placed_status"])
    then = TicketStatus.VALID if status is OrderStatus.CONFIRMED else TicketStatus.RESERVED
    created: dt.datetime = row["created_at"]
    return _response(
        row,
        [ticket_view(ticket, status=then) for ticket in tickets],
        status=status,
        payment_status=PaymentStatus(row["placed_payment_status"]),
        expires_at=created + dt.timedelta(seconds=row["hold_seconds"]),
        server_time=created,
    )


def _response(row: Record, tickets: list[TicketDetails], **changing: Any) -> OrderResponse:
    return OrderResponse(
        order_id=OrderId(row["id"]),
        event_id=EventId(row["event_id"]),
        subtotal=row["subtotal"],
        fees=row["fees"],
        discount=row["discount"],
        tax=row["tax"],
        tax_rate=row["tax_rate"],
        total=row["total"],
        currency=row["currency"],
        tickets=tickets,
        created_at=row["created_at"],
        **changing,
    )


class Paying(NamedTuple):
    """An order whose payment moved, with whose it is; until when its hold runs now."""

    order_id: OrderId
    event_id: EventId
    user_id: UserId
    expires_at: dt.datetime


async def start_payment(
    connection: Connection, *, user_id: UserId, order_id: OrderId, now: dt.datetime
) -> list[Paying]:
    """A hold that runs and that nobody is paying goes into PROCESSING; its time is raised once."""
    return paying_of(await connection.fetch(_START_PAYMENT, order_id, user_id, now))


async def mark_requires_action(
    connection: Connection, *, secrets: Mapping[OrderId, str]
) -> list[Paying]:
    """Those that wait for their bank now."""
    return paying_of(
        await connection.fetch(_REQUIRES_ACTION, list(secrets), list(secrets.values()))
    )


async def lock_places(connection: Connection, order_ids: Sequence[OrderId]) -> None:
    """The locks that `settle_orders` takes, for who must change orders before they settle them."""
    await connection.execute("SELECT lock_places($1)", order_ids)


async def mark_unpaid(
    connection: Connection,
    *,
    errors: Mapping[OrderId, LastError],
    raise_hold: bool,
    now: dt.datetime,
) -> list[Paying]:
    """Payments in flight that ended without money; a hold's time is raised once, if asked."""
    texts = [msgspec.json.encode(error).decode() for error in errors.values()]
    return paying_of(await connection.fetch(_UNPAID, list(errors), texts, raise_hold, now))


def paying_of(rows: Sequence[Record]) -> list[Paying]:
    return [
        Paying(
            OrderId(row["id"]), EventId(row["event_id"]), UserId(row["user_id"]), row["expires_at"]
        )
        for row in rows
    ]


async def come_in_a_rush(connection: Connection) -> bool:
    """Whether the last second had as many orders as make a rush; ids begin with their time."""
    since = first_id_of(clock.unix_milliseconds() - 1_000)
    return bool(await connection.fetchval(_RUSH, since, RUSH_ORDERS_A_SECOND))


async def pending_among(connection: Connection, order_ids: Sequence[OrderId]) -> set[OrderId]:
    rows = await connection.fetch(
        "SELECT id FROM orders WHERE id = ANY ($1) AND status = 'PENDING'", order_ids
    )
    return {OrderId(row["id"]) for row in rows}


_RUSH: Final = "SELECT count(*) = $2 FROM (SELECT 1 FROM orders WHERE id >= $1 LIMIT $2) x"
_RAISED: Final = (
    "least(greatest(o.expires_at, {now} + make_interval(secs => least({seconds}, o.hold_seconds))),"
    " o.created_at + INTERVAL '1200 seconds')"
)
_PAYING: Final = "RETURNING o.id, o.event_id, o.user_id, o.expires_at"
_START_PAYMENT: Final = f"""
UPDATE orders o SET payment_status = 'PROCESSING', client_secret = NULL, last_error = NULL,
    raised_for_payment = TRUE,
    expires_at = CASE WHEN o.raised_for_payment THEN o.expires_at
      ELSE {_RAISED.format(now="$3::TIMESTAMPTZ", seconds=300)} END
  WHERE o.id = $1 AND o.user_id = $2 AND o.status = 'PENDING' AND o.expires_at > $3
    AND o.payment_status IN ({listed(sources(PAYMENT_MOVES, to=PaymentStatus.PROCESSING))})
  {_PAYING}
"""
_REQUIRES_ACTION: Final = f"""
UPDATE orders o SET payment_status = 'REQUIRES_ACTION', client_secret = x.secret
  FROM unnest($1::UUID[], $2::TEXT[]) x(id, secret)
  WHERE o.id = x.id AND o.status = 'PENDING'
    AND o.payment_status IN ({listed(sources(PAYMENT_MOVES, to=PaymentStatus.REQUIRES_ACTION))})
  {_PAYING}
"""
_UNPAID: Final = f"""
UPDATE orders o SET payment_status = 'FAILED', client_secret = NULL, last_error = x.error::JSONB,
    raised_after_decline = o.raised_after_decline OR $3,
    expires_at = CASE WHEN o.raised_after_decline OR NOT $3 THEN o.expires_at
      ELSE {_RAISED.format(now="$4::TIMESTAMPTZ", seconds=180)} END
  FROM unnest($1::UUID[], $2::TEXT[]) x(id, error)
  WHERE o.id = x.id AND o.status = 'PENDING'
    AND o.payment_status IN ({listed(IN_FLIGHT)})
  {_PAYING}
"""
_TICKET_HOLDERS: Final = "SELECT id AS user_id FROM ticket_holders($1, $2, $3, $4, $5) AS id"
