"""The vendors' news: each piece once, in any order, and a message only ever goes up by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from arenapulse.core.errors import Invalid, MalformedBody
from arenapulse.core.ids import new_id
from arenapulse.notifications import queries
from arenapulse.notifications.delivery import SENDGRID, SUPPRESSES, TWILIO
from arenapulse.notifications.schemas import Heard
from arenapulse.notifications.terms import MessageStatus, Why
from arenapulse.runtime.db import Session

EVENTS_MAX: Final = 2_000
# Twilio's words for a number that said STOP, and for one that is none.
_TWILIO_STOPPED: Final = "21610"

_Name = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]
_Unix = Annotated[int, Meta(ge=0, le=99_999_999_999)]


class _MailEvent(msgspec.Struct, frozen=True):
    event: Annotated[str, Meta(max_length=64)]
    sg_event_id: _Name
    timestamp: _Unix
    sg_message_id: Annotated[str, Meta(max_length=255)] = ""
    message_id: Annotated[str, Meta(max_length=64)] = ""
    type: Annotated[str, Meta(max_length=64)] = ""
    reason: str = ""


_MAIL_EVENTS = msgspec.json.Decoder(
    Annotated[list[_MailEvent], Meta(max_length=EVENTS_MAX)], strict=False
)


def mail_events(payload: bytes) -> list[Heard]:
    """What SendGrid tells about messages of ours. Raises `Invalid` or `MalformedBody`."""
    try:
        events = _MAIL_EVENTS.decode(payload)
    except msgspec.ValidationError:
        raise Invalid.on("event", "is not a list of events of SendGrid") from None
    except msgspec.DecodeError:
        raise MalformedBody from None
    found: list[Heard] = []
    for event in events:
        message_id = queries.uuid_of(event.message_id)
        status = SENDGRID.get(event.event)
        if status is None or message_id is None:
            continue
        # A "blocked" bounce is a server's mood of the day, not a mailbox that is none.
        is_soft = event.event == "bounce" and event.type == "blocked"
        if is_soft:
            status = MessageStatus.FAILED
        found.append(
            Heard(
                vendor="sendgrid",
                event_key=event.sg_event_id,
                message_id=message_id,
                vendor_id=event.sg_message_id or None,
                status=status,
                at=dt.datetime.fromtimestamp(event.timestamp, dt.UTC),
                error_code="blocked" if is_soft else _code(event.event),
                suppresses=SUPPRESSES.get(status),
            )
        )
    return found


def text_event(form: Mapping[str, str], *, message: str, now: dt.datetime) -> list[Heard]:
    """What Twilio's callback tells about one message. Raises `Invalid`."""
    sid, word = form.get("MessageSid", ""), form.get("MessageStatus", "")
    message_id = queries.uuid_of(message)
    if not sid or not word or len(sid) > 64 or len(word) > 64:
        raise Invalid.on("MessageSid", "is not a status of Twilio")
    status = TWILIO.get(word)
    if status is None or message_id is None:
        return []
    code = form.get("ErrorCode", "")[:32] or None
    return [
        Heard(
            vendor="twilio",
            # Twilio gives its callbacks no id: a message has each state once.
            event_key=f"{sid}:{word}",
            message_id=message_id,
            vendor_id=sid,
            status=status,
            at=now,
            error_code=code,
            suppresses=Why.STOPPED if code == _TWILIO_STOPPED else None,
        )
    ]


async def hear(session: Session, *, news: Sequence[Heard], now: dt.datetime) -> int:
    """Takes what is new into the messages' states; how many pieces that were."""
    told_of = {one.message_id for one in news if one.message_id is not None}
    ours = await queries.lock(session, ids=told_of)
    about_ours = [one for one in news if one.message_id in ours]
    if not about_ours:
        return 0
    fresh = await queries.keep_news(session, news=about_ours, now=now)
    if not fresh:
        return 0
    await queries.rise(session, news=fresh, now=now)
    reasons = {
        heard.message_id: heard.suppresses
        for heard in fresh
        if heard.message_id is not None and heard.suppresses is not None
    }
    if reasons:
        ids = [new_id() for _ in reasons]
        await queries.suppress(session, reasons=reasons, ids=ids, now=now)
    return len(fresh)


def _code(event: str) -> str | None:
    return event if event in {"bounce", "dropped", "spamreport"} else None
