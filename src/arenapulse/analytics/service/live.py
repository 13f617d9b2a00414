"""The dashboards that somebody has open are told their summary, each second while it changes."""

from __future__ import annotations

import asyncio
import datetime as dt
from bisect import bisect_right
from typing import Final

import msgspec

from arenapulse.analytics.news import DashboardRooms
from arenapulse.analytics.schemas import Summary
from arenapulse.analytics.service.reading import summary_of
from arenapulse.core import clock
from arenapulse.core.ids import EventId
from arenapulse.events import queries as event_queries
from arenapulse.flags.switches import Switches
from arenapulse.flags.terms import LIVE_DASHBOARDS
from arenapulse.runtime.db import SERVICE, Session
from arenapulse.runtime.reads import Reads
from arenapulse.runtime.siblings import each, end, keep

TICK_SECONDS: Final = 1.0
WATCHED_MAX: Final = 500
"""Read in one turn; where more are open they have turns."""

READS_AT_ONCE: Final = 4
HEARTBEAT_SECONDS: Final = 3.0
"""What did not change is told again after so long: silence means that nothing is pushed."""

_ENCODER: Final = msgspec.json.Encoder()


class Dashboards:
    """One a process that has sockets; each looks for those who are connected to it."""

    def __init__(self, reads: Reads, *, rooms: DashboardRooms, switches: Switches) -> None:
        self._reads = reads
        self._rooms = rooms
        self._switches = switches
        self._shown: dict[EventId, tuple[dict[str, object], dt.datetime]] = {}
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
        async def look(session: Session) -> Summary | None:
            event = await event_queries.find(session, event_id=event_id)
            if not self._switches.is_on(LIVE_DASHBOARDS, organization=event.organization_id):
                return None
            return await summary_of(session, event=event, now=clock.now())

        read = await self._reads.read(look, actor=SERVICE)
        if read is None:
            return
        figures = read.model_dump(mode="json", by_alias=True)
        updated_at = figures.pop("updatedAt")
        now = clock.now()
        known, told_at = self._shown.get(event_id, (None, now))
        if known == figures and (now - told_at).total_seconds() < HEARTBEAT_SECONDS:
            return
        self._shown[event_id] = (figures, now)
        frame = {"eventId": str(event_id), **figures, "updatedAt": updated_at}
        self._rooms.show(event_id, payload=_ENCODER.encode(frame))
