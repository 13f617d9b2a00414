"""What became of an order, and an organization's orders for who runs it."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from arenapulse.activity import service
from arenapulse.activity.schemas import (
    ActivityEntry,
    DueDeed,
    DueKinds,
    FailedJob,
    Note,
    NoteBody,
    StandingView,
)
from arenapulse.core import clock
from arenapulse.core.ids import OrderId, OrganizationId
from arenapulse.flags.switches import while_on
from arenapulse.flags.terms import EXPORTS
from arenapulse.identity.access import SignedIn, StepUpDep
from arenapulse.orders.terms import OrderStatus
from arenapulse.runtime.web.answer import answer_cursor, documented
from arenapulse.runtime.web.crew import Mates
from arenapulse.runtime.web.deps import Db, RuntimeDep
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.health import MATES
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix="/api/v1", tags=["orders"])

WORDS_MAX: Final = 200
LIMIT_MAX: Final = 100
LIMIT_DEFAULT: Final = 20
_BUYER: Final = {
    "type": "object",
    "required": ["userId"],
    "properties": {
        "userId": {"type": "string", "format": "uuid"},
        "fullName": {"type": "string"},
        "email": {"type": "string"},
    },
}

# Not the enumeration itself, which the OpenAPI document has once already.
StatusFilter = Literal[
    "PENDING", "CONFIRMED", "CANCELLED", "EXPIRED", "FAILED", "PARTIALLY_REFUNDED", "REFUNDED"
]
KindsDep = Annotated[DueKinds, Depends(provided(DueKinds))]
EventFilter = Annotated[UUID | None, Query(alias="eventId")]
RefundFilter = Annotated[Literal["FAILED"] | None, Query()]
Words = Annotated[str | None, Query(min_length=1, max_length=WORDS_MAX, pattern=r"^[^\x00]*$")]


@router.get("/orders/{order_id}/activity")
async def read_activity(
    order_id: UUID, actor: SignedIn, session: Db
) -> Envelope[list[ActivityEntry]]:
    """What became of an order, the oldest first: for its buyer and for STAFF and up."""
    return ok(await service.read(session, actor=actor, order_id=OrderId(order_id), now=clock.now()))


@router.get("/orders/{order_id}/notes")
async def read_notes(order_id: UUID, actor: SignedIn, session: Db) -> Envelope[list[Note]]:
    """What the organizer's people noted about an order, newest first; MANAGER and up."""
    return ok(
        await service.read_notes(session, actor=actor, order_id=OrderId(order_id), now=clock.now())
    )


@router.post("/orders/{order_id}/notes", status_code=201, response_model=Envelope[Note])
async def add_note(
    *, order_id: UUID, body: NoteBody, actor: SignedIn, session: Db, once: OnceDep
) -> Response:
    """Notes something about an order that its buyer never sees; MANAGER and up."""

    async def write() -> Envelope[Note]:
        return ok(
            await service.add_note(
                session,
                actor=actor,
                order_id=OrderId(order_id),
                text=body.text,
                now=clock.now(),
            )
        )

    rights = partial(
        service.read_notes, session, actor=actor, order_id=OrderId(order_id), now=clock.now()
    )
    return await once(actor.user_id, write, rights=rights, status=201)


@router.get(
    "/organizations/{organization_id}/orders",
    responses=documented("OrderResponse", is_list=True, more={"buyer": _BUYER}),
)
async def list_sold_orders(
    *,
    organization_id: UUID,
    actor: SignedIn,
    session: Db,
    event_id: EventFilter = None,
    status: StatusFilter | None = None,
    refund: RefundFilter = None,
    q: Words = None,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> Response:
    """Orders of the organization's events, newest first; MANAGER and up.

    `q` is the id of an order or a ticket, the beginning of an e-mail, or part of a name;
    `refund=FAILED` those of which a refund failed and none was made since.
    """
    wanted = service.Wanted(
        organization_id=OrganizationId(organization_id),
        event_id=event_id,
        status=_status(status),
        words=q,
        is_refund_failed=refund is not None,
    )
    page, following = await service.list_orders(
        session,
        actor=actor,
        wanted=wanted,
        before=None if cursor is None else OrderId(cursor),
        limit=limit,
        now=clock.now(),
    )
    return answer_cursor(page, following=following)


@router.get(
    "/organizations/{organization_id}/orders/export.csv",
    response_class=Response,
    dependencies=[while_on(EXPORTS)],
)
async def export_orders(
    *,
    organization_id: UUID,
    actor: SignedIn,
    session: Db,
    runtime: RuntimeDep,
    step_up: StepUpDep,
    event_id: EventFilter = None,
    status: StatusFilter | None = None,
    refund: RefundFilter = None,
    q: Words = None,
) -> StreamingResponse:
    """The same as a file, RFC 4180, sent while it is read; what would compute is defused."""
    owner = OrganizationId(organization_id)
    rights = partial(service.require_manager, session, actor=actor, organization_id=owner)
    await rights()
    await step_up.require(rights=rights)
    wanted = service.Wanted(
        organization_id=owner,
        event_id=event_id,
        status=_status(status),
        words=q,
        is_refund_failed=refund is not None,
    )
    return StreamingResponse(
        service.export_csv(runtime.reads, wanted=wanted, now=clock.now()),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="orders-{organization_id}.csv"'},
    )


@router.get("/orders/{order_id}/evidence", response_class=Response)
async def read_evidence(*, order_id: UUID, actor: SignedIn, session: Db) -> Response:
    """What stands against a dispute, as PDF: order, deliveries, scans, terms; MANAGER and up."""
    evidence = await service.find_evidence(
        session, actor=actor, order_id=OrderId(order_id), now=clock.now()
    )
    name = f'attachment; filename="evidence-{evidence.dispute.dispute_id}.pdf"'
    return Response(
        await service.draw_evidence(evidence),
        media_type="application/pdf",
        headers={"Content-Disposition": name},
    )


@router.get("/admin/jobs")
async def list_failed_jobs(actor: SignedIn, session: Db) -> Envelope[list[FailedJob]]:
    """Jobs that used up their tries, newest first; ADMIN."""
    return ok(await service.list_failed(session, actor=actor))


@router.post("/admin/jobs/{job_id}/retry", status_code=204)
async def retry_job(job_id: str, actor: SignedIn, session: Db) -> None:
    """Gives one all its tries again; ADMIN."""
    await service.retry_failed(session, actor=actor, job_id=job_id)


@router.get("/admin/health")
async def stand(
    *, request: Request, actor: SignedIn, runtime: RuntimeDep, kinds: KindsDep
) -> Envelope[StandingView]:
    """Engines, versions, who is given up, and what waits for workers or for a person; ADMIN."""
    mates: Mates | None = request.scope.get(MATES)
    return ok(
        await service.stand(
            runtime,
            actor=actor,
            kinds=kinds,
            programs={} if mates is None else mates.roster.standings(),
            now=clock.now(),
        )
    )


@router.post("/admin/due", status_code=204)
async def decide(*, body: DueDeed, actor: SignedIn, session: Db, kinds: KindsDep) -> None:
    """Tries a stuck row of due work again, or takes one that has ended off the list; ADMIN."""
    await service.decide(session, actor=actor, kinds=kinds, body=body, now=clock.now())


def _status(given: StatusFilter | None) -> OrderStatus | None:
    return None if given is None else OrderStatus(given)
