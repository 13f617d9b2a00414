"""Tickets by who holds them now: the buyer, or whom they were given to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from arenapulse.core.ids import EventId, OrderId, TicketId, UserId, ticket_id
from arenapulse.core.moves import listed, sources
from arenapulse.core.paging import PageRequest
from arenapulse.orders.lifecycle import TICKET_MOVES
from arenapulse.orders.queries import Connection, ticket_view
from arenapulse.orders.schemas import HeldTicket, TicketDetails
from arenapulse.orders.terms import PaymentStatus, TicketStatus
from arenapulse.runtime.db import Session

NUMBER_MASK: Final = 0xFFF


def parts(ticket: TicketId) -> tuple[OrderId, int]:
    """The order of a ticket, and its number in it."""
    number = ticket.int & NUMBER_MASK
    return OrderId(UUID(int=ticket.int - number)), number


async def find(session: Session, *, ticket: TicketId) -> HeldTicket | None:
    """A ticket, whoever's: the caller judges who may see it."""
    order_id, number = parts(ticket)
    row = await (await session.driver()).fetchrow(_FIND, order_id, number)
    if row is None:
        return None
    return HeldTicket(
        order_id=order_id,
        number=number,
        holder_id=UserId(row["holder_id"]),
        version=row["code_version"],
        is_disputed=row["is_disputed"],
        view=ticket_view(row),
    )


async def successors(connection: Connection, *, order_id: OrderId) -> dict[int, int]:
    """The number of the ticket that came of each that was passed on."""
    rows = await connection.fetch(
        "SELECT from_number, number FROM tickets "
        "WHERE order_id = $1 AND from_number IS NOT NULL ORDER BY number",
        order_id,
    )
    return {int(row["from_number"]): int(row["number"]) for row in rows}


async def given_to(
    connection: Connection, *, order_ids: Sequence[OrderId]
) -> dict[OrderId, list[UserId]]:
    """Who holds tickets of these orders that others bought; of an order that is over, who held."""
    found: dict[OrderId, list[UserId]] = {}
    for row in await connection.fetch(_GIVEN_TO, list(order_ids)):
        found.setdefault(OrderId(row["order_id"]), []).append(UserId(row["holder_id"]))
    return found


async def unused(connection: Connection, *, order_id: OrderId) -> list[int]:
    """The numbers of an order's tickets that let somebody in yet, whoever holds them."""
    rows = await connection.fetch(
        "SELECT number FROM tickets WHERE order_id = $1 AND status = 'VALID' ORDER BY number",
        order_id,
    )
    return [int(row["number"]) for row in rows]


async def own_tickets(
    connection: Connection, *, user_id: UserId, page: PageRequest
) -> tuple[list[TicketDetails], int]:
    """One page of a person's tickets that are or were worth something, newest order first."""
    rows = await connection.fetch(_OWN_TICKETS, user_id, page.limit, page.offset)
    total = await connection.fetchval(f"SELECT count(*) FROM ({_HELD}) t", user_id)
    return [ticket_view(row) for row in rows], int(total)


async def own_ticket(
    connection: Connection, *, user_id: UserId, ticket: TicketId
) -> TicketDetails | None:
    number = ticket.int & NUMBER_MASK
    row = await connection.fetchrow(
        "SELECT t.*, t.status::TEXT AS status FROM tickets t JOIN orders o ON o.id = t.order_id "
        "WHERE t.order_id = $1 AND t.number = $2 AND coalesce(t.holder_id, o.user_id) = $3",
        UUID(int=ticket.int - number),
        number,
        user_id,
    )
    return None if row is None else ticket_view(row)


async def hand_over(
    session: Session, *, ticket: TicketId, giver: UserId, to: UserId
) -> TicketDetails | None:
    """The giver's VALID ticket is TRANSFERRED, and a new one of the same place is another's.

    None where it is not the giver's any more, not VALID, or its payment is disputed.
    """
    order_id, number = parts(ticket)
    connection = await session.driver()
    await connection.execute(_LOCK, order_id)
    given = await connection.fetchrow(_GIVE, order_id, number, giver)
    if given is None:
        return None
    row = await connection.fetchrow(_TAKE, order_id, number, to)
    return None if row is None else ticket_view(row)


async def reissue(session: Session, *, ticket: TicketId, holder: UserId) -> int | None:
    """Kills the codes of a VALID ticket; the new version, None where it is not the holder's."""
    connection = await session.driver()
    found: int | None = await connection.fetchval(_REISSUE, *parts(ticket), holder)
    return found


async def standing(
    connection: Connection, *, event_id: EventId, order_ids: Sequence[UUID] | None = None
) -> list[asyncpg.Record]:
    """The tickets of an event as a gate must know them; of some orders, or all that were sold.

    Columns: order_id, number, section_id, seat_row, seat, price_level, status, code_version,
    holder_id, is_disputed.
    """
    if order_ids is not None:
        return await connection.fetch(_STANDING_OF, event_id, order_ids)
    return await connection.fetch(_STANDING, event_id)


async def subjects_of(session: Session, *, user_id: UserId) -> list[UUID]:
    """Ids of the orders that a person placed, and of the tickets that they hold."""
    rows = await (await session.driver()).fetch(_SUBJECTS, user_id)
    return [UUID(int=row["order_id"].int | row["number"]) for row in rows]


async def unsold(session: Session, *, subjects: Sequence[UUID]) -> list[UUID]:
    """Those of these orders and tickets that are of orders which came to nothing."""
    orders = {each: UUID(int=each.int & ~NUMBER_MASK) for each in subjects}
    rows = await (await session.driver()).fetch(_UNSOLD, sorted(set(orders.values())))
    gone = {row["id"] for row in rows}
    return [each for each, order in orders.items() if order in gone]


