"""The dashboards that somebody has open are told what they show, each second while it changes."""

from __future__ import annotations

import asyncio
import datetime as dt
from bisect import bisect_right
from typing import Final

import msgspec

from arenapulse.analytics.news import DashboardRooms
from arenapulse.analytics.queries import Between
from arenapulse.analytics.schemas import Attention, Funnel, Plotted, SectionFigures, Summary
from arenapulse.analytics.service.reading import (
    attention_of,
    figures_of,
    sections_of,
    timeseries_of,
)
from arenapulse.analytics.terms import Bucket, Metric
from arenapulse.core import clock
from arenapulse.core.ids import EventId
from arenapulse.events import queries as event_queries
from arenapulse.events.queries import EventRow
from arenapulse.events.terms import EventStatus
from arenapulse.flags.switches import Switches
from arenapulse.flags.terms import LIVE_DASHBOARDS
from arenapulse.gates.service import watching
from arenapulse.runtime.db import SERVICE, Session
from arenapulse.runtime.reads import Reads
from arenapulse.runtime.siblings import each, end, keep

TICK_SECONDS: Final = 1.0
WATCHED_MAX: Final = 500
"""Read in one turn; where more are open they have turns."""

READS_AT_ONCE: Final = 4
HEARTBEAT_SECONDS: Final = 3.0
"""What did not change is told again after so long: silence means that nothing is pushed."""

PACE: Final = dt.timedelta(minutes=61)
"""What the plot of the last hour shows, its first minute whole."""

_ENCODER: Final = msgspec.json.Encoder()


class _Told(msgspec.Struct, frozen=True):
    """What a dashboard was last told, as far as it decides whether to tell it again."""

    summary: dict[str, object]
    at: dt.datetime

    def is_news(self, summary: dict[str, object], *, now: dt.datetime) -> bool:
        return self.summary != summary or (now - self.at).total_seconds() >= HEARTBEAT_SECONDS


class _Looked(msgspec.Struct, frozen=True):
    """All that a dashboard shows of an event but its gates, of one moment."""

    status: EventStatus
    summary: Summary
    funnel: Funnel
    sections: list[SectionFigures]
    attention: Attention
    pace: Plotted


class Dashboards:
    """One a process that has sockets; each looks for those who are connected to it."""

    def __init__(self, reads: Reads, *, rooms: DashboardRooms, switches: Switches) -> None:
        self._reads = reads
        self._rooms = rooms
        self._switches = switches
        self._shown: dict[EventId, _Told] = {}
        self._last: EventId | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(
            keep("analytics.dashboards", self.tick, pause=TICK_SECONDS)
        )

    async def stop(self) -> None:
        if self._task is not None:
            await end([self._task])

    async def tick(self) -> None:
        """One turn: reads each open event once, tells those whose figures are others now.

        Several at a time, for one after the other a hundred would take longer than a second.
        """
        if self._switches.is_off(LIVE_DASHBOARDS):
            return
        watched = sorted(self._rooms.watched())
        self._shown = {key: self._shown[key] for key in watched if key in self._shown}
        first = 0 if self._last is None else bisect_right(watched, self._last)
        turn = (watched[first:] + watched[:first])[:WATCHED_MAX]
        self._last = turn[-1] if turn else None
        lanes = [
            asyncio.create_task(
                each("analytics.dashboards", map(self._show, turn[n::READS_AT_ONCE]))
            )
            for n in range(min(READS_AT_ONCE, len(turn)))
        ]
        if not lanes:
            return
        try:
            done, _ = await asyncio.wait(lanes, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await end(lanes)
        for lane in done:
            lane.result()

    async def _show(self, event_id: EventId) -> None:
        now = clock.now()
        known = self._shown.get(event_id)

        async def look(session: Session) -> _Looked | None:
            event = await event_queries.find(session, event_id=event_id)
            if not self._switches.is_on(LIVE_DASHBOARDS, organization=event.organization_id):
                return None
            summary, funnel = await figures_of(session, event=event, now=now)
            # The rest costs more, and is read where there is something to tell.
            if known is not None and not known.is_news(_figures(event.status, summary), now=now):
                return None
            return await _look(session, event=event, summary=summary, funnel=funnel, now=now)

        looked = await self._reads.read(look, actor=SERVICE)
        if looked is None:
            return
        gates = await watching.counts(self._reads.primary, event_id=event_id, now=now)
        self._shown[event_id] = _Told(_figures(looked.status, looked.summary), now)
        frame = {
            "eventId": event_id,
            "status": looked.status,
            **looked.summary.model_dump(mode="json", by_alias=True),
            "funnel": looked.funnel.model_dump(mode="json", by_alias=True),
            "sections": [each.model_dump(mode="json", by_alias=True) for each in looked.sections],
            "attention": looked.attention.model_dump(mode="json", by_alias=True),
            "pace": looked.pace,
            "gates": gates,
        }
        self._rooms.show(event_id, payload=_ENCODER.encode(frame))


async def _look(
    session: Session, *, event: EventRow, summary: Summary, funnel: Funnel, now: dt.datetime
) -> _Looked:
    sections = await sections_of(session, event=event)
    lately: Between = ((now - PACE).replace(second=0, microsecond=0), None)
    return _Looked(
        status=event.status,
        summary=summary,
        funnel=funnel,
        sections=sections,
        attention=await attention_of(session, event=event, sections=sections, now=now),
        pace=await timeseries_of(
            session, event_id=event.id, metric=Metric.SALES, bucket=Bucket.MINUTE, between=lately
        ),
    )


def _figures(status: EventStatus, summary: Summary) -> dict[str, object]:
    return {"status": status, **summary.model_dump(exclude={"updated_at"})}
