"""Questions as the organizer writes them, and answers as people give them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from arenapulse.events.schemas import Moment
from arenapulse.questions.terms import (
    ANSWERED_MAX,
    NUMBER_MAX,
    OPTION_CHARACTERS_MAX,
    OPTIONS_MAX,
    QUESTIONS_MAX,
    TEXT_CHARACTERS_MAX,
    QuestionKind,
    QuestionScope,
)
from arenapulse.runtime.web.envelope import ABSENT, Body, Name, OneLine, Text, View

_Bound = Annotated[int, Field(strict=True, ge=-NUMBER_MAX, le=NUMBER_MAX)]
_Written = Annotated[Text, StringConstraints(strict=True, max_length=TEXT_CHARACTERS_MAX)]
Given = Annotated[bool, Field(strict=True)] | _Bound | _Written
Answers = Annotated[dict[UUID, Given], Field(max_length=QUESTIONS_MAX)]


class QuestionBody(Body):
    """`options` of a CHOICE, `lengthMax` of a TEXT, `minimum` and `maximum` of a NUMBER.

    With the `id` of a question that is asked it stays that one, else it is a new one.
    """

    id: UUID | None = None
    text: Name
    kind: QuestionKind
    scope: QuestionScope
    required: bool = False
    options: Annotated[
        list[Annotated[str, OneLine(OPTION_CHARACTERS_MAX)]], Field(max_length=OPTIONS_MAX)
    ] = Field(default_factory=list[str])
    length_max: Annotated[int, Field(strict=True, ge=1, le=TEXT_CHARACTERS_MAX)] | None = None
    minimum: _Bound | None = None
    maximum: _Bound | None = None


class FormBody(Body):
    """All anew: a question that is left out is asked no more, and its answers stay.

    `answersUntil` null: until the event starts.
    """

    holder_names: bool = False
    answers_until: Moment | None = None
    questions: Annotated[list[QuestionBody], Field(max_length=QUESTIONS_MAX)] = Field(
        default_factory=list[QuestionBody]
    )


class QuestionView(View):
    """`retired`: asked no more, shown where it was answered."""

    id: UUID
    text: str
    kind: QuestionKind
    scope: QuestionScope
    required: bool
    options: list[str]
    length_max: int | None
    minimum: int | None
    maximum: int | None
    retired: bool


class FormView(View):
    event_id: UUID
    holder_names: bool
    answers_until: dt.datetime | None
    questions: list[QuestionView]


class FilledBody(Body):
    """One ticket's: `name` where tickets are somebody's, `answers` by the questions' ids."""

    name: Name = ABSENT
    answers: Answers = Field(default_factory=dict[UUID, Given])


class TicketFilledBody(FilledBody):
    ticket_id: UUID


class AnswersBody(Body):
    """`answers` of the order, and of those tickets that are named; the others stay as they are.

    What is named is written anew, so all that must be answered of it is.
    """

    answers: Answers = ABSENT
    tickets: Annotated[list[TicketFilledBody], Field(max_length=ANSWERED_MAX)] = Field(
        default_factory=list[TicketFilledBody]
    )


class TicketAnswers(View):
    """`complete`: nothing is left that must be answered for it."""

    ticket_id: UUID
    section_id: UUID
    row: str | None
    seat: int | None
    name: str | None
    answers: dict[UUID, bool | int | str]
    complete: bool


class OrderAnswers(View):
    """What an order's event asks, and what was answered; of the tickets that are not passed on.

    `open`: it may be answered until `openUntil`.
    """

    order_id: UUID
    form: FormView
    open: bool
    open_until: dt.datetime
    complete: bool
    answers: dict[UUID, bool | int | str]
    tickets: list[TicketAnswers]


class HolderAnswers(View):
    """What the event asks of a ticket's holder, and what they answered."""

    form: FormView
    open: bool
    open_until: dt.datetime
    ticket: TicketAnswers
