"""HTTP of a person's own account."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from arenapulse.identity.access import SignedInPerson, StepUpDep
from arenapulse.identity.routes.transport import GUESSING, ClientDep, TransportDep
from arenapulse.identity.schemas import (
    ErasureBody,
    Preferences,
    ProfileChange,
    SessionView,
    UserProfile,
)
from arenapulse.identity.service.people import People
from arenapulse.runtime.web.answer import answer_apart
from arenapulse.runtime.web.deps import Paging
from arenapulse.runtime.web.envelope import Envelope, ok, ok_page
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix="/api/v1", tags=["identity"])


PeopleDep = Annotated[People, Depends(provided(People))]


@router.get("/users/me")
async def profile(actor: SignedInPerson, people: PeopleDep) -> Envelope[UserProfile]:
    """The person who asks."""
    return ok(await people.profile(actor))


@router.patch("/users/me")
async def change_profile(
    body: ProfileChange, actor: SignedInPerson, people: PeopleDep
) -> Envelope[UserProfile]:
    """Changes the fields that are sent."""
    return ok(await people.change_profile(actor, change=body))


@router.delete("/users/me", dependencies=[GUESSING])
async def erase(
    body: ErasureBody,
    actor: SignedInPerson,
    people: PeopleDep,
    client: ClientDep,
    transport: TransportDep,
) -> Envelope[None]:
    """Erases the person: open holds are released, the ledger stays without them."""
    await people.erase(actor, password=body.password, client=client)
    transport.clear()
    return ok(None)


@router.get("/users/me/preferences")
async def preferences(actor: SignedInPerson, people: PeopleDep) -> Envelope[Preferences]:
    """What the person chose, or the defaults."""
    return ok(await people.preferences(actor))


@router.put("/users/me/preferences")
async def set_preferences(
    body: Preferences, actor: SignedInPerson, people: PeopleDep
) -> Envelope[Preferences]:
    """Replaces them whole."""
    return ok(await people.set_preferences(actor, wanted=body))


@router.get("/users/me/export", response_model=Envelope[dict[str, Any]])
async def export(actor: SignedInPerson, people: PeopleDep, step_up: StepUpDep) -> Response:
    """All that is kept about the person."""
    await step_up.require()
    return await answer_apart(await people.export(actor))


@router.get("/auth/sessions")
async def sessions(
    actor: SignedInPerson, people: PeopleDep, paging: Paging
) -> Envelope[list[SessionView]]:
    """Where the person is signed in, last used first."""
    page = await people.sessions(actor, page=paging)
    return ok_page(page, items=page.items)
