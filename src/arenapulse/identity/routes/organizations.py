"""HTTP of organizations and their members."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from arenapulse.core.errors import Forbidden
from arenapulse.core.ids import OrganizationId, UserId
from arenapulse.identity import queries
from arenapulse.identity.access import SignedIn, SignedInPerson, SigningDep, StepUpDep, require_role
from arenapulse.identity.errors import UnknownOrganization
from arenapulse.identity.routes.transport import SignInDep
from arenapulse.identity.schemas import (
    MemberBody,
    MemberChange,
    MemberView,
    OrganizationBody,
    OrganizationChange,
    OrganizationProfile,
    OrganizationView,
    Role,
)
from arenapulse.identity.schemas.invitations import InvitationView, InvitedView, OfferView
from arenapulse.identity.service import invitations, organizations
from arenapulse.identity.service.sessions import Desk
from arenapulse.runtime.web.deps import Db, Paging, ServiceDb
from arenapulse.runtime.web.envelope import Envelope, ok, ok_page
from arenapulse.runtime.web.idempotency import OnceDep

router = APIRouter(prefix="/api/v1/organizations", tags=["identity"])


async def desk_of(sign_in: SignInDep) -> Desk:
    return sign_in.desk


async def joined(organization_id: UUID, actor: SignedIn, session: Db) -> OrganizationId:
    """An organization whose member the actor is; 404 for others."""
    found = OrganizationId(organization_id)
    role = await queries.role_of(session, actor=actor, organization_id=found)
    if role is None:
        raise UnknownOrganization
    return found


async def owned(organization_id: UUID, actor: SignedIn, session: Db) -> OrganizationId:
    """An organization that the actor administers; 404 for strangers, 403 for other members."""
    found = OrganizationId(organization_id)
    await require_role(
        session,
        actor=actor,
        organization_id=found,
        at_least=Role.OWNER,
        hidden=UnknownOrganization,
    )
    return found


async def left(organization_id: UUID, user_id: UUID, actor: SignedIn, session: Db) -> UserId:
    """A member whom the actor may remove: anybody for an OWNER, oneself for the others."""
    found = OrganizationId(organization_id)
    role = await queries.role_of(session, actor=actor, organization_id=found)
    if role is None:
        raise UnknownOrganization
    if role is not Role.OWNER and actor.user_id != user_id:
        raise Forbidden
    return UserId(user_id)


DeskDep = Annotated[Desk, Depends(desk_of)]
Joined = Annotated[OrganizationId, Depends(joined)]
Owned = Annotated[OrganizationId, Depends(owned)]
Left = Annotated[UserId, Depends(left)]


@router.get("")
async def mine(actor: SignedIn, session: Db, paging: Paging) -> Envelope[list[OrganizationView]]:
    """Organizations the person is a member of; all for an ADMIN."""
    page = await queries.organizations_of(session, actor=actor, page=paging)
    return ok_page(page, items=page.items)


@router.post("", status_code=201, response_model=Envelope[OrganizationView])
async def found(
    body: OrganizationBody, actor: SignedInPerson, session: Db, desk: DeskDep, once: OnceDep
) -> Response:
    """Founds an organization; the person is its OWNER."""

    async def work() -> Envelope[OrganizationView]:
        return ok(
            await organizations.found_organization(session, desk=desk, actor=actor, body=body)
        )

    return await once(actor.user_id, work, rights=None, status=201)


@router.get("/{organization_id}")
async def one_organization(
    organization_id: UUID, actor: SignedIn, session: Db
) -> Envelope[OrganizationProfile]:
    """An organization as its members see it."""
    return ok(
        await organizations.profile(
            session, actor=actor, organization_id=OrganizationId(organization_id)
        )
    )


@router.patch("/{organization_id}")
async def change_organization(
    *,
    body: OrganizationChange,
    actor: SignedIn,
    organization_id: Owned,
    session: Db,
    desk: DeskDep,
    signing: SigningDep,
    step_up: StepUpDep,
) -> Envelope[OrganizationView]:
    """Its name, and whether its OWNER and MANAGER need a second factor."""
    await signing.require()
    await step_up.require()
    return ok(
        await organizations.change(
            session, desk=desk, actor=actor, organization_id=organization_id, wanted=body
        )
    )


@router.get("/{organization_id}/members")
async def members(
    organization_id: Joined, session: Db, paging: Paging
) -> Envelope[list[MemberView]]:
    """The members, by name."""
    page = await queries.members_of(session, organization_id=organization_id, page=paging)
    return ok_page(page, items=page.items)


@router.post("/{organization_id}/members", status_code=201, response_model=Envelope[InvitedView])
async def invite(
    *,
    body: MemberBody,
    actor: SignedIn,
    organization_id: Owned,
    session: Db,
    sign_in: SignInDep,
    signing: SigningDep,
    step_up: StepUpDep,
    once: OnceDep,
) -> Response:
    """Invites by mail; the answer is the same for every address, known or not."""
    await signing.require()
    await step_up.require()

    async def work() -> Envelope[InvitedView]:
        return ok(
            await invitations.invite(
                session,
                letters=sign_in.door.letters,
                actor=actor,
                organization_id=organization_id,
                body=body,
            )
        )

    return await once(actor.user_id, work, rights=None, status=201)


@router.get("/invitations/{token}")
async def offered(token: str, session: ServiceDb) -> Envelope[OfferView]:
    """Whose invitation it is, for whoever has its link: before they sign in, and say yes."""
    return ok(await invitations.offered(session, token=token))


@router.post("/invitations/{token}/accept")
async def accept(
    token: str, actor: SignedInPerson, session: Db, desk: DeskDep
) -> Envelope[MemberView]:
    """The account with the invited address is a member from now on."""
    return ok(await invitations.accept(session, desk=desk, actor=actor, token=token))


@router.get("/{organization_id}/invitations")
async def open_invitations(
    organization_id: Owned, session: Db, paging: Paging
) -> Envelope[list[InvitationView]]:
    """Those that nobody has answered, newest first."""
    page = await invitations.open_of(session, organization_id=organization_id, page=paging)
    return ok_page(page, items=page.items)


@router.get("/{organization_id}/invitations/{invitation_id}")
async def invitation(
    organization_id: Owned, invitation_id: UUID, session: Db
) -> Envelope[InvitationView]:
    """One that nobody has answered."""
    return ok(
        await invitations.one(session, organization_id=organization_id, invitation_id=invitation_id)
    )


@router.delete("/{organization_id}/invitations/{invitation_id}")
async def take_back(
    *,
    organization_id: Owned,
    invitation_id: UUID,
    session: Db,
    signing: SigningDep,
    step_up: StepUpDep,
) -> Envelope[None]:
    """Its link is good no more."""
    await signing.require()
    await step_up.require()
    await invitations.take_back(
        session, organization_id=organization_id, invitation_id=invitation_id
    )
    return ok(None)


@router.patch("/{organization_id}/members/{user_id}")
async def change(
    *,
    body: MemberChange,
    user_id: UUID,
    organization_id: Owned,
    session: Db,
    desk: DeskDep,
    signing: SigningDep,
    step_up: StepUpDep,
) -> Envelope[MemberView]:
    """Changes a member's role."""
    await signing.require()
    await step_up.require()
    return ok(
        await organizations.change_role(
            session,
            desk=desk,
            organization_id=organization_id,
            user_id=UserId(user_id),
            role=body.role,
        )
    )


@router.delete("/{organization_id}/members/{user_id}")
async def remove(
    *,
    organization_id: UUID,
    user_id: Left,
    session: Db,
    desk: DeskDep,
    signing: SigningDep,
    step_up: StepUpDep,
) -> Envelope[None]:
    """Ends a membership."""
    await signing.require()
    await step_up.require()
    await organizations.remove_member(
        session, desk=desk, organization_id=OrganizationId(organization_id), user_id=user_id
    )
    return ok(None)
