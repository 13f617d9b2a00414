"""All SQL of questions and answers, by the driver."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.questions.form import Form, Question
from arenapulse.runtime.db import Session


async def form(session: Session, *, event_id: EventId, locked: bool = False) -> Form:
    """What the event asks; nothing where nobody said."""
    query = f"{_FORM} FOR NO KEY UPDATE" if locked else _FORM
    row = await (await session.driver()).fetchrow(query, event_id)
    if row is None:
        return Form()
    return Form(
        holder_names=row["holder_names"],
        answers_until=row["answers_until"],
        questions=msgspec.json.decode(row["questions"], type=tuple[Question, ...]),
    )


async def keep_form(
    session: Session, *, event_id: EventId, organization_id: OrganizationId, form: Form
) -> None:
    await (await session.driver()).execute(
        _KEEP_FORM,
        *(event_id, organization_id, form.holder_names, form.answers_until),
        msgspec.json.encode(form.questions).decode(),
    )


async def answers_of(session: Session, *, subjects: Sequence[UUID]) -> dict[UUID, bytes]:
    """Envelopes by the id of the order or the ticket."""
    rows = await (await session.driver()).fetch(_ANSWERS, subjects)
    return {row["id"]: bytes(row["sealed"]) for row in rows}


async def answers_at(session: Session, *, event_id: EventId) -> list[asyncpg.Record]:
    """Columns: id, sealed."""
    return await (await session.driver()).fetch(_ANSWERS_AT, event_id)


async def keep_answers(
    session: Session,
    *,
    event_id: EventId,
    organization_id: OrganizationId,
    sealed: Mapping[UUID, bytes],
    now: dt.datetime,
) -> None:
    # In one order, as every one who locks several.
    subjects = sorted(sealed)
    await (await session.driver()).execute(
        _KEEP, event_id, organization_id, subjects, [sealed[each] for each in subjects], now
    )


async def forget(session: Session, *, subjects: Sequence[UUID]) -> None:
    await (await session.driver()).execute(_FORGET, subjects)


async def answered_between(
    session: Session, *, after: UUID, since: dt.datetime, until: dt.datetime, limit: int
) -> list[UUID]:
    """Orders and tickets that were answered for in that time, by id."""
    rows = await (await session.driver()).fetch(_BETWEEN, after, since, until, limit)
    return [row["id"] for row in rows]


_FORM: Final = (
    "SELECT holder_names, answers_until, questions::TEXT AS questions FROM event_questions "
    "WHERE event_id = $1"
)
_KEEP_FORM: Final = """
INSERT INTO event_questions (event_id, organization_id, holder_names, answers_until, questions)
  VALUES ($1, $2, $3, $4, $5::TEXT::JSONB)
  ON CONFLICT (event_id) DO UPDATE SET holder_names = EXCLUDED.holder_names,
    answers_until = EXCLUDED.answers_until, questions = EXCLUDED.questions
"""
_ANSWERS: Final = "SELECT id, sealed FROM ticket_answers WHERE id = ANY ($1)"
_ANSWERS_AT: Final = "SELECT id, sealed FROM ticket_answers WHERE event_id = $1"
_KEEP: Final = """
INSERT INTO ticket_answers (id, event_id, organization_id, sealed, answered_at)
  SELECT x.id, $1, $2, x.sealed, $5 FROM unnest($3::UUID[], $4::BYTEA[]) x(id, sealed)
  ON CONFLICT (id) DO UPDATE SET sealed = EXCLUDED.sealed, answered_at = EXCLUDED.answered_at
"""
_FORGET: Final = "DELETE FROM ticket_answers WHERE id = ANY ($1)"
_BETWEEN: Final = """
SELECT id FROM ticket_answers WHERE id > $1 AND answered_at >= $2 AND answered_at < $3
  ORDER BY id LIMIT $4
"""
