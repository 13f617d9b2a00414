"""An organizer's questions, and the answers of who comes."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import EventId, OrderId, TicketId
from arenapulse.flags.switches import while_on
from arenapulse.flags.terms import EXPORTS
from arenapulse.identity.access import Holder, SignedIn, SignedInPerson, StepUpDep, Visitor
from arenapulse.questions import service
from arenapulse.questions.schemas import (
    AnswersBody,
    FilledBody,
    FormBody,
    FormView,
    HolderAnswers,
    OrderAnswers,
)
from arenapulse.runtime.sheets import csv_text, xlsx
from arenapulse.runtime.web.deps import Db, RuntimeDep
from arenapulse.runtime.web.envelope import Envelope, ok

router = APIRouter(prefix="/api/v1", tags=["questions"])

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/events/{event_id}/questions")
async def read_questions(event_id: UUID, actor: Visitor, session: Db) -> Envelope[FormView]:
    """What the event asks of who comes, and whether tickets are somebody's by name."""
    return ok(await service.read_form(session, actor=actor, event_id=EventId(event_id)))


@router.put("/events/{event_id}/questions")
async def write_questions(
    event_id: UUID, body: FormBody, actor: SignedIn, session: Db
) -> Envelope[FormView]:
    """Asks this from now on; answers that were given stay. MANAGER and up."""
    return ok(await service.write_form(session, actor=actor, event_id=EventId(event_id), body=body))


@router.get("/orders/{order_id}/answers")
async def read_answers(order_id: UUID, actor: Holder, session: Db) -> Envelope[OrderAnswers]:
    """What was answered for an order and its tickets: for its buyer, and for MANAGER and up."""
    return ok(
        await service.read_order(session, actor=actor, order_id=OrderId(order_id), now=clock.now())
    )


@router.put("/orders/{order_id}/answers")
async def write_answers(
    order_id: UUID, body: AnswersBody, actor: Holder, session: Db
) -> Envelope[OrderAnswers]:
    """Answers for the order, or some of its tickets, before or after it is paid.

    Its buyer until `openUntil`; MANAGER and up at any time.
    """
    return ok(
        await service.answer_order(
            session, actor=actor, order_id=OrderId(order_id), body=body, now=clock.now()
        )
    )


@router.get("/tickets/{ticket_id}/answers")
async def read_ticket_answers(
    ticket_id: UUID, actor: SignedIn, session: Db
) -> Envelope[HolderAnswers]:
    """What is asked of the holder of a ticket, one that was passed on too."""
    return ok(
        await service.read_ticket(
            session, holder=actor.user_id, ticket=TicketId(ticket_id), now=clock.now()
        )
    )


@router.put("/tickets/{ticket_id}/answers")
async def write_ticket_answers(
    ticket_id: UUID, body: FilledBody, actor: SignedInPerson, session: Db
) -> Envelope[HolderAnswers]:
    """Answers for a ticket that one holds."""
    return ok(
        await service.answer_ticket(
            session,
            holder=actor.user_id,
            ticket=TicketId(ticket_id),
            body=body,
            now=clock.now(),
        )
    )


@router.get(
    "/events/{event_id}/attendees/export.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
    dependencies=[while_on(EXPORTS)],
)
async def export_attendees_csv(
    *, event_id: UUID, actor: SignedIn, session: Db, runtime: RuntimeDep, step_up: StepUpDep
) -> Response:
    """Who comes, a line a ticket, with their answers; what would compute is defused. MANAGER."""
    await _judge(event_id, actor=actor, session=session, step_up=step_up)
    sheet = await service.attendees(runtime.database, event_id=EventId(event_id))
    return _file(await asyncio.to_thread(csv_text, sheet), name=f"{event_id}.csv", kind="text/csv")


@router.get(
    "/events/{event_id}/attendees/export.xlsx",
    response_class=Response,
    responses={200: {"content": {_XLSX: {}}}},
    dependencies=[while_on(EXPORTS)],
)
async def export_attendees_xlsx(
    *, event_id: UUID, actor: SignedIn, session: Db, runtime: RuntimeDep, step_up: StepUpDep
) -> Response:
    """The same as a workbook; text is never a formula. MANAGER and up."""
    await _judge(event_id, actor=actor, session=session, step_up=step_up)
    sheet = await service.attendees(runtime.database, event_id=EventId(event_id))
    return _file(await asyncio.to_thread(xlsx, [sheet]), name=f"{event_id}.xlsx", kind=_XLSX)


async def _judge(event_id: UUID, *, actor: SignedIn, session: Db, step_up: StepUpDep) -> None:
    rights = partial(service.require_manager, session, actor=actor, event_id=EventId(event_id))
    await rights()
    await step_up.require(rights=rights)


def _file(content: str | bytes, *, name: str, kind: str) -> Response:
    named = {"content-disposition": f'attachment; filename="attendees-{name}"'}
    return Response(content, media_type=kind, headers=named)
