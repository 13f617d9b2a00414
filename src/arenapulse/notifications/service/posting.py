"""One message to its carrier, or one question about it: what became of it.

What was handed over and has no answer is in doubt: its vendor is asked, or tells us by a webhook,
before it is sent a second time. Only a vendor that can tell nobody, or cannot tell for ten minutes,
is handed it again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from arenapulse.core import clock
from arenapulse.notifications import wording
from arenapulse.notifications.carrier import (
    CannotTell,
    Carrier,
    InDoubt,
    Mailer,
    NotTaken,
    Refused,
    Texter,
)
from arenapulse.notifications.catalogue import TEMPLATES
from arenapulse.notifications.quiet import awake_after
from arenapulse.notifications.schemas import Letter, Outgoing, TextMessage
from arenapulse.notifications.segments import segments
from arenapulse.notifications.service.pausing import Rest, backoff
from arenapulse.notifications.service.telling import SEALED_FOR, values_place
from arenapulse.notifications.terms import READER_ZONE, Channel, MessageStatus, Why
from arenapulse.runtime import log
from arenapulse.runtime.crypto import Keyring

DOUBTS_MAX: Final = 100
CALL_SECONDS_MAX: Final = 20.0
# Webhooks are given this long to end a doubt before the vendor is asked.
DOUBT_FIRST: Final = dt.timedelta(seconds=20)
DOUBT_AGAIN: Final = dt.timedelta(seconds=30)
DOUBT_MAX: Final = dt.timedelta(minutes=10)
FORGIVEN_TRIES: Final = 3
# Doubts that come up together are one question.
GATHER_SECONDS: Final = 0.05

Ready: TypeAlias = "Letter | TextMessage"

_log = log.logger("notifications")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one message; the first that is set counts."""

    sent: tuple[str, int | None] | None = None
    ended: tuple[MessageStatus, str] | None = None
    suppresses: Why | None = None
    later: tuple[dt.datetime, bool, str] | None = None


@dataclass(slots=True)
class Carriers:
    """In the order in which they are asked; a worker fills them in."""

    mailers: Sequence[Mailer] = ()
    texters: Sequence[Texter] = ()
    rests: dict[str, Rest] = field(default_factory=dict[str, Rest])

    def named(self, channel: Channel, name: str | None) -> Carrier[Any] | None:
        return next((one for one in self.of(channel) if one.name == name), None)

    def of(self, channel: Channel) -> Sequence[Carrier[Any]]:
        return self.mailers if channel is Channel.EMAIL else self.texters

    def open(self, channel: Channel, *, now: dt.datetime) -> Carrier[Any] | None:
        """The first that does not rest."""
        for carrier in self.of(channel):
            if self.rest(carrier.name).allows(now):
                return carrier
        return None

    def rest(self, name: str) -> Rest:
        return self.rests.setdefault(name, Rest())


