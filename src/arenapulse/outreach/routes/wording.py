"""HTTP of an organization's own words for its messages."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from arenapulse.core import clock
from arenapulse.core.ids import OrganizationId
from arenapulse.identity.access import SignedIn
from arenapulse.notifications.schemas import OverrideView, PreviewView, TemplateLine, TemplateView
from arenapulse.outreach.schemas import OwnWordsBody
from arenapulse.outreach.service import wording as service
from arenapulse.runtime.web.deps import Db, GivenVersion, Paging
from arenapulse.runtime.web.envelope import Envelope, ok, ok_page

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/message-templates", tags=["messages"]
)

Name = Annotated[str, Path(max_length=64)]
Locale = Annotated[str, Path(max_length=64)]


@router.get("")
async def templates(
    organization_id: UUID, actor: SignedIn, session: Db
) -> Envelope[list[TemplateLine]]:
    """Every message there is, and which of them are in the organization's own words; MANAGER."""
    return ok(
        await service.templates(
            session, actor=actor, organization_id=OrganizationId(organization_id)
        )
    )


@router.get("/{template}/{locale}")
async def template(
    *,
    organization_id: UUID,
    template: Name,
    locale: Locale,
    actor: SignedIn,
    session: Db,
    response: Response,
) -> Envelope[TemplateView]:
    """One message in one language, with how it looks; ETag is the version in use."""
    found = await service.template(
        session,
        actor=actor,
        organization_id=OrganizationId(organization_id),
        name=template,
        locale=locale,
    )
    return _tagged(found, response=response)


@router.get("/{template}/{locale}/versions")
async def versions(
    *,
    organization_id: UUID,
    template: Name,
    locale: Locale,
    actor: SignedIn,
    session: Db,
    paging: Paging,
) -> Envelope[list[OverrideView]]:
    """What the organization wrote before, newest first; MANAGER and up."""
    page = await service.versions(
        session,
        actor=actor,
        organization_id=OrganizationId(organization_id),
        name=template,
        locale=locale,
        page=paging,
    )
    return ok_page(page, items=page.items)


@router.post("/{template}/{locale}/preview")
async def preview(
    *,
    organization_id: UUID,
    template: Name,
    locale: Locale,
    body: OwnWordsBody,
    actor: SignedIn,
    session: Db,
) -> Envelope[PreviewView]:
    """How these words would look, with sample values; nothing is kept."""
    return ok(
        await service.preview(
            session,
            actor=actor,
            organization_id=OrganizationId(organization_id),
            name=template,
            locale=locale,
            body=body,
        )
    )


@router.put("/{template}/{locale}")
async def write(
    *,
    organization_id: UUID,
    template: Name,
    locale: Locale,
    body: OwnWordsBody,
    actor: SignedIn,
    session: Db,
    given: GivenVersion,
    response: Response,
) -> Envelope[TemplateView]:
    """Puts words into use as the next version; MANAGER and up."""
    made = await service.write(
        session,
        actor=actor,
        organization_id=OrganizationId(organization_id),
        name=template,
        locale=locale,
        body=body,
        expected=given,
        now=clock.now(),
    )
    return _tagged(made, response=response)


@router.delete("/{template}/{locale}")
async def bring_back(
    *,
    organization_id: UUID,
    template: Name,
    locale: Locale,
    actor: SignedIn,
    session: Db,
    given: GivenVersion,
    response: Response,
) -> Envelope[TemplateView]:
    """Our words again; MANAGER and up."""
    made = await service.bring_back(
        session,
        actor=actor,
        organization_id=OrganizationId(organization_id),
        name=template,
        locale=locale,
        expected=given,
    )
    return _tagged(made, response=response)


def _tagged(view: TemplateView, *, response: Response) -> Envelope[TemplateView]:
    response.headers["ETag"] = f'"{view.version}"'
    return ok(view)
