"""Money as an organization sees it: the ledger, disputes, and what it wishes."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from arenapulse.core import clock
from arenapulse.core.errors import Invalid, NotFound
from arenapulse.core.ids import OrganizationId
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.payments.queries import disputes, invoices, ledger
from arenapulse.payments.schemas import DisputeView, InvoiceView, LedgerLine, PaymentWishes
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session

_CURSOR: Final = "~"
NO_CURSOR: Final = "is no cursor of this list"


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


async def report(
    session: Session,
    *,
    actor: Actor,
    organization_id: OrganizationId,
    event_id: UUID | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[LedgerLine], str | None]:
    """A line for each event, and where the next page begins; for MANAGER and up."""
    await require_manager(session, actor=actor, organization_id=organization_id)
    found = await ledger.report(
        session,
        organization_id=organization_id,
        event_id=event_id,
        since=since,
        until=until,
        before=_line_of(cursor),
        limit=limit + 1,
    )
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    return page, f"{page[-1].event_id}{_CURSOR}{page[-1].currency}"


async def list_disputes(
    session: Session,
    *,
    actor: Actor,
    organization_id: OrganizationId,
    cursor: str | None,
    limit: int,
) -> tuple[list[DisputeView], str | None]:
    """Newest first, and where the next page begins; for MANAGER and up."""
    await require_manager(session, actor=actor, organization_id=organization_id)
    found = await disputes.of_organization(
        session, organization_id=organization_id, before=position_of(cursor), limit=limit + 1
    )
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    return page, cursor_at(page[-1].opened_at, name=page[-1].dispute_id)


async def list_invoices(
    session: Session,
    *,
    actor: Actor,
    organization_id: OrganizationId,
    cursor: str | None,
    limit: int,
) -> tuple[list[InvoiceView], str | None]:
    """Invoices and credit notes, newest first, and where the next page begins; MANAGER and up."""
    await require_manager(session, actor=actor, organization_id=organization_id)
    found = await invoices.of_organization(
        session, organization_id=organization_id, before=position_of(cursor), limit=limit + 1
    )
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    return page, cursor_at(page[-1].issued_at, name=page[-1].invoice_id)


async def read_wishes(
    session: Session, *, actor: Actor, organization_id: OrganizationId
) -> PaymentWishes:
    await require_manager(session, actor=actor, organization_id=organization_id)
    wished = await disputes.wish(session, organization_id=organization_id)
    return PaymentWishes.model_validate({"refundOnWarning": wished})


async def set_wishes(
    session: Session, *, actor: Actor, organization_id: OrganizationId, wishes: PaymentWishes
) -> PaymentWishes:
    await require_manager(session, actor=actor, organization_id=organization_id)
    before = await disputes.wish(session, organization_id=organization_id)
    await disputes.set_wish(
        session, organization_id=organization_id, refund_on_warning=wishes.refund_on_warning
    )
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=organization_id,
        action="organization.payment_settings",
        subject_id=organization_id,
        details={"before": {"refundOnWarning": before}, "after": wishes.model_dump(by_alias=True)},
    )
    return wishes


def _line_of(cursor: str | None) -> tuple[UUID, str] | None:
    if cursor is None:
        return None
    event, _, currency = cursor.partition(_CURSOR)
    try:
        return UUID(event), currency
    except ValueError as wrong:
        raise Invalid.on("cursor", NO_CURSOR) from wrong


def cursor_at(at: dt.datetime, *, name: object) -> str:
    """After a row of this time and id; needs no encoding in a URL."""
    return f"{clock.rfc3339(at)}{_CURSOR}{name}"


def position_of(cursor: str | None) -> tuple[dt.datetime, str] | None:
    """Where a page begins; raises `Invalid` for what is no cursor of ours."""
    if cursor is None:
        return None
    at, _, name = cursor.partition(_CURSOR)
    try:
        moment = dt.datetime.fromisoformat(at)
    except ValueError as wrong:
        raise Invalid.on("cursor", NO_CURSOR) from wrong
    if not name or moment.utcoffset() != dt.timedelta():
        raise Invalid.on("cursor", NO_CURSOR)
    return moment, name
