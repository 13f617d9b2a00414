"""The vendor's webhooks: a signed hint, kept once, looked into by a job."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from arenapulse.core.errors import NOT_JSON, Invalid, MalformedBody
from arenapulse.payments import queries, signature
from arenapulse.payments.errors import BadSignature
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs import enqueue

APPLY_TASK: Final = "payments.apply_event"

_Name = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]


class _Object(msgspec.Struct, frozen=True):
    id: _Name | None = None
    payment_intent: _Name | None = None


class _Data(msgspec.Struct, frozen=True):
    object: _Object


class _Event(msgspec.Struct, frozen=True):
    id: _Name
    type: _Name
    data: _Data

    @property
    def intent_id(self) -> str | None:
        """The intent it is about, itself or by the charge or refund that names it."""
        found = self.data.object
        if self.type.startswith("payment_intent."):
            return found.id
        return found.payment_intent


async def receive_event(
    session: Session,
    *,
    payload: bytes,
    header: str,
    secrets: Sequence[str],
    now: dt.datetime,
) -> bool:
    """Keeps an event and leaves its work to a job; False when it was there already.

    Raises `BadSignature`; for what is signed and still no event, `MalformedBody` or `Invalid`.
    """
    now_unix = int(now.timestamp())
    if not signature.is_valid(payload, header=header, secrets=secrets, now_unix=now_unix):
        raise BadSignature
    try:
        event = msgspec.json.decode(payload, type=_Event)
    except msgspec.ValidationError:
        raise Invalid.on("event", "is not an event of Stripe") from None
    except NOT_JSON:
        raise MalformedBody from None
    is_new = await queries.keep_event(
        session, event_id=event.id, kind=event.type, intent_id=event.intent_id, now=now
    )
    if is_new:
        await enqueue(session, APPLY_TASK, payload={"event_id": event.id})
    return is_new


async def apply_event(database: Database, *, event_id: str, now: dt.datetime) -> bool:
    """The intent is looked at again: what an event says may be old, and may come in any order.

    Says whether a charge waits for that and is due now.
    """
    async with database.transaction() as session:
        intent_id = await queries.handle_event(session, event_id=event_id, now=now)
        return intent_id is not None and await queries.poke(session, intent_id=intent_id, now=now)