class Post:
    """What is done with one message; one a process."""

    def __init__(
        self, *, keyring: Keyring, carriers: Carriers, now: Callable[[], dt.datetime] = clock.now
    ) -> None:
        self._keyring = keyring
        self.carriers = carriers
        self.now = now
        self._questions: dict[str, _Question] = {}

    async def send(self, message: Outgoing) -> Outcome:
        carrier = self.carriers.named(message.channel, message.vendor)
        if carrier is None:
            return self._without_carrier(message)
        rest = self.carriers.rest(carrier.name)
        if not rest.allows(self.now()) and rest.until is not None:
            # It began to rest while this one waited for its turn.
            return Outcome(later=self._later(message, rest.until, "resting"))
        try:
            ready = self._ready(message)
        except wording.CannotSay as error:
            # Loudly: somebody has to change something, and no half-empty mail goes out.
            _log.error("message cannot be put into words", id=str(message.id), why=str(error))
            return Outcome(ended=(MessageStatus.FAILED, "template"))
        if isinstance(ready, Outcome):
            return ready
        if (morning := self._morning(message)) is not None:
            return Outcome(later=(morning, False, "night"))
        return await self._hand_over(message, ready, carrier=carrier)

    def _without_carrier(self, message: Outgoing) -> Outcome:
        """Nobody carries this channel here, so nothing waits for it; or all of them rest."""
        if not self.carriers.of(message.channel):
            return Outcome(ended=(MessageStatus.FAILED, "no_vendor"))
        return Outcome(later=(self.now() + backoff(1), False, "resting"))

    async def _hand_over(
        self, message: Outgoing, ready: Ready, *, carrier: Carrier[Any]
    ) -> Outcome:
        rest = self.carriers.rest(carrier.name)
        try:
            async with asyncio.timeout(CALL_SECONDS_MAX):
                vendor_id = await carrier.send(ready)
        except Refused as refused:
            rest.answered()
            _log.warning("message refused", id=str(message.id), code=refused.code)
            return Outcome(
                ended=(MessageStatus.FAILED, refused.code),
                suppresses=refused.suppresses,
            )
        except NotTaken as away:
            is_news = rest.allows(self.now())
            until = rest.begin(self.now(), seconds=away.retry_after_seconds)
            if is_news:
                _log.warning("vendor takes no messages", vendor=carrier.name, code=away.code)
            return Outcome(later=self._later(message, until, away.code))
        except (InDoubt, TimeoutError):
            rest.begin(self.now())
            _log.warning("vendor gave no answer", vendor=carrier.name, id=str(message.id))
            due = self.now() + DOUBT_FIRST
            return Outcome(later=(due, True, "no_answer"))
        except Exception as error:  # noqa: BLE001 - the boundary: one call must not drop the others
            _log.error("message could not be sent", id=str(message.id), error=type(error).__name__)
            due = self.now() + DOUBT_FIRST
            return Outcome(later=(due, True, type(error).__name__))
        rest.answered()
        count = segments(ready.text).parts if isinstance(ready, TextMessage) else None
        return Outcome(sent=(vendor_id, count))

    def _later(
        self, message: Outgoing, until: dt.datetime, code: str
    ) -> tuple[dt.datetime, bool, str]:
        """Now, where another carrier may take it; else when this one may."""
        if self.carriers.open(message.channel, now=self.now()) is not None:
            return self.now(), False, code
        return max(until, self.now() + backoff(message.tries - FORGIVEN_TRIES)), False, code

    def _ready(self, message: Outgoing) -> Ready | Outcome:
        """As the carrier takes it; an outcome where it must not be sent. Raises `CannotSay`."""
        kind = TEMPLATES.get(message.template)
        if kind is None:
            raise wording.CannotSay(f"there is no template {message.template}")
        if not message.recipient:
            raise wording.CannotSay("its number was sealed with another secret")
        if message.suppressed is not None:
            return Outcome(ended=(MessageStatus.SUPPRESSED, message.suppressed.value))
        if message.useful_from + kind.useful < self.now():
            return Outcome(ended=(MessageStatus.FAILED, "too_late"))
        values = self._values(message)
        if message.channel is Channel.SMS:
            said = wording.sms(message.template, locale=message.locale, values=values)
            return TextMessage(message_id=message.id, number=message.recipient, text=said)
        worded = _worded(message, values=values)
        return Letter(
            message_id=message.id,
            template=message.template,
            address=message.recipient,
            name=message.name,
            subject=worded.subject,
            text=worded.text,
            html=worded.html,
            headers=_headers(values),
        )

    def _morning(self, message: Outgoing) -> dt.datetime | None:
        """When it is day again for its reader, where a backlog brought news into the night."""
        if not TEMPLATES[message.template].is_campaign:
            return None
        zone, now = self._values(message).get(READER_ZONE), self.now()
        if not isinstance(zone, str):
            # Told by a worker of the release before.
            return None
        morning = awake_after(now, dt.timedelta(), timezone=zone)
        return morning if morning > now else None

    def _values(self, message: Outgoing) -> Mapping[str, Any]:
        if message.sealed is None:
            return message.values
        try:
            opened = self._keyring.open(
                message.sealed, purpose=SEALED_FOR, bound_to=values_place(message.id)
            )
        except ValueError:
            raise wording.CannotSay("its values were sealed with another secret") from None
        return msgspec.json.decode(opened, type=dict[str, Any])

    async def ask(self, message: Outgoing, *, since: dt.datetime) -> Outcome:
        """What its vendor took of a message that is in doubt `since` then."""
        now = self.now()
        if now < since + DOUBT_FIRST:
            return Outcome(later=(since + DOUBT_FIRST, True, "no_answer"))
        carrier = self.carriers.named(message.channel, message.vendor)
        if carrier is None:
            # Handed to a carrier that we no longer have: nobody is left to ask.
            return Outcome(later=(now, False, "vendor"))
        try:
            ready = self._ready(message)
        except wording.CannotSay:
            return Outcome(ended=(MessageStatus.FAILED, "template"))
        if isinstance(ready, Outcome):
            return ready
        try:
            taken = await self._asked(carrier, ready, since=since)
        except CannotTell:
            is_old = since + DOUBT_MAX < now
            return Outcome(later=(now if is_old else now + DOUBT_AGAIN, not is_old, "no_answer"))
        if taken is None:
            return Outcome(later=(now, False, "no_answer"))
        return Outcome(sent=(taken, None))

    async def _asked(
        self, carrier: Carrier[Any], ready: Ready, *, since: dt.datetime
    ) -> str | None:
        """The vendor's id of what it took. Raises `CannotTell`."""
        question = self._questions.get(carrier.name)
        if question is None or question.is_full:
            question = self._questions[carrier.name] = _Question(carrier)
        return await question.about(ready, since=since, closed=lambda: self._close(question))

    def _close(self, question: _Question) -> None:
        if self._questions.get(question.carrier.name) is question:
            del self._questions[question.carrier.name]


