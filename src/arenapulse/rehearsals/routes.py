"""HTTP for rehearsals of on-sales."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import EventId
from arenapulse.flags.switches import while_on
from arenapulse.flags.terms import REHEARSALS
from arenapulse.identity.access import SignedIn
from arenapulse.rehearsals import service
from arenapulse.rehearsals.schemas import RehearsalBody, RehearsalView
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.idempotency import OnceDep

router = APIRouter(prefix=API + "events/{event_id}/rehearsals", tags=["rehearsals"])


@router.post(
    "",
    status_code=202,
    dependencies=[while_on(REHEARSALS)],
    response_model=Envelope[RehearsalView],
)
async def ask_rehearsal(
    *, event_id: UUID, body: RehearsalBody, actor: SignedIn, session: Db, once: OnceDep
) -> Response:
    """A simulated crowd at a shadow of the event; MANAGER and up.

    One at a time, and none while the event sells: another one under way is CONFLICT003, and so is
    a sale; one that begins meanwhile breaks the rehearsal off.
    """

    async def work() -> Envelope[RehearsalView]:
        return ok(
            await service.ask(
                session, actor=actor, event_id=EventId(event_id), body=body, now=clock.now()
            )
        )

    rights = partial(service.require_to_ask, session, actor=actor, event_id=EventId(event_id))
    return await once(actor.user_id, work, rights=rights, status=202)


@router.get("")
async def list_rehearsals(
    *, event_id: UUID, actor: SignedIn, session: Db
) -> Envelope[list[RehearsalView]]:
    """The newest twenty with their reports; ANALYST and up."""
    return ok(await service.page(session, actor=actor, event_id=EventId(event_id)))


@router.get("/{rehearsal_id}")
async def read_rehearsal(
    *, event_id: UUID, rehearsal_id: UUID, actor: SignedIn, session: Db
) -> Envelope[RehearsalView]:
    """How it went, once it is done; ANALYST and up."""
    return ok(
        await service.read(
            session, actor=actor, event_id=EventId(event_id), rehearsal_id=rehearsal_id
        )
    )
