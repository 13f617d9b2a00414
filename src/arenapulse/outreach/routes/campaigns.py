"""Campaigns of an event, and who agreed to an organization's news."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.flags.switches import while_on
from arenapulse.flags.terms import CAMPAIGNS
from arenapulse.identity.access import SignedIn
from arenapulse.identity.schemas import Actor, Role
from arenapulse.outreach import service
from arenapulse.outreach.schemas import (
    CampaignBody,
    CampaignView,
    ConsentBody,
    ConsentView,
    NewsView,
)
from arenapulse.outreach.service import Office
from arenapulse.runtime.db import Session
from arenapulse.runtime.web.deps import Db, Paging
from arenapulse.runtime.web.envelope import Envelope, ok, ok_page
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix="/api/v1", tags=["messages"])

OfficeDep = Annotated[Office, Depends(provided(Office))]


@router.post(
    "/events/{event_id}/messages",
    status_code=201,
    response_model=Envelope[CampaignView],
    dependencies=[while_on(CAMPAIGNS)],
)
async def ask(
    *,
    event_id: UUID,
    body: CampaignBody,
    actor: SignedIn,
    session: Db,
    office: OfficeDep,
    once: OnceDep,
) -> Response:
    """Counts and prices a campaign, which then waits for a MANAGER; nothing is sent by it."""

    async def work() -> Envelope[CampaignView]:
        return ok(
            await service.ask_campaign(
                session, actor=actor, event_id=EventId(event_id), body=body, office=office
            )
        )

    rights = partial(
        service.require_to_campaign,
        session,
        actor=actor,
        event_id=EventId(event_id),
        at_least=Role.STAFF,
    )
    return await once(actor.user_id, work, rights=rights, status=201)


@router.get("/events/{event_id}/messages")
async def campaigns(
    event_id: UUID, actor: SignedIn, session: Db, office: OfficeDep, paging: Paging
) -> Envelope[list[CampaignView]]:
    """The event's campaigns with how far they got, newest first; STAFF and up."""
    page = await service.page_campaigns(
        session, actor=actor, event_id=EventId(event_id), request=paging, office=office
    )
    return ok_page(page, items=page.items)


@router.post(
    "/events/{event_id}/messages/{campaign_id}/approve",
    dependencies=[while_on(CAMPAIGNS)],
    response_model=Envelope[CampaignView],
)
async def approve(
    *,
    event_id: UUID,
    campaign_id: UUID,
    actor: SignedIn,
    session: Db,
    office: OfficeDep,
    once: OnceDep,
) -> Response:
    """Begins to send a campaign; MANAGER and up."""

    async def work() -> Envelope[CampaignView]:
        return ok(
            await service.approve_campaign(
                session,
                actor=actor,
                event_id=EventId(event_id),
                campaign_id=campaign_id,
                office=office,
            )
        )

    return await once(actor.user_id, work, rights=_managing(session, actor, event_id))


@router.post(
    "/events/{event_id}/messages/{campaign_id}/stop", response_model=Envelope[CampaignView]
)
async def stop(
    *,
    event_id: UUID,
    campaign_id: UUID,
    actor: SignedIn,
    session: Db,
    office: OfficeDep,
    once: OnceDep,
) -> Response:
    """What is not handed over yet is not sent; MANAGER and up."""

    async def work() -> Envelope[CampaignView]:
        return ok(
            await service.stop_campaign(
                session,
                actor=actor,
                event_id=EventId(event_id),
                campaign_id=campaign_id,
                office=office,
            )
        )

    return await once(actor.user_id, work, rights=_managing(session, actor, event_id))


def _managing(
    session: Session, actor: Actor, event_id: UUID
) -> Callable[[], Awaitable[OrganizationId]]:
    return partial(
        service.require_to_campaign,
        session,
        actor=actor,
        event_id=EventId(event_id),
        at_least=Role.MANAGER,
    )


@router.get("/users/me/news")
async def news(actor: SignedIn, session: Db) -> Envelope[list[NewsView]]:
    """Whose news the person agreed to or did not: those they answered or ordered from."""
    return ok(await service.news(session, user_id=actor.user_id))


@router.put("/users/me/news/{organization_id}")
async def set_consent(
    organization_id: UUID, body: ConsentBody, actor: SignedIn, session: Db
) -> Envelope[ConsentView]:
    """Agrees to an organization's news, or takes it back."""
    return ok(
        await service.set_consent(
            session,
            user_id=actor.user_id,
            organization_id=OrganizationId(organization_id),
            agreed=body.agreed,
            now=clock.now(),
        )
    )
