"""Messages as due work: each lane is taken by the one runner, a receipt never behind a campaign.

Taking a message marks it as in doubt in the same transaction, before its vendor is called: what is
found with the mark has been handed over by a worker that died, or has no answer.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import ClassVar, Final

import asyncpg
import msgspec

from arenapulse.core.ids import new_id
from arenapulse.notifications import queries
from arenapulse.notifications.schemas import Outgoing
from arenapulse.notifications.service.posting import Outcome, Post
from arenapulse.notifications.terms import SEALED_LANES, Channel, Priority
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import Pace
from arenapulse.runtime.jobs.due import DueLimits, DueTable, Kind

CALLS_MAX: Final = 32
# Three hundred a second, each called for a sixth of one.
CAMPAIGN_CALLS_MAX: Final = 48
# With those that wait for their turn, and those whose end is not written down yet.
CAMPAIGN_TAKEN_MAX: Final = 192
# A group is taken when so many places are free: fewer transactions, and always something to do.
TAKE_MIN: Final = 8
CAMPAIGN_TAKE_MIN: Final = 32
GATHER_SECONDS: Final = 0.05
CAMPAIGN_GATHER_SECONDS: Final = 0.1
CALL_SECONDS: Final = 45.0
# Sixty thousand in five minutes, of which the vendor takes none in one and a quarter and a worker
# dies; what is more waits while people buy.
BUSY_CALLS_PER_SECOND: Final = 360.0


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was taken; `doubt_at` where it had been handed over before."""

    message: Outgoing
    doubt_at: dt.datetime | None


class Sending(Kind["queries.Due | Handed", Outcome]):
    """One lane of the post."""

    channel: ClassVar[Channel]
    take_min: ClassVar[int] = TAKE_MIN
    limits = DueLimits(
        running_max=CALLS_MAX, call_seconds=CALL_SECONDS, gather_seconds=GATHER_SECONDS
    )

    def __init__(self, post: Post) -> None:
        self._post = post

    def read(self, record: asyncpg.Record) -> queries.Due:
        return queries.Due(id=record["id"], doubt_at=record["doubt_at"])

    def room(self, *, mine: int) -> int:
        """What is taken and waits is in doubt if we die: no more than is called within a second.

        While the vendors rest nothing, and afterwards one call that tries.
        """
        carriers, now = self._post.carriers, self._post.now()
        most = self.limits.running_max
        if carriers.of(self.channel):
            carrier = carriers.open(self.channel, now=now)
            most = 0 if carrier is None else carriers.rest(carrier.name).at_once(most)
        free = most - mine
        return free if free >= min(self.take_min, most) else 0

    def mark(self) -> str | None:
        """The vendor that gets what is taken now; without one none is handed over."""
        carrier = self._post.carriers.open(self.channel, now=self._post.now())
        return None if carrier is None else carrier.name

    async def load(
        self, session: Session, rows: Sequence[queries.Due | Handed]
    ) -> Sequence[Handed]:
        due = [row for row in rows if isinstance(row, queries.Due)]
        found = await queries.outgoing(session, ids=[row.id for row in due])
        return [Handed(message=found[row.id], doubt_at=row.doubt_at) for row in due]

    async def work(self, row: queries.Due | Handed) -> Outcome:
        assert isinstance(row, Handed)
        if row.doubt_at is not None:
            return await self._post.ask(row.message, since=row.doubt_at)
        return await self._post.send(row.message)

    async def settle(
        self, session: Session, answers: Sequence[tuple[queries.Due | Handed, Outcome]]
    ) -> None:
        now = self._post.now()
        told = [(row.message.id, one) for row, one in answers if isinstance(row, Handed)]
        await queries.lock(session, ids=[name for name, _ in told])
        if sent := [(name, *one.sent) for name, one in told if one.sent is not None]:
            await queries.sent(session, sent=sent, now=now)
        if ended := [(name, *one.ended) for name, one in told if one.ended is not None]:
            await queries.end(session, ended=ended, now=now)
        if later := [(name, *one.later) for name, one in told if one.later is not None]:
            await queries.later(session, put_off=later, now=now)
        reasons = {name: one.suppresses for name, one in told if one.suppresses is not None}
        if reasons:
            ids = [new_id() for _ in reasons]
            await queries.suppress(session, reasons=reasons, ids=ids, now=now)


def _lane(channel: Channel, priority: Priority) -> DueTable:
    part = f"d.channel = '{channel.value}' AND d.priority = {priority.value}"
    if channel is Channel.SMS:
        lanes = f"{priority.value}, {priority.value + SEALED_LANES}"
        part = f"d.channel = '{channel.value}' AND d.priority IN ({lanes})"
    return DueTable(
        name="messages",
        key={"id": "UUID"},
        before=("doubt_at",),
        # Code of before, beside us during a release, leaves alone what is not due.
        on_take="updated_at = $2, due_at = $2 + INTERVAL '30 s'",
        # In doubt from here on until what its vendor answers is written. What was in doubt stays
        # with the vendor that has it.
        on_mark="vendor = CASE WHEN d.doubt_at IS NULL THEN $8 ELSE d.vendor END, "
        "doubt_at = CASE WHEN d.doubt_at IS NULL AND $8::TEXT IS NOT NULL THEN $2 "
        "ELSE d.doubt_at END",
        part=part,
        tenant=queries.TENANT,
    )


class Mails(Sending):
    name = "notifications.send_mails"
    channel = Channel.EMAIL
    table = _lane(Channel.EMAIL, Priority.PERSONAL)


class _Campaigns(Sending):
    """Nobody waits for one of these alone: they take turns, in large groups."""

    take_min = CAMPAIGN_TAKE_MIN
    limits = DueLimits(
        running_max=CAMPAIGN_TAKEN_MAX,
        call_seconds=CALL_SECONDS,
        gather_seconds=CAMPAIGN_GATHER_SECONDS,
    )

    def __init__(self, post: Post) -> None:
        super().__init__(post)
        self._pace = Pace(per_second=BUSY_CALLS_PER_SECOND)
        # What waits for its turn leaves the vendor's lines to letters that somebody waits for.
        self._calls = asyncio.Semaphore(CAMPAIGN_CALLS_MAX)

    async def work(self, row: queries.Due | Handed) -> Outcome:
        await self._pace.turn()
        async with self._calls:
            return await super().work(row)


class MailCampaigns(_Campaigns):
    name = "notifications.send_mail_campaigns"
    channel = Channel.EMAIL
    table = _lane(Channel.EMAIL, Priority.CAMPAIGN)


class Texts(Sending):
    name = "notifications.send_texts"
    channel = Channel.SMS
    table = _lane(Channel.SMS, Priority.PERSONAL)


class TextCampaigns(_Campaigns):
    name = "notifications.send_text_campaigns"
    channel = Channel.SMS
    table = _lane(Channel.SMS, Priority.CAMPAIGN)


LANES: Final = (Mails, MailCampaigns, Texts, TextCampaigns)
