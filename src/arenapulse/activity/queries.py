"""All SQL of the activity of orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from arenapulse.activity.schemas import ActivityKind, Note, Noted
from arenapulse.core.ids import OrderId, OrganizationId, UserId
from arenapulse.orders.terms import OrderStatus
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs.outbox import Connection


async def add(session: Session, *, lines: Sequence[Noted]) -> None:
    """Writes the lines that are not there yet."""
    connection = await session.driver()
    await connection.execute(_ADD, msgspec.json.encode(lines).decode())


async def standing(connection: Connection) -> asyncpg.Record:
    """Versions, and how many jobs wait for a worker or for a person."""
    row = await connection.fetchrow(_STANDING)
    assert row is not None
    return row


async def of_order(session: Session, *, order_id: OrderId, limit: int) -> list[Noted]:
    """The first lines of an order, in the order in which they became true."""
    connection = await session.driver()
    return [
        Noted(
            order_id=order_id,
            fact_id=row["fact_id"],
            at=row["at"],
            kind=ActivityKind(row["kind"]),
            code=row["code"],
            amount=row["amount"],
            numbers=tuple(row["numbers"]),
        )
        for row in await connection.fetch(_OF_ORDER, order_id, limit)
    ]


async def orders_of_organization(
    session: Session,
    *,
    organization_id: OrganizationId,
    event_id: UUID | None,
    status: OrderStatus | None,
    people: Sequence[UserId] | None,
    order_id: OrderId | None,
    words: str | None,
    before: OrderId | None,
    limit: int,
    is_refund_failed: bool = False,
) -> list[OrderId]:
    """Newest first; `people`, `order_id` and `words` are what somebody searches for."""
    connection = await session.driver()
    rows = await connection.fetch(
        _REFUND_FAILED if is_refund_failed else _ORDERS,
        organization_id,
        event_id,
        status,
        people,
        order_id,
        before,
        limit,
        words,
    )
    return [OrderId(row["id"]) for row in rows]


async def order_numbered(
    session: Session, *, organization_id: OrganizationId, number: bytes
) -> OrderId | None:
    """The newest of its orders that mails and receipts call by this number."""
    connection = await session.driver()
    found = await connection.fetchval(_NUMBERED, organization_id, number)
    return None if found is None else OrderId(found)


async def add_note(
    session: Session, *, note_id: UUID, order_id: OrderId, by: UserId, text: str, at: dt.datetime
) -> None:
    connection = await session.driver()
    await connection.execute(_ADD_NOTE, note_id, order_id, by, text, at)


async def notes_of(session: Session, *, order_id: OrderId, limit: int) -> list[Note]:
    """Newest first."""
    connection = await session.driver()
    rows = await connection.fetch(_NOTES, order_id, limit)
    return [Note(note_id=row["id"], at=row["at"], by=row["by"], text=row["text"]) for row in rows]


async def drop_notes_on(session: Session, *, buyer: UserId) -> None:
    """What staff wrote about a person who goes for good."""
    await (await session.driver()).execute(_DROP_NOTES, buyer)


async def count_notes(session: Session, *, order_id: OrderId) -> int:
    connection = await session.driver()
    found = await connection.fetchval(
        "SELECT count(*) FROM order_notes WHERE order_id = $1", order_id
    )
    return int(found)


async def people_like(session: Session, *, words: str, limit: int) -> list[UserId]:
    """People of the platform whose e-mail begins with the words, or whose name has them.

    As many as asked for where there are more, whichever.
    """
    connection = await session.driver()
    rows = await connection.fetch("SELECT id FROM people_like($1, $2) AS id", words, limit)
    return [UserId(row["id"]) for row in rows]


_ADD: Final = """
INSERT INTO order_activity (order_id, fact_id, at, kind, code, amount, numbers)
  SELECT x.order_id, x.fact_id, x.at, x.kind, x.code, x.amount, x.numbers
    FROM json_populate_recordset(NULL::order_activity, $1::TEXT::JSON) x
  ON CONFLICT DO NOTHING
"""
_OF_ORDER: Final = (
    "SELECT fact_id, at, kind, code, amount, numbers FROM order_activity "
    "WHERE order_id = $1 ORDER BY at, fact_id LIMIT $2"
)
_ORDERS: Final = "SELECT id FROM organization_orders($1, $2, $3, $4, $5, $6, $7, $8) AS id"
_REFUND_FAILED: Final = "SELECT id FROM orders_refund_failed($1, $2, $3, $4, $5, $6, $7, $8) AS id"
# Their ids stand in the index of events and orders; no row is read.
_NUMBERED: Final = """
SELECT x.id FROM orders x JOIN events e ON e.id = x.event_id
  WHERE e.organization_id = $1 AND substr(uuid_send(x.id), 9, 4) = $2
  ORDER BY x.id DESC LIMIT 1
"""
_ADD_NOTE: Final = (
    'INSERT INTO order_notes (id, order_id, "by", text, at) VALUES ($1, $2, $3, $4, $5)'
)
_NOTES: Final = (
    'SELECT id, at, "by", text FROM order_notes WHERE order_id = $1 ORDER BY at DESC, id LIMIT $2'
)
_DROP_NOTES: Final = (
    "DELETE FROM order_notes WHERE order_id IN (SELECT id FROM orders WHERE user_id = $1)"
)
_STANDING: Final = """
SELECT current_setting('server_version') AS server_version,
    (SELECT max(version_num) FROM alembic_version) AS schema_version,
    (SELECT count(*) FROM (SELECT 1 FROM pgqueuer WHERE status = 'queued' LIMIT 10000) q) AS queued,
    (SELECT count(*) FROM pgqueuer WHERE status = 'failed') AS failed
"""
