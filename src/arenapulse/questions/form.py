"""What an event asks of who comes, and whether what somebody answered fits it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from arenapulse.core.errors import Invalid
from arenapulse.questions.terms import TEXT_CHARACTERS_MAX, QuestionKind, QuestionScope

Value = bool | int | str


class Question(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`is_retired`: asked no more, and still shown where it was answered."""

    id: UUID
    text: str
    kind: QuestionKind
    scope: QuestionScope
    required: bool = False
    options: tuple[str, ...] = ()
    length_max: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    is_retired: bool = False


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """`holder_names`: each ticket is somebody's by name."""

    holder_names: bool = False
    answers_until: dt.datetime | None = None
    questions: tuple[Question, ...] = ()

    def asked(self, scope: QuestionScope) -> list[Question]:
        return [each for each in self.questions if each.scope is scope and not each.is_retired]

    @property
    def is_empty(self) -> bool:
        return not self.holder_names and all(each.is_retired for each in self.questions)


class Filled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was answered for one order or ticket, by the ids of the questions."""

    name: str | None = None
    answers: dict[str, Value] = {}


def renewed(former: Sequence[Question], *, asked: Sequence[Question]) -> tuple[Question, ...]:
    """The questions that are asked from now on, and behind them those that were.

    Raises `Invalid` where one with a known id would be another question.
    """
    known = {each.id: each for each in former}
    for n, each in enumerate(asked):
        before = known.pop(each.id, None)
        if before is not None and (before.kind, before.scope) != (each.kind, each.scope):
            field = "kind" if before.kind is not each.kind else "scope"
            raise Invalid.on(f"questions.{n}.{field}", "stays as it is: ask a new question")
    retired = (msgspec.structs.replace(each, is_retired=True) for each in known.values())
    return (*asked, *retired)


def filled(
    form: Form,
    *,
    scope: QuestionScope,
    name: str | None,
    answers: Mapping[UUID, Value],
    at: str,
) -> Filled:
    """What is kept of it; raises `Invalid` on the field that does not fit, from `at` on."""
    is_named = form.holder_names and scope is QuestionScope.TICKET
    if name is not None and not is_named:
        raise Invalid.on(f"{at}name", "is not asked for")
    if name is None and is_named:
        raise Invalid.on(f"{at}name", "must say who comes")
    asked = {each.id: each for each in form.asked(scope)}
    for question_id in answers:
        if question_id not in asked:
            raise Invalid.on(f"{at}answers.{question_id}", "is no question of this event")
    kept: dict[str, Value] = {}
    for question in asked.values():
        field = f"{at}answers.{question.id}"
        value = _judged(question, answers.get(question.id), field=field)
        if value is not None:
            kept[str(question.id)] = value
        elif question.required:
            raise Invalid.on(field, "must be answered")
    return Filled(name=name, answers=kept)


def is_complete(form: Form, *, scope: QuestionScope, given: Filled | None) -> bool:
    """Whether all that must be answered is."""
    answers = {} if given is None else given.answers
    if scope is QuestionScope.TICKET and form.holder_names and (given is None or not given.name):
        return False
    return all(str(each.id) in answers for each in form.asked(scope) if each.required)


def _judged(question: Question, value: Value | None, *, field: str) -> Value | None:
    """The answer as it is kept, None for none."""
    if value is None:
        return None
    match question.kind:
        case QuestionKind.CHECKBOX:
            if not isinstance(value, bool):
                raise Invalid.on(field, "must be true or false")
            # What must be ticked is not answered by a no.
            return value or (None if question.required else False)
        case QuestionKind.NUMBER:
            return _number(question, value, field=field)
        case QuestionKind.CHOICE:
            if value not in question.options:
                raise Invalid.on(field, "must be one of the options")
            return value
        case QuestionKind.TEXT:
            return _text(question, value, field=field)


def _number(question: Question, value: Value, *, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid.on(field, "must be a whole number")
    if question.minimum is not None and value < question.minimum:
        raise Invalid.on(field, f"must be at least {question.minimum}")
    if question.maximum is not None and value > question.maximum:
        raise Invalid.on(field, f"must be at most {question.maximum}")
    return value


def _text(question: Question, value: Value, *, field: str) -> str | None:
    if not isinstance(value, str):
        raise Invalid.on(field, "must be text")
    most = question.length_max or TEXT_CHARACTERS_MAX
    text = value.strip()
    if len(text) > most:
        raise Invalid.on(field, f"must have at most {most} characters")
    return text or None