class _Question:
    """One call about all doubts of a carrier that came up within a moment."""

    def __init__(self, carrier: Carrier[Any]) -> None:
        self.carrier = carrier
        self._since: list[dt.datetime] = []
        self._about: list[Ready] = []
        self._answer: asyncio.Task[Mapping[UUID, str]] | None = None

    @property
    def is_full(self) -> bool:
        return len(self._about) >= DOUBTS_MAX

    async def about(
        self, ready: Ready, *, since: dt.datetime, closed: Callable[[], None]
    ) -> str | None:
        self._about.append(ready)
        self._since.append(since)
        if self._answer is None:
            self._answer = asyncio.create_task(self._ask(closed))
        # Who is cancelled takes the answer from nobody else.
        return (await asyncio.shield(self._answer)).get(ready.message_id)

    async def _ask(self, closed: Callable[[], None]) -> Mapping[UUID, str]:
        await asyncio.sleep(GATHER_SECONDS)
        closed()
        since = min(self._since) - dt.timedelta(seconds=5)
        async with asyncio.timeout(CALL_SECONDS_MAX):
            return await self.carrier.taken(self._about, since=since)


def _worded(message: Outgoing, *, values: Mapping[str, Any]) -> wording.Worded:
    """In the organizer's words; in ours where theirs do not go with these values."""
    if message.override is not None:
        own = msgspec.convert(message.override, type=wording.Override)
        try:
            return wording.mail(
                message.template, locale=message.locale, values=values, override=own
            )
        except wording.CannotSay as error:
            organization_id = str(message.organization_id)
            _log.warning("own words fail", organization_id=organization_id, why=str(error))
    return wording.mail(message.template, locale=message.locale, values=values)


def _headers(values: Mapping[str, Any]) -> dict[str, str]:
    """RFC 8058: one click in the mail program is enough, and nobody is asked anything."""
    url = values.get("unsubscribe_url")
    if not isinstance(url, str):
        return {}
    return {
        "List-Unsubscribe": f"<{wording.one_line(url)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
