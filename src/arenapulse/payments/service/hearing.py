"""The vendor's webhooks: a signed hint, kept once, looked into by a job."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Final, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta

from arenapulse.core.errors import NOT_JSON, Invalid, MalformedBody
from arenapulse.orders.news import SaleNews
from arenapulse.payments import queries, signature
from arenapulse.payments.errors import BadSignature
from arenapulse.payments.gateway import Dispute, Gateway, GatewayRefused, Refund, Warned
from arenapulse.payments.queries import inbox
from arenapulse.payments.schemas import Heard
from arenapulse.payments.service.disputing import heed_warning, note_dispute, note_undone
from arenapulse.runtime import log
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs import enqueue, enqueue_all

APPLY_TASK: Final = "payments.apply_event"
NEWS_TASK: Final = "payments.hear_of_intents"
CHARGE_TASK: Final = "payments.charge_due"

_log = log.logger("payments")

_Look: TypeAlias = Callable[[Gateway, str], Awaitable[Dispute | Warned | Refund]]
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


class Letter(NamedTuple):
    """A webhook as it came: its raw body and its signature."""

    payload: bytes
    header: str


async def receive_events(
    session: Session, *, letters: Sequence[Letter], secrets: Sequence[str], now: dt.datetime
) -> int:
    """Keeps events and leaves their work to jobs; how many were not there already.

    Raises `BadSignature`; for what is signed and still no event, `MalformedBody` or `Invalid`.
    """
    new = await _keep(session, letters=letters, secrets=secrets, now=now)
    plain = [event_id for event_id, event in new.items() if _look_of(event) is None]
    if plain:
        # The one alone is what a worker of before, beside us during a release, reads.
        await enqueue(session, NEWS_TASK, payload={"event_id": plain[0], "event_ids": plain})
    await _look_into(session, [event_id for event_id in new if event_id not in plain])
    return len(new)


async def hear_twin(
    session: Session, *, letters: Sequence[Letter], secrets: Sequence[str], now: dt.datetime
) -> None:
    """The same for the twin's, which a worker's job brings: what is plain is done at once."""
    new = await _keep(session, letters=letters, secrets=secrets, now=now)
    plain = [event_id for event_id, event in new.items() if _look_of(event) is None]
    if plain and await inbox.hear_of_intents(session, event_ids=plain, now=now):
        await enqueue(session, CHARGE_TASK)
    await _look_into(session, [event_id for event_id in new if event_id not in plain])


async def _keep(
    session: Session, *, letters: Sequence[Letter], secrets: Sequence[str], now: dt.datetime
) -> dict[str, Heard]:
    """Those that were not there already."""
    read = [(_read(letter, secrets=secrets, now=now), letter.payload) for letter in letters]
    new = await inbox.keep_events(session, events=read, now=now)
    return {event.event_id: event for event, _ in read if event.event_id in new}


async def _look_into(session: Session, event_ids: Sequence[str]) -> None:
    await enqueue_all(session, APPLY_TASK, payloads=[{"event_id": name} for name in event_ids])


def _read(letter: Letter, *, secrets: Sequence[str], now: dt.datetime) -> Heard:
    now_unix = int(now.timestamp())
    if not signature.is_valid(
        letter.payload, header=letter.header, secrets=secrets, now_unix=now_unix
    ):
        raise BadSignature
    try:
        event = msgspec.json.decode(letter.payload, type=_Event)
    except msgspec.ValidationError:
        raise Invalid.on("event", "is not an event of Stripe") from None
    except NOT_JSON:
        raise MalformedBody from None
    return Heard(event.id, event.type, event.intent_id, event.data.object.id)


async def hear_of_intents(
    database: Database, *, event_ids: Sequence[str], now: dt.datetime
) -> bool:
    """Charges that news are about are asked for again; says whether any waits for that."""
    async with database.transaction() as session:
        return await inbox.hear_of_intents(session, event_ids=event_ids, now=now) > 0


async def apply_event(
    database: Database, *, event_id: str, gateway: Gateway, now: dt.datetime, news: SaleNews
) -> bool:
    """What an event names is looked up: what it says may be old, and may come in any order.

    Says whether a charge waits for that and is due now. Raises `GatewayAway`.
    """
    async with database.transaction() as session:
        event = await inbox.waiting_event(session, event_id=event_id)
        if event is None:
            return False
        look = _look_of(event)
        if look is None or event.object_id is None:
            return await _handled(session, event, now=now)
    found: Dispute | Warned | Refund | None = None
    try:
        found = await look(gateway, event.object_id)
    except GatewayRefused as refused:
        _log.error("the gateway does not know it", event=event_id, code=refused.code)
    async with database.transaction() as session:
        if not await inbox.event_handled(session, event_id=event_id, now=now):
            return False
        match found:
            case Dispute():
                await note_dispute(session, dispute=found, now=now, news=news)
            case Warned():
                await heed_warning(session, warned=found, now=now)
            case Refund():
                await note_undone(session, refund=found, now=now)
            case None:
                pass
    return False


async def _handled(session: Session, event: Heard, *, now: dt.datetime) -> bool:
    """News of an intent: its charge is asked for again, if it waits."""
    if not await inbox.event_handled(session, event_id=event.event_id, now=now):
        return False
    intent_id = event.intent_id
    return intent_id is not None and await queries.poke(session, intent_id=intent_id, now=now)


def _look_of(event: Heard) -> _Look | None:
    """How what an event names is looked up; None for news of an intent, or of nothing of ours."""
    return next((look for kind, look in _LOOKS.items() if event.kind.startswith(kind)), None)


_LOOKS: Final[Mapping[str, _Look]] = {
    "charge.dispute.": lambda gateway, name: gateway.dispute(name),
    "radar.early_fraud_warning.": lambda gateway, name: gateway.warning(name),
    "refund.": lambda gateway, name: gateway.refund_state(name),
    "charge.refund.": lambda gateway, name: gateway.refund_state(name),
}
