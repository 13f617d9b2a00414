"""HTTP of an organization's webhooks."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import OrganizationId
from arenapulse.identity.access import SignedIn, SigningDep, require_role
from arenapulse.identity.errors import UnknownOrganization
from arenapulse.identity.schemas import Role
from arenapulse.runtime.web.deps import Db, Paging, RuntimeDep
from arenapulse.runtime.web.envelope import Envelope, Meta, ok, ok_page
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.runtime.web.provided import taken
from arenapulse.webhooks import queries
from arenapulse.webhooks.schemas import (
    DeliveryView,
    TroubledWebhook,
    WebhookBody,
    WebhookChange,
    WebhookMade,
    WebhookView,
)
from arenapulse.webhooks.service import managing
from arenapulse.webhooks.terms import DELIVERIES_SHOWN_MAX

router = APIRouter(prefix="/api/v1/organizations/{organization_id}/webhooks", tags=["webhooks"])

admin_router = APIRouter(prefix="/api/v1/admin", tags=["webhooks"])


async def managed(organization_id: UUID, actor: SignedIn, runtime: RuntimeDep) -> OrganizationId:
    """An organization whose MANAGER the actor is; 404 for strangers, 403 for members below."""
    found = OrganizationId(organization_id)
    async with runtime.database.transaction() as session:
        await require_role(
            session,
            actor=actor,
            organization_id=found,
            at_least=Role.MANAGER,
            hidden=UnknownOrganization,
        )
    return found


Managed = Annotated[OrganizationId, Depends(managed)]


def judge_of(request: Request) -> managing.Judge:
    return taken(request, managing.Judge)


async def judged(
    body: WebhookBody, organization_id: Managed, signing: SigningDep, request: Request
) -> WebhookBody:
    """Rights, then the signature, then where it leads: asked before the transaction begins."""
    del organization_id
    await signing.require()
    await judge_of(request).judge(body.url)
    return body


async def judged_change(
    body: WebhookChange, organization_id: Managed, signing: SigningDep, request: Request
) -> WebhookChange:
    del organization_id
    await signing.require()
    if "url" in body.model_fields_set:
        await judge_of(request).judge(body.url)
    return body


@admin_router.get("/webhooks")
async def list_troubled(actor: SignedIn, session: Db) -> Envelope[list[TroubledWebhook]]:
    """Those of every organization that fail or are paused, the longest first; ADMIN."""
    return ok(await managing.troubled(session, actor=actor))


@router.get("")
async def list_webhooks(
    organization_id: Managed, session: Db, paging: Paging
) -> Envelope[list[WebhookView]]:
    """The organization's webhooks, newest first."""
    page = await queries.endpoints_of(session, organization_id=organization_id, page=paging)
    return ok_page(page, items=page.items)


@router.post("", status_code=201, response_model=Envelope[WebhookMade])
async def make_webhook(
    *,
    body: Annotated[WebhookBody, Depends(judged)],
    actor: SignedIn,
    organization_id: Managed,
    session: Db,
    runtime: RuntimeDep,
    once: OnceDep,
) -> Response:
    """Makes a webhook; the answer alone holds its secret."""

    async def work() -> Envelope[WebhookMade]:
        return ok(
            await managing.make(
                session,
                keyring=runtime.keyring,
                actor=actor,
                organization_id=organization_id,
                body=body,
                now=clock.now(),
            )
        )

    return await once(actor.user_id, work, rights=None, status=201)


@router.patch("/{webhook_id}")
async def change_webhook(
    *,
    webhook_id: UUID,
    body: Annotated[WebhookChange, Depends(judged_change)],
    organization_id: Managed,
    session: Db,
) -> Envelope[WebhookView]:
    """Another URL, other events; paused or resumed."""
    return ok(
        await managing.change(
            session,
            organization_id=organization_id,
            endpoint_id=webhook_id,
            body=body,
            now=clock.now(),
        )
    )


@router.delete("/{webhook_id}")
async def end_webhook(
    *,
    webhook_id: UUID,
    organization_id: Managed,
    session: Db,
    signing: SigningDep,
) -> Envelope[None]:
    """Ends a webhook for good."""
    await signing.require()
    await managing.end(
        session,
        organization_id=organization_id,
        endpoint_id=webhook_id,
        now=clock.now(),
    )
    return ok(None)


@router.get("/{webhook_id}/deliveries")
async def list_deliveries(
    *,
    webhook_id: UUID,
    organization_id: Managed,
    session: Db,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=DELIVERIES_SHOWN_MAX)] = 20,
) -> Envelope[list[DeliveryView]]:
    """What was sent in 30 days, newest first, with each attempt."""
    found = await managing.deliveries(
        session,
        organization_id=organization_id,
        endpoint_id=webhook_id,
        before=cursor,
        limit=limit + 1,
    )
    shown = found[:limit]
    following = str(shown[-1].id) if len(found) > limit else None
    return Envelope(data=shown, meta=Meta(next_cursor=following))


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    response_model=Envelope[DeliveryView],
)
async def replay_delivery(
    *,
    webhook_id: UUID,
    delivery_id: UUID,
    actor: SignedIn,
    organization_id: Managed,
    session: Db,
    signing: SigningDep,
    once: OnceDep,
) -> Response:
    """Sends a delivery again, under the same `webhook-id`."""
    await signing.require()

    async def work() -> Envelope[DeliveryView]:
        return ok(
            await managing.replay(
                session,
                organization_id=organization_id,
                endpoint_id=webhook_id,
                delivery_id=delivery_id,
                now=clock.now(),
            )
        )

    return await once(actor.user_id, work, rights=None, status=202)
