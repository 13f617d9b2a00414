"""Sends what is due: a few at a time, each marked before it is handed over.

A crash at any point is healed by running again. What was handed over and has no answer is in
doubt: its vendor is asked, or tells us by a webhook, before it is sent a second time. Only a
vendor that can tell nobody, or cannot tell for ten minutes, is handed it again.
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
from arenapulse.core.ids import new_id
from arenapulse.notifications import queries, wording
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
from arenapulse.notifications.schemas import Letter, Outgoing, TextMessage
from arenapulse.notifications.segments import segments
from arenapulse.notifications.service.pausing import Rest, backoff
from arenapulse.notifications.service.telling import SEALED_FOR
from arenapulse.notifications.terms import Channel, MessageStatus, Why
from arenapulse.runtime import log
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database

CALLS_MAX: Final = 32
# A group is taken when so many places are free: fewer transactions, and always something to do.
TAKE_MIN: Final = 8
DOUBTS_MAX: Final = 100
CALL_SECONDS_MAX: Final = 20.0
# Longer than the longest call: what is due after it has been dropped.
LEASE: Final = dt.timedelta(seconds=30)
# Webhooks are given this long to end a doubt before the vendor is asked.
DOUBT_FIRST: Final = dt.timedelta(seconds=20)
DOUBT_AGAIN: Final = dt.timedelta(seconds=30)
DOUBT_MAX: Final = dt.timedelta(minutes=10)
DRAIN_SECONDS_MAX: Final = 45.0
FORGIVEN_TRIES: Final = 3

Ready: TypeAlias = "Letter | TextMessage"

_log = log.logger("notifications")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one message; the first that is set counts."""

    message: Outgoing
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
    may_send: Callable[[Channel], bool] = lambda _: True
    """Whether a channel is open at the moment; what is due waits else."""

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
    """Hands over what is due; one a process."""

    def __init__(
        self,
        database: Database,
        *,
        keyring: Keyring,
        carriers: Carriers,
        now: Callable[[], dt.datetime] = clock.now,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self.carriers = carriers
        self._now = now
        self._busy: set[Channel] = set()

    async def drain(self, channel: Channel) -> None:
        """Works until nothing is due, or for a while; one drain of a channel at a time."""
        if channel in self._busy or not self.carriers.may_send(channel):
            return
        self._busy.add(channel)
        try:
            await self._work(channel)
        finally:
            self._busy.discard(channel)

    async def _work(self, channel: Channel) -> None:
        running: set[asyncio.Task[Outcome]] = set()
        deadline = clock.monotonic_seconds() + DRAIN_SECONDS_MAX
        try:
            while True:
                free = CALLS_MAX - len(running)
                if clock.monotonic_seconds() < deadline and (free >= TAKE_MIN or not running):
                    running |= await self._take(channel, limit=free)
                if not running:
                    break
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                await self._write([task.result() for task in done])
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        await self._end_doubts(channel)

    async def _take(self, channel: Channel, *, limit: int) -> set[asyncio.Task[Outcome]]:
        now = self._now()
        if not self.carriers.of(channel):
            await self._nobody(channel)
            return set()
        carrier = self.carriers.open(channel, now=now)
        if carrier is None:
            return set()
        rest = self.carriers.rest(carrier.name)
        limit = min(limit, rest.at_once(CALLS_MAX))
        async with self._database.transaction() as session:
            due = await queries.take_due(
                session, channel=channel, vendor=carrier.name, now=now, lease=LEASE, limit=limit
            )
        return {asyncio.create_task(self._send(message, carrier=carrier)) for message in due}

    async def _nobody(self, channel: Channel) -> None:
        """Nobody carries this channel here, so nothing waits for it."""
        async with self._database.transaction() as session:
            due = await queries.take_due(
                session, channel=channel, vendor="", now=self._now(), lease=LEASE, limit=DOUBTS_MAX
            )
        ended = (MessageStatus.FAILED, "no_vendor")
        await self._write([Outcome(message=one, ended=ended) for one in due])

    async def _send(self, message: Outgoing, *, carrier: Carrier[Any]) -> Outcome:
        try:
            ready = self._ready(message)
        except wording.CannotSay as error:
            # Loudly: somebody has to change something, and no half-empty mail goes out.
            _log.error("message cannot be put into words", id=str(message.id), why=str(error))
            return Outcome(message=message, ended=(MessageStatus.FAILED, "template"))
        if isinstance(ready, Outcome):
            return ready
        return await self._hand_over(message, ready, carrier=carrier)

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
                message=message,
                ended=(MessageStatus.FAILED, refused.code),
                suppresses=refused.suppresses,
            )
        except NotTaken as away:
            is_news = rest.allows(self._now())
            until = rest.begin(self._now(), seconds=away.retry_after_seconds)
            if is_news:
                _log.warning("vendor takes no messages", vendor=carrier.name, code=away.code)
            return Outcome(message=message, later=self._later(message, until, away.code))
        except (InDoubt, TimeoutError):
            rest.begin(self._now())
            _log.warning("vendor gave no answer", vendor=carrier.name, id=str(message.id))
            due = self._now() + DOUBT_FIRST
            return Outcome(message=message, later=(due, True, "no_answer"))
        except Exception as error:  # noqa: BLE001 - the boundary: one call must not drop the others
            _log.error("message could not be sent", id=str(message.id), error=type(error).__name__)
            due = self._now() + DOUBT_FIRST
            return Outcome(message=message, later=(due, True, type(error).__name__))
        rest.answered()
        count = segments(ready.text).parts if isinstance(ready, TextMessage) else None
        return Outcome(message=message, sent=(vendor_id, count))

    def _later(
        self, message: Outgoing, until: dt.datetime, code: str
    ) -> tuple[dt.datetime, bool, str]:
        """Now, where another carrier may take it; else when this one may."""
        if self.carriers.open(message.channel, now=self._now()) is not None:
            return self._now(), False, code
        return max(until, self._now() + backoff(message.tries - FORGIVEN_TRIES)), False, code

    def _ready(self, message: Outgoing) -> Ready | Outcome:
        """As the carrier takes it; an outcome where it must not be sent. Raises `CannotSay`."""
        kind = TEMPLATES.get(message.template)
        if kind is None:
            raise wording.CannotSay(f"there is no template {message.template}")
        if message.suppressed is not None:
            return Outcome(
                message=message, ended=(MessageStatus.SUPPRESSED, message.suppressed.value)
            )
        if message.is_over:
            return Outcome(message=message, ended=(MessageStatus.FAILED, "stopped"))
        if message.created_at + kind.useful < self._now():
            return Outcome(message=message, ended=(MessageStatus.FAILED, "too_late"))
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

    def _values(self, message: Outgoing) -> Mapping[str, Any]:
        if message.sealed is None:
            return message.values
        try:
            opened = self._keyring.open(
                message.sealed, purpose=SEALED_FOR, bound_to=f"messages {message.id}"
            )
        except ValueError:
            raise wording.CannotSay("its values were sealed with another secret") from None
        return msgspec.json.decode(opened, type=dict[str, Any])

    async def _end_doubts(self, channel: Channel) -> None:
        """Asks the vendors what they took; one question for all."""
        now = self._now()
        async with self._database.transaction() as session:
            doubtful = await queries.take_doubtful(
                session, channel=channel, now=now, lease=LEASE, limit=DOUBTS_MAX
            )
        for carrier in self.carriers.of(channel):
            await self._ask(carrier, [one for one in doubtful if one.vendor == carrier.name])
        known = {carrier.name for carrier in self.carriers.of(channel)}
        # Handed to a carrier that we no longer have: nobody is left to ask.
        lost = [one for one in doubtful if one.vendor not in known]
        await self._write([Outcome(message=one, later=(now, False, "vendor")) for one in lost])

    async def _ask(self, carrier: Carrier[Any], doubtful: Sequence[Outgoing]) -> None:
        ready: dict[UUID, Ready] = {}
        outcomes: list[Outcome] = []
        for one in doubtful:
            try:
                made = self._ready(one)
            except wording.CannotSay:
                outcomes.append(Outcome(message=one, ended=(MessageStatus.FAILED, "template")))
                continue
            if isinstance(made, Outcome):
                outcomes.append(made)
            else:
                ready[one.id] = made
        asked = [one for one in doubtful if one.id in ready]
        if asked:
            outcomes += await self._answers(carrier, asked, ready=ready)
        await self._write(outcomes)

    async def _answers(
        self, carrier: Carrier[Any], asked: Sequence[Outgoing], *, ready: Mapping[UUID, Ready]
    ) -> list[Outcome]:
        now = self._now()
        since = min(one.doubt_at or now for one in asked) - dt.timedelta(seconds=5)
        try:
            taken = await carrier.taken([ready[one.id] for one in asked], since=since)
        except CannotTell:
            made: list[Outcome] = []
            for one in asked:
                is_old = one.doubt_at is None or one.doubt_at + DOUBT_MAX < now
                due = now if is_old else now + DOUBT_AGAIN
                made.append(Outcome(message=one, later=(due, not is_old, "no_answer")))
            return made
        return [
            Outcome(message=one, sent=(taken[one.id], None))
            if one.id in taken
            else Outcome(message=one, later=(now, False, "no_answer"))
            for one in asked
        ]

    async def _write(self, outcomes: Sequence[Outcome]) -> None:
        """One transaction for a group."""
        if not outcomes:
            return
        now = self._now()
        sent = [(one.message.id, *one.sent) for one in outcomes if one.sent is not None]
        ended = [(one.message.id, *one.ended) for one in outcomes if one.ended is not None]
        later = [(one.message.id, *one.later) for one in outcomes if one.later is not None]
        reasons = {one.message.id: one.suppresses for one in outcomes if one.suppresses is not None}
        async with self._database.transaction() as session:
            if sent:
                await queries.sent(session, sent=sent, now=now)
            if ended:
                await queries.end(session, ended=ended, now=now)
            if later:
                await queries.later(session, put_off=later, now=now)
            if reasons:
                ids = [new_id() for _ in reasons]
                await queries.suppress(session, reasons=reasons, ids=ids, now=now)


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
