"""Envelopes of answers, and whose name a ticket says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from arenapulse.core.ids import EventId, TicketId, UserId
from arenapulse.questions import queries
from arenapulse.questions.form import Filled
from arenapulse.questions.terms import SEALED_FOR, answers_place
from arenapulse.runtime.crypto import Keyring, keyring_of
from arenapulse.runtime.db import Database, Session


def sealed(keyring: Keyring, *, subject: UUID, given: Filled) -> bytes:
    """Names and answers may be anybody's allergy: nobody who reads the table reads them."""
    return keyring.seal(
        msgspec.json.encode(given), purpose=SEALED_FOR, bound_to=answers_place(subject)
    )


def opened(keyring: Keyring, envelopes: Mapping[UUID, bytes]) -> dict[UUID, Filled]:
    return {
        subject: msgspec.json.decode(
            keyring.open(envelope, purpose=SEALED_FOR, bound_to=answers_place(subject)),
            type=Filled,
        )
        for subject, envelope in envelopes.items()
    }


async def given_of(session: Session, *, subjects: Sequence[UUID]) -> dict[UUID, Filled]:
    """What was answered for these orders and tickets."""
    envelopes = await queries.answers_of(session, subjects=subjects)
    return opened(keyring_of(session), envelopes)


async def holder_name(session: Session, *, event_id: EventId, ticket: TicketId) -> str | None:
    """The name that a ticket says, where the event's tickets are somebody's."""
    if not (await queries.form(session, event_id=event_id)).holder_names:
        return None
    found = (await given_of(session, subjects=[ticket])).get(ticket)
    return None if found is None else found.name


async def holder_names(
    database: Database,
    *,
    actor: UserId,
    event_id: EventId,
    tickets: Sequence[TicketId] | None,
) -> dict[UUID, str]:
    """The same of some tickets of an event, or of all, for who stands at its gates."""
    async with database.transaction(actor=actor) as session:
        if not (await queries.form(session, event_id=event_id)).holder_names:
            return {}
        if tickets is not None:
            envelopes = await queries.answers_of(session, subjects=tickets)
        else:
            rows = await queries.answers_at(session, event_id=event_id)
            envelopes = {row["id"]: bytes(row["sealed"]) for row in rows}
        keyring = keyring_of(session)
    # Tens of thousands of envelopes take most of a second.
    found = await asyncio.to_thread(opened, keyring, envelopes)
    return {subject: each.name for subject, each in found.items() if each.name}
