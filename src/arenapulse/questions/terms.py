"""Words and limits of an organizer's questions."""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from uuid import UUID

QUESTIONS_MAX: Final = 20
RETIRED_MAX: Final = 60
OPTIONS_MAX: Final = 50
OPTION_CHARACTERS_MAX: Final = 100
TEXT_CHARACTERS_MAX: Final = 2_000
NUMBER_MAX: Final = 1_000_000_000
ANSWERED_MAX: Final = 500
"""Tickets that are answered for in one call: as many as an order may have."""

SEALED_FOR: Final = "ticket answers"


class QuestionKind(StrEnum):
    TEXT = "TEXT"
    CHOICE = "CHOICE"
    CHECKBOX = "CHECKBOX"
    NUMBER = "NUMBER"


class QuestionScope(StrEnum):
    """Asked once an order, or for each of its tickets."""

    ORDER = "ORDER"
    TICKET = "TICKET"


def answers_place(subject: UUID) -> str:
    """What the envelope of an order's or a ticket's answers is bound to."""
    return f"ticket_answers {subject}"
