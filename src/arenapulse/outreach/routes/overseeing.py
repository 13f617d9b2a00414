"""Messages as organizations and administrators see them, and what they may do about them."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.errors import Forbidden
from arenapulse.core.ids import OrderId, OrganizationId
from arenapulse.identity.access import SignedIn
from arenapulse.notifications import queries
from arenapulse.notifications.schemas import MessageView, OutboxView, SuppressionView
from arenapulse.outreach import service
from arenapulse.outreach.schemas import ResentView
from arenapulse.payments.service import require_to_refund
from arenapulse.runtime.web.deps import Db, Paging
from arenapulse.runtime.web.envelope import Envelope, Meta, Text, ok, ok_page
from arenapulse.runtime.web.idempotency import OnceDep

router = APIRouter(prefix="/api/v1", tags=["messages"])
sandbox_router = APIRouter(prefix="/api/v1", tags=["sandbox"])

OUTBOX_LIMIT: Final = 50
CURSOR_MAX: Final = 2**62


@router.get("/orders/{order_id}/messages")
async def order_messages(
    order_id: UUID, actor: SignedIn, session: Db, paging: Paging
) -> Envelope[list[MessageView]]:
    """What was told about an order, newest first; MANAGER and up."""
    page = await service.order_messages(
        session, actor=actor, order_id=OrderId(order_id), page=paging, now=clock.now()
    )
    return ok_page(page, items=page.items)


@router.post(
    "/orders/{order_id}/messages/{message_id}/resend",
    status_code=202,
    response_model=Envelope[ResentView],
)
async def resend(
    order_id: UUID, message_id: UUID, actor: SignedIn, session: Db, once: OnceDep
) -> Response:
    """Sends a message once more; MANAGER and up."""

    async def work() -> Envelope[ResentView]:
        made = await service.resend(
            session,
            actor=actor,
            order_id=OrderId(order_id),
            message_id=message_id,
            now=clock.now(),
        )
        return ok(ResentView(message_id=made))

    rights = partial(
        require_to_refund,
        session,
        actor=actor,
        order_id=OrderId(order_id),
        now=clock.now(),
    )
    return await once(actor.user_id, work, rights=rights, status=202)


@router.get("/organizations/{organization_id}/suppressions")
async def suppressions(
    organization_id: UUID, actor: SignedIn, session: Db, paging: Paging
) -> Envelope[list[SuppressionView]]:
    """Addresses that bounced or complained and get nothing any more; MANAGER and up."""
    page = await service.suppressions(
        session, actor=actor, organization_id=OrganizationId(organization_id), page=paging
    )
    return ok_page(page, items=page.items)


@router.delete("/organizations/{organization_id}/suppressions/{suppression_id}")
async def lift(
    organization_id: UUID, suppression_id: UUID, actor: SignedIn, session: Db
) -> Envelope[None]:
    """Lets an address be written to again; MANAGER and up."""
    await service.lift_suppression(
        session,
        actor=actor,
        organization_id=OrganizationId(organization_id),
        suppression_id=suppression_id,
        now=clock.now(),
    )
    return ok(None)


@sandbox_router.get("/sandbox/outbox")
async def sent(
    actor: SignedIn,
    session: Db,
    to: Annotated[Text | None, Query(max_length=254)] = None,
    cursor: Annotated[int | None, Query(ge=1, le=CURSOR_MAX)] = None,
) -> Envelope[list[OutboxView]]:
    """What the twins of the mail and text vendors took, newest first; ADMIN."""
    if not actor.is_admin:
        raise Forbidden
    rows = await queries.outbox(session, recipient=to, before=cursor, limit=OUTBOX_LIMIT)
    following = str(rows[-1]["number"]) if len(rows) == OUTBOX_LIMIT else None
    shown = [service.outbox_view(row) for row in rows]
    return Envelope(data=shown, meta=Meta(next_cursor=following))