def ticket_of(row: asyncpg.Record) -> TicketId:
    return ticket_id(OrderId(row["order_id"]), number=row["number"])


# A hold that ran out or was given up leaves no ticket behind in anybody's wallet.
_REAL: Final = (
    "o.status NOT IN ('PENDING', 'EXPIRED', 'FAILED') "
    "AND NOT (o.status = 'CANCELLED' AND o.placed_status = 'PENDING')"
)
# What one bought, given away or not, and what one was given.
_HELD: Final = (
    "SELECT t.* FROM orders o JOIN tickets t ON t.order_id = o.id "
    f"WHERE o.user_id = $1 AND t.holder_id IS NULL AND {_REAL} "
    "UNION ALL SELECT t.* FROM tickets t JOIN orders o ON o.id = t.order_id "
    f"WHERE t.holder_id = $1 AND {_REAL}"
)
_SUBJECTS: Final = (
    "SELECT o.id AS order_id, 0 AS number FROM orders o WHERE o.user_id = $1 "
    "UNION ALL SELECT t.order_id, t.number FROM orders o JOIN tickets t ON t.order_id = o.id "
    "WHERE o.user_id = $1 AND t.holder_id IS NULL "
    "UNION ALL SELECT t.order_id, t.number FROM tickets t WHERE t.holder_id = $1"
)
_UNSOLD: Final = (
    f"SELECT o.id FROM orders o WHERE o.id = ANY ($1) AND o.status <> 'PENDING' AND NOT ({_REAL})"
)
_OWN_TICKETS: Final = (
    f"SELECT t.*, t.status::TEXT AS status FROM ({_HELD}) t "
    "ORDER BY t.order_id DESC, t.number LIMIT $2 OFFSET $3"
)
_FIND: Final = (
    "SELECT t.order_id, t.number, t.event_id, t.section_id, t.seat_row, t.seat, t.price_level, "
    "t.amount, t.fee, t.status::TEXT AS status, t.code_version, "
    "coalesce(t.holder_id, o.user_id) AS holder_id, "
    f"o.payment_status = '{PaymentStatus.DISPUTED}' AS is_disputed "
    "FROM tickets t JOIN orders o ON o.id = t.order_id WHERE t.order_id = $1 AND t.number = $2"
)
_GIVEN_TO: Final = """
SELECT DISTINCT t.order_id, t.holder_id FROM tickets t JOIN orders o ON o.id = t.order_id
  WHERE t.order_id = ANY ($1) AND t.holder_id <> o.user_id
    AND (t.status IN ('VALID', 'CHECKED_IN')
      OR t.status = 'VOID' AND o.status IN ('CANCELLED', 'REFUNDED'))
  ORDER BY 1, 2
"""
_LOCK: Final = "SELECT 1 FROM orders WHERE id = $1 FOR NO KEY UPDATE"
_GIVE: Final = f"""
UPDATE tickets t SET status = 'TRANSFERRED' FROM orders o
  WHERE t.order_id = $1 AND t.number = $2 AND o.id = t.order_id
    AND t.status IN ({listed(sources(TICKET_MOVES, to=TicketStatus.TRANSFERRED))})
    AND coalesce(t.holder_id, o.user_id) = $3
    AND o.payment_status <> '{PaymentStatus.DISPUTED}'
  RETURNING t.number
"""
_TAKE: Final = """
INSERT INTO tickets (order_id, number, event_id, section_id, seat_index, seat, seat_row,
    price_level, amount, fee, discount, status, holder_id, from_number)
  SELECT t.order_id, n.number, t.event_id, t.section_id, t.seat_index, t.seat, t.seat_row,
      t.price_level, t.amount, t.fee, t.discount, 'VALID', $3, t.number
    FROM tickets t
    CROSS JOIN (SELECT max(number) + 1 AS number FROM tickets WHERE order_id = $1) n
    WHERE t.order_id = $1 AND t.number = $2 AND n.number <= 4095
  RETURNING order_id, number, event_id, section_id, seat_row, seat, price_level, amount, fee,
    status::TEXT AS status
"""
_REISSUE: Final = """
UPDATE tickets t SET code_version = t.code_version + 1 FROM orders o
  WHERE t.order_id = $1 AND t.number = $2 AND o.id = t.order_id AND t.status = 'VALID'
    AND coalesce(t.holder_id, o.user_id) = $3 AND t.code_version < 32767
  RETURNING t.code_version
"""
_STANDING_SELECT: Final = (
    "SELECT t.order_id, t.number, t.section_id, t.seat_row, t.seat, t.price_level, "
    "t.status::TEXT AS status, t.code_version, coalesce(t.holder_id, o.user_id) AS holder_id, "
    f"o.payment_status = '{PaymentStatus.DISPUTED}' AS is_disputed "
    "FROM orders o JOIN tickets t ON t.order_id = o.id "
)
_STANDING: Final = (
    _STANDING_SELECT
    + "WHERE o.event_id = $1 AND o.status IN ('CONFIRMED', 'PARTIALLY_REFUNDED', 'REFUNDED') "
    "AND t.status IN ('VALID', 'CHECKED_IN') ORDER BY t.order_id, t.number"
)
_STANDING_OF: Final = (
    _STANDING_SELECT + "WHERE o.event_id = $1 AND o.id = ANY ($2) ORDER BY t.order_id, t.number"
)
