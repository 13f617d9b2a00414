"""The wallet: codes of one's tickets, and giving one away."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import OrganizationId, TicketId
from arenapulse.identity.access import SignedIn, SignedInPerson, StepUpDep
from arenapulse.runtime.web.answer import documented
from arenapulse.runtime.web.deps import Db, ServiceDb
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.runtime.web.provided import provided
from arenapulse.tickets import applepass, service
from arenapulse.tickets.pdf import Size
from arenapulse.tickets.schemas import (
    CertificatesBody,
    CertificatesView,
    CodeView,
    PassesView,
    SaveLinkView,
    TransferBody,
    TransferView,
    WalletView,
)
from arenapulse.tickets.service import Courier, Keyrack, PassOffice

router = APIRouter(prefix="/api/v1", tags=["tickets"])

Rack = Annotated[Keyrack, Depends(provided(Keyrack))]
Office = Annotated[PassOffice, Depends(provided(PassOffice))]
CourierDep = Annotated[Courier, Depends(provided(Courier))]


@router.get("/tickets/{ticket_id}/code")
async def read_code(
    ticket_id: UUID, actor: SignedIn, session: Db, rack: Rack
) -> Envelope[CodeView]:
    """The code that one's ticket shows now; it changes every 15 seconds."""
    return ok(
        await service.code(
            session,
            holder=actor.user_id,
            ticket=TicketId(ticket_id),
            rack=rack,
            now=clock.now(),
        )
    )


@router.get("/tickets/{ticket_id}/wallet")
async def read_wallet(
    ticket_id: UUID, actor: SignedInPerson, session: Db, rack: Rack
) -> Envelope[WalletView]:
    """What one's device needs to make the codes of a ticket without a network."""
    return ok(
        await service.wallet(
            session,
            holder=actor.user_id,
            ticket=TicketId(ticket_id),
            rack=rack,
            now=clock.now(),
        )
    )


@router.get(
    "/tickets/{ticket_id}/pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
async def read_pdf(
    *, ticket_id: UUID, actor: SignedIn, session: Db, rack: Rack, size: Size = "a4"
) -> Response:
    """One's ticket on A4 paper, or as a page of a phone's width."""
    made = await service.pdf(
        session, holder=actor.user_id, ticket=TicketId(ticket_id), size=size, rack=rack
    )
    named = {"content-disposition": f'inline; filename="ticket-{ticket_id}.pdf"'}
    return Response(made, media_type="application/pdf", headers=named)


@router.post("/tickets/{ticket_id}/reissue", responses=documented("TicketDetails"))
async def reissue(ticket_id: UUID, actor: SignedInPerson, session: Db, once: OnceDep) -> Response:
    """Kills every code of one's ticket that is about, printed ones too; its next codes are new."""
    work = partial(service.reissue, session, holder=actor.user_id, ticket=TicketId(ticket_id))
    return await once(actor.user_id, work, rights=None)


@router.post(
    "/tickets/{ticket_id}/transfer", status_code=201, response_model=Envelope[TransferView]
)
async def offer_transfer(
    *,
    ticket_id: UUID,
    body: TransferBody,
    actor: SignedInPerson,
    session: Db,
    courier: CourierDep,
    once: OnceDep,
) -> Response:
    """Offers one's ticket by mail; until it is taken it stays one's own.

    In production only who has proved their address may (`CONFLICT003`).
    """

    async def work() -> Envelope[TransferView]:
        return ok(
            await service.offer(
                session,
                giver=actor.user_id,
                ticket=TicketId(ticket_id),
                body=body,
                courier=courier,
                now=clock.now(),
            )
        )

    return await once(actor.user_id, work, rights=None, status=201)


@router.get("/tickets/{ticket_id}/transfer")
async def read_transfer(
    ticket_id: UUID, actor: SignedIn, session: Db
) -> Envelope[TransferView | None]:
    """The offer of one's ticket that waits, null where there is none."""
    return ok(
        await service.waiting(
            session, giver=actor.user_id, ticket=TicketId(ticket_id), now=clock.now()
        )
    )


@router.delete("/tickets/{ticket_id}/transfer")
async def withdraw_transfer(ticket_id: UUID, actor: SignedInPerson, session: Db) -> Envelope[None]:
    """Takes the offer back; its link is dead."""
    await service.withdraw(
        session, giver=actor.user_id, ticket=TicketId(ticket_id), now=clock.now()
    )
    return ok(None)


@router.post("/tickets/transfers/{token}/accept", responses=documented("TicketDetails"))
async def accept_transfer(
    *,
    token: Annotated[str, Path(min_length=1, max_length=64)],
    actor: SignedInPerson,
    session: ServiceDb,
    courier: CourierDep,
    once: OnceDep,
) -> Response:
    """Takes a ticket that was offered to the address of one's account; it is a new one."""
    work = partial(
        service.accept,
        session,
        recipient=actor.user_id,
        token=token,
        courier=courier,
        now=clock.now(),
    )
    return await once(actor.user_id, work, rights=None)


@router.get("/tickets/{ticket_id}/passes")
async def read_passes(
    ticket_id: UUID, actor: SignedIn, session: Db, office: Office
) -> Envelope[PassesView]:
    """Which wallets of telephones may keep one's ticket."""
    return ok(
        await service.passes(
            session, holder=actor.user_id, ticket=TicketId(ticket_id), office=office
        )
    )


@router.get(
    "/tickets/{ticket_id}/apple-pass",
    response_class=Response,
    responses={200: {"content": {applepass.MEDIA_TYPE: {}}}},
)
async def read_apple_pass(
    ticket_id: UUID, actor: SignedInPerson, session: Db, rack: Rack, office: Office
) -> Response:
    """One's ticket for Apple Wallet, signed."""
    made = await service.apple_pass(
        session, holder=actor.user_id, ticket=TicketId(ticket_id), rack=rack, office=office
    )
    named = {"content-disposition": f'attachment; filename="ticket-{ticket_id}.pkpass"'}
    return Response(made, media_type=applepass.MEDIA_TYPE, headers=named)


@router.get("/tickets/{ticket_id}/google-pass")
async def read_google_pass(
    ticket_id: UUID, actor: SignedInPerson, session: Db, rack: Rack, office: Office
) -> Envelope[SaveLinkView]:
    """The link that puts one's ticket into Google Wallet, where its code rotates too."""
    return ok(
        await service.google_pass(
            session,
            holder=actor.user_id,
            ticket=TicketId(ticket_id),
            rack=rack,
            office=office,
            now=clock.now(),
        )
    )


@router.get("/organizations/{organization_id}/pass-certificates")
async def read_certificates(
    organization_id: UUID, actor: SignedIn, session: Db
) -> Envelope[CertificatesView]:
    """What signs the organization's passes, without the secrets; OWNER."""
    return ok(
        await service.certificates(
            session, actor=actor, organization_id=OrganizationId(organization_id)
        )
    )


@router.put("/organizations/{organization_id}/pass-certificates")
async def set_certificates(
    *,
    organization_id: UUID,
    body: CertificatesBody,
    actor: SignedInPerson,
    session: Db,
    step_up: StepUpDep,
) -> Envelope[CertificatesView]:
    """What signs the organization's passes from now on; OWNER."""
    found = OrganizationId(organization_id)
    await service.require_owner(session, actor=actor, organization_id=found)
    await step_up.require()
    return ok(
        await service.set_certificates(session, organization_id=found, body=body, now=clock.now())
    )
