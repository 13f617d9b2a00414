"""An organization's orders, for who runs it: the list, the notes, the file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET

from arenapulse.activity import queries
from arenapulse.activity.schemas import Buyer, Note, SoldOrder
from arenapulse.core import clock
from arenapulse.core.errors import NotFound, StandsInTheWay
from arenapulse.core.ids import OrderId, OrganizationId, UserId, new_id
from arenapulse.events import queries as event_queries
from arenapulse.identity import queries as identity_queries
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.orders import queries as order_queries
from arenapulse.orders.errors import OrderNotFound
from arenapulse.orders.terms import OrderStatus
from arenapulse.runtime.db import Session
from arenapulse.runtime.reads import Reads
from arenapulse.runtime.sheets import defused

NOTES_MAX: Final = 200
EXPORT_PAGE: Final = 200
EXPORT_MAX: Final = 1_000_000
FOUND_PEOPLE_MAX: Final = 200
_TICKET_BITS: Final = 0xFFF
_NUMBER: Final = re.compile(r"[0-9A-Fa-f]{8}")
_COLUMNS: Final = (
    *("orderId", "createdAt", "eventId", "status", "paymentStatus", "buyer", "email"),
    *("tickets", "subtotal", "fees", "discount", "tax", "total", "currency"),
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which of the organization's orders."""

    organization_id: OrganizationId
    event_id: UUID | None = None
    status: OrderStatus | None = None
    words: str | None = None
    is_refund_failed: bool = False
    """Only those of which a refund failed and none was made since."""


async def require_manager(
    session: Session, *, actor: Actor, organization_id: OrganizationId
) -> None:
    """Raises `NotFound` for strangers, `Forbidden` for members below."""
    await require_role(
        session,
        actor=actor,
        organization_id=organization_id,
        at_least=Role.MANAGER,
        hidden=NotFound,
    )


async def list_orders(
    session: Session,
    *,
    actor: Actor,
    wanted: Wanted,
    before: OrderId | None,
    limit: int,
    now: dt.datetime,
) -> tuple[list[SoldOrder], str | None]:
    """A page, newest first, and where the next one begins; for MANAGER and up."""
    await require_manager(session, actor=actor, organization_id=wanted.organization_id)
    return await _page(session, wanted=wanted, before=before, limit=limit, now=now)


async def export_csv(
    reads: Reads, *, wanted: Wanted, now: dt.datetime
) -> AsyncGenerator[str, None]:
    """Lines of RFC 4180, a page of orders at a time; what a spreadsheet would compute is defused.

    Whoever asks was judged before.
    """
    yield _lines([_COLUMNS])
    before: OrderId | None = None
    for _ in range(EXPORT_MAX // EXPORT_PAGE):
        page, following = await reads.read(
            partial(_page, wanted=wanted, before=before, limit=EXPORT_PAGE, now=now)
        )
        if page:
            yield _lines([_cells(order) for order in page])
        if following is None:
            return
        before = page[-1].order_id


async def add_note(
    session: Session, *, actor: Actor, order_id: OrderId, text: str, now: dt.datetime
) -> Note:
    """What the staff should know of an order; for MANAGER and up, never for its buyer."""
    await _require_of_order(session, actor=actor, order_id=order_id, now=now)
    if await queries.count_notes(session, order_id=order_id) >= NOTES_MAX:
        raise StandsInTheWay("This order has as many notes as it may.")
    note = Note(note_id=new_id(), at=now, by=actor.user_id, text=text)
    await queries.add_note(
        session, note_id=note.note_id, order_id=order_id, by=actor.user_id, text=text, at=now
    )
    return note


class PersonalNotes:
    """What staff noted of a person's orders, for the erasure of an account."""

    async def erase(self, session: Session, *, user_id: UserId) -> None:
        await queries.drop_notes_on(session, buyer=user_id)


async def read_notes(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> list[Note]:
    await _require_of_order(session, actor=actor, order_id=order_id, now=now)
    return await queries.notes_of(session, order_id=order_id, limit=NOTES_MAX)


async def _require_of_order(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> None:
    found = await order_queries.orders_by_id(await session.driver(), [order_id], now=now)
    order = found.get(order_id)
    if order is None:
        raise OrderNotFound
    event = await event_queries.find(session, event_id=order.view.event_id)
    await require_role(
        session,
        actor=actor,
        organization_id=event.organization_id,
        at_least=Role.MANAGER,
        hidden=OrderNotFound,
    )


async def _page(
    session: Session, *, wanted: Wanted, before: OrderId | None, limit: int, now: dt.datetime
) -> tuple[list[SoldOrder], str | None]:
    people, order_id, words = await _meaning(session, wanted=wanted)
    ids = await queries.orders_of_organization(
        session,
        organization_id=wanted.organization_id,
        event_id=wanted.event_id,
        status=wanted.status,
        people=people,
        order_id=order_id,
        words=words,
        before=before,
        limit=limit + 1,
        is_refund_failed=wanted.is_refund_failed,
    )
    shown = ids[:limit]
    found = await order_queries.orders_by_id(await session.driver(), shown, now=now)
    buyers = await identity_queries.contacts(
        session, user_ids=list({found[order_id].user_id for order_id in shown})
    )
    page: list[SoldOrder] = []
    for each in shown:
        order = found[each]
        contact = buyers.get(order.user_id)
        buyer = Buyer(
            user_id=order.user_id,
            full_name=None if contact is None else contact.to.name,
            email=None if contact is None else contact.to.email,
        )
        # A client secret is the buyer's alone.
        view = msgspec.structs.replace(order.view, client_secret=UNSET)
        page.append(SoldOrder(buyer=buyer, **msgspec.structs.asdict(view)))
    return page, str(shown[-1]) if len(ids) > limit else None


async def _meaning(
    session: Session, *, wanted: Wanted
) -> tuple[Sequence[UserId] | None, OrderId | None, str | None]:
    """The people whom the words find, or the order that they name: itself, its number, a ticket.

    Where the platform has more such people than can be named, the words again: then each order's
    buyer is looked at.
    """
    words = wanted.words
    if words is None:
        return None, None, None
    try:
        named = UUID(words)
    except ValueError:
        order_id = await _numbered(session, wanted=wanted, words=words)
        if order_id is not None:
            return [], order_id, None
        people = await queries.people_like(session, words=words, limit=FOUND_PEOPLE_MAX + 1)
        return (None, None, words) if len(people) > FOUND_PEOPLE_MAX else (people, None, None)
    return [], OrderId(UUID(int=named.int & ~_TICKET_BITS)), None


async def _numbered(session: Session, *, wanted: Wanted, words: str) -> OrderId | None:
    """Whom people read an order's number out to looks for that, as it stands in the mail."""
    if not _NUMBER.fullmatch(words):
        return None
    return await queries.order_numbered(
        session, organization_id=wanted.organization_id, number=bytes.fromhex(words)
    )


def _cells(order: SoldOrder) -> Sequence[object]:
    return (
        order.order_id,
        clock.rfc3339(order.created_at),
        order.event_id,
        order.status.value,
        order.payment_status.value,
        defused(order.buyer.full_name or ""),
        defused(order.buyer.email or ""),
        len(order.tickets),
        order.subtotal,
        order.fees,
        order.discount,
        order.tax,
        order.total,
        order.currency,
    )


def _lines(rows: Sequence[Sequence[object]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()
