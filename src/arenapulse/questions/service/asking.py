"""What an event asks of who comes."""

from __future__ import annotations

from uuid import UUID

from arenapulse.core.errors import Invalid
from arenapulse.core.ids import EventId, new_id
from arenapulse.core.names import key
from arenapulse.events import service as events
from arenapulse.identity.schemas import Actor
from arenapulse.questions import queries
from arenapulse.questions.errors import TooManyQuestions
from arenapulse.questions.form import Form, Question, renewed
from arenapulse.questions.schemas import FormBody, FormView, QuestionBody, QuestionView
from arenapulse.questions.terms import QUESTIONS_MAX, RETIRED_MAX, QuestionKind
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session

OPTIONS_MIN = 2


async def read_form(session: Session, *, actor: Actor | None, event_id: EventId) -> FormView:
    """What is asked, for whoever sees the event. Raises `EventNotFound`."""
    await events.get_for(session, actor=actor, event_id=event_id)
    return form_view(event_id, await queries.form(session, event_id=event_id))


async def write_form(
    session: Session, *, actor: Actor, event_id: EventId, body: FormBody
) -> FormView:
    """Asks this from now on; for MANAGER and up. Answers that were given stay.

    Raises `EventNotFound`, `Forbidden`, `Invalid`, `TooManyQuestions`.
    """
    event = await events.get_to_change(session, actor=actor, event_id=event_id)
    if body.answers_until is not None and body.answers_until > event.end_time:
        raise Invalid.on("answersUntil", "must not lie after the event")
    former = await queries.form(session, event_id=event_id, locked=True)
    known = {each.id for each in former.questions}
    asked = [_question(each, n=n, known=known) for n, each in enumerate(body.questions)]
    for n, each in enumerate(asked):
        if any(each.id == other.id for other in asked[:n]):
            raise Invalid.on(f"questions.{n}.id", "is there twice")
    form = Form(
        holder_names=body.holder_names,
        answers_until=body.answers_until,
        questions=renewed(former.questions, asked=asked),
    )
    if len(form.questions) > QUESTIONS_MAX + RETIRED_MAX:
        raise TooManyQuestions
    await queries.keep_form(
        session, event_id=event_id, organization_id=event.organization_id, form=form
    )
    await audit(
        session,
        organization_id=event.organization_id,
        action="event.questions",
        subject_id=event_id,
        details={"before": _asked(former), "after": _asked(form)},
    )
    return form_view(event_id, form)


def _asked(form: Form) -> dict[str, object]:
    """What the log says of it: what is asked stands in the form, retired questions too."""
    return {
        "holderNames": form.holder_names,
        "questions": [str(each.id) for each in form.questions if not each.is_retired],
    }


def form_view(event_id: EventId, form: Form) -> FormView:
    return FormView(
        event_id=event_id,
        holder_names=form.holder_names,
        answers_until=form.answers_until,
        questions=[
            QuestionView(
                id=each.id,
                text=each.text,
                kind=each.kind,
                scope=each.scope,
                required=each.required,
                options=list(each.options),
                length_max=each.length_max,
                minimum=each.minimum,
                maximum=each.maximum,
                retired=each.is_retired,
            )
            for each in form.questions
        ],
    )


def _question(body: QuestionBody, *, n: int, known: set[UUID]) -> Question:
    at = f"questions.{n}"
    if body.id is not None and body.id not in known:
        raise Invalid.on(f"{at}.id", "is no question of this event: leave it out")
    bounds = {
        "options": (body.options or None, QuestionKind.CHOICE),
        "lengthMax": (body.length_max, QuestionKind.TEXT),
        "minimum": (body.minimum, QuestionKind.NUMBER),
        "maximum": (body.maximum, QuestionKind.NUMBER),
    }
    for field, (given, kind) in bounds.items():
        if given is not None and body.kind is not kind:
            raise Invalid.on(f"{at}.{field}", f"is for {kind} alone")
    if body.kind is QuestionKind.CHOICE:
        if len(body.options) < OPTIONS_MIN:
            raise Invalid.on(f"{at}.options", f"must be at least {OPTIONS_MIN}")
        if len({key(each) for each in body.options}) < len(body.options):
            raise Invalid.on(f"{at}.options", "must all be different")
    if body.minimum is not None and body.maximum is not None and body.maximum < body.minimum:
        raise Invalid.on(f"{at}.maximum", "must not lie below the minimum")
    return Question(
        id=body.id or new_id(),
        text=body.text,
        kind=body.kind,
        scope=body.scope,
        required=body.required,
        options=tuple(body.options),
        length_max=body.length_max,
        minimum=body.minimum,
        maximum=body.maximum,
    )
