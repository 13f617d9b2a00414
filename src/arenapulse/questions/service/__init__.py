"""Use cases of questions and answers."""

from __future__ import annotations

from arenapulse.questions.service.answering import (
    answer_order,
    answer_ticket,
    read_order,
    read_ticket,
)
from arenapulse.questions.service.asking import read_form, write_form
from arenapulse.questions.service.keeping import PersonalAnswers, forget_unsold
from arenapulse.questions.service.listing import attendees, require_manager
from arenapulse.questions.service.naming import holder_name, holder_names

__all__ = [
    "PersonalAnswers",
    "answer_order",
    "answer_ticket",
    "attendees",
    "forget_unsold",
    "holder_name",
    "holder_names",
    "read_form",
    "read_order",
    "read_ticket",
    "require_manager",
    "write_form",
]
