"""`tell`: a message is a row, written in the transaction of what it tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final
from uuid import UUID

import msgspec

from arenapulse.core import clock
from arenapulse.core.errors import InvariantBroken
from arenapulse.core.ids import new_id
from arenapulse.notifications import queries, wording
from arenapulse.notifications.catalogue import TEMPLATES
from arenapulse.notifications.queries import Row, numbers
from arenapulse.notifications.schemas import About, NewMessage, To
from arenapulse.notifications.terms import (
    ADDRESS_CHARACTERS_MAX,
    KEY_CHARACTERS_MAX,
    MESSAGES_PER_CALL_MAX,
    NAME_CHARACTERS_MAX,
    SEALED_LANES,
    Channel,
    recipient_place,
)
from arenapulse.runtime.crypto import keyring_of
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import enqueue

SEND_TASK: Final = "notifications.send_due"
SEALED_FOR: Final = "message values"


def values_place(message_id: UUID) -> str:
    """What the envelope of a message's values is bound to."""
    return f"messages {message_id}"


async def tell(
    session: Session,
    *,
    template: str,
    to: To,
    values: Mapping[str, object],
    key: str,
    about: About | None = None,
) -> int:
    """Tells somebody something, once for each `key`, if the transaction commits.

    A mail where an address is known, and a text message where a number is, for who asked for
    them, if the template has one. What `values` must hold stands in `catalogue`: what is missing
    fails the message when it is sent, never the transaction. How many messages are new.
    """
    new = NewMessage(template=template, to=to, key=key, values=values, about=about or About())
    return await tell_all(session, [new])


async def tell_all(session: Session, messages: Iterable[NewMessage]) -> int:
    """`tell` for thousands, a statement for each `MESSAGES_PER_CALL_MAX`."""
    now, added = clock.now(), 0
    rows = (row for new in messages for row in _rows(session, new, now=now))
    while batch := list(islice(rows, MESSAGES_PER_CALL_MAX)):
        added += await queries.add(session, rows=batch)
    if added:
        # One that runs already looks again before it ends, and a loop looks every second.
        await enqueue(session, SEND_TASK, dedupe_key=SEND_TASK)
    return added


def _rows(session: Session, new: NewMessage, *, now: dt.datetime) -> Iterator[Row]:
    kind = TEMPLATES.get(new.template)
    if kind is None or len(new.key) > KEY_CHARACTERS_MAX:
        raise InvariantBroken(f"no such template or too long a key: {new.template} {new.key}")
    content = msgspec.json.encode(new.values)
    for channel, address in _addresses(new):
        message_id, recipient, sealed, envelope = new_id(), address, None, None
        if channel is Channel.SMS:
            recipient, envelope = numbers.sealed(
                session, number=address, place=recipient_place(message_id)
            )
        if kind.is_secret:
            sealed = keyring_of(session).seal(
                content, purpose=SEALED_FOR, bound_to=values_place(message_id)
            )
        yield (
            message_id,
            new.key if channel is Channel.EMAIL else f"{new.key}:sms",
            channel.value,
            new.template,
            new.to.locale,
            recipient,
            envelope,
            wording.one_line(new.to.name)[:NAME_CHARACTERS_MAX],
            new.to.user_id,
            new.about.organization_id,
            new.about.event_id,
            new.about.order_id,
            new.about.campaign_id,
            int(new.priority) + (SEALED_LANES if channel is Channel.SMS else 0),
            "{}" if kind.is_secret else content.decode(),
            sealed,
            new.send_at or now,
            new.send_at,
            now,
        )


def _addresses(new: NewMessage) -> Sequence[tuple[Channel, str]]:
    found: list[tuple[Channel, str]] = []
    if new.to.email and Channel.EMAIL in new.channels:
        assert len(new.to.email) <= ADDRESS_CHARACTERS_MAX
        found.append((Channel.EMAIL, new.to.email))
    if new.to.phone and Channel.SMS in new.channels and wording.has_sms(new.template):
        found.append((Channel.SMS, new.to.phone))
    return found
