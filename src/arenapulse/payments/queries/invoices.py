"""The SQL of invoices, credit notes and refund policies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from arenapulse.core.ids import EventId, OrderId, OrganizationId, UserId
from arenapulse.payments.schemas import InvoiceView, RefundTier, Sheet
from arenapulse.runtime.db import Session

SHOWN_MAX: Final = 200


async def issue(session: Session, *, order_id: OrderId, now: dt.datetime) -> None:
    """The invoice of an order that is sold, once, and the credit notes of what went back of it."""
    await (await session.driver()).execute("SELECT issue_papers($1, $2)", order_id, now)


async def of_order(session: Session, *, order_id: OrderId) -> list[InvoiceView]:
    """The invoice, then its credit notes."""
    connection = await session.driver()
    rows = await connection.fetch(
        f"{_SELECT} WHERE order_id = $1 ORDER BY issued_at, number LIMIT {SHOWN_MAX}", order_id
    )
    return [_view(row) for row in rows]


async def of_organization(
    session: Session,
    *,
    organization_id: OrganizationId,
    before: tuple[dt.datetime, str] | None,
    limit: int,
) -> list[InvoiceView]:
    """Invoices and credit notes, newest first."""
    connection = await session.driver()
    at, name = before or (None, None)
    rows = await connection.fetch(_LIST, organization_id, at, name, limit)
    return [_view(row) for row in rows]


async def find(session: Session, *, invoice_id: UUID) -> InvoiceView | None:
    connection = await session.driver()
    row = await connection.fetchrow(f"{_SELECT} WHERE id = $1", invoice_id)
    return None if row is None else _view(row)


async def sheet_of(session: Session, *, invoice_id: UUID) -> Sheet:
    """What stands on an invoice that there is."""
    connection = await session.driver()
    found = await connection.fetchval("SELECT sheet::TEXT FROM invoices WHERE id = $1", invoice_id)
    return msgspec.json.decode(found, type=Sheet)


async def drop_buyer(session: Session, *, buyer: UserId) -> None:
    """Papers of a person who goes for good say their sums alone."""
    await (await session.driver()).execute(_DROP_BUYER, buyer)


async def seller(session: Session, *, organization_id: OrganizationId) -> str:
    """An organization's name."""
    connection = await session.driver()
    return str(await connection.fetchval("SELECT organization_name($1)", organization_id) or "")


async def policy(session: Session, *, event_id: EventId) -> list[RefundTier]:
    """The tiers of an event, none where nothing is given back."""
    connection = await session.driver()
    found = await connection.fetchval(
        "SELECT tiers::TEXT FROM refund_policies WHERE event_id = $1", event_id
    )
    if found is None:
        return []
    return [RefundTier.model_validate(tier) for tier in msgspec.json.decode(found)]


async def date_changed_at(session: Session, *, event_id: EventId) -> dt.datetime | None:
    """When an event was last moved to another date."""
    connection = await session.driver()
    found: dt.datetime | None = await connection.fetchval(
        "SELECT date_changed_at FROM refund_policies WHERE event_id = $1", event_id
    )
    return found


async def note_new_date(session: Session, *, event_id: EventId, at: dt.datetime) -> None:
    await (await session.driver()).execute(_NEW_DATE, event_id, at)


async def set_policy(session: Session, *, event_id: EventId, tiers: Sequence[RefundTier]) -> None:
    connection = await session.driver()
    told = [tier.model_dump(by_alias=True) for tier in tiers]
    await connection.execute(_SET_POLICY, event_id, msgspec.json.encode(told).decode())


def _view(row: asyncpg.Record) -> InvoiceView:
    return InvoiceView(
        invoice_id=row["id"],
        number=f"{row['year']}-{row['number']:06d}",
        kind=row["kind"],
        order_id=row["order_id"],
        amount=row["amount"],
        tax=row["tax"],
        currency=row["currency"],
        issued_at=row["issued_at"],
    )


_SELECT: Final = (
    "SELECT id, year, number, kind, order_id, amount, tax, currency, issued_at FROM invoices"
)
_LIST: Final = f"""
{_SELECT} WHERE organization_id = $1
  AND ($2::TIMESTAMPTZ IS NULL OR (issued_at, id::TEXT) < ($2, $3))
ORDER BY issued_at DESC, id::TEXT DESC LIMIT $4
"""
_DROP_BUYER: Final = """
UPDATE invoices SET sheet = sheet || '{"buyer": null}'
WHERE order_id IN (SELECT id FROM orders WHERE user_id = $1)
"""
_NEW_DATE: Final = """
INSERT INTO refund_policies AS p (event_id, date_changed_at) VALUES ($1, $2)
ON CONFLICT (event_id) DO UPDATE
  SET date_changed_at = greatest(p.date_changed_at, EXCLUDED.date_changed_at)
"""
_SET_POLICY: Final = """
INSERT INTO refund_policies (event_id, tiers) VALUES ($1, $2::TEXT::JSONB)
ON CONFLICT (event_id) DO UPDATE SET tiers = EXCLUDED.tiers
"""
