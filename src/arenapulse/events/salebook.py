"""What a process knows of events by heart: whose they are and where their seats lie.

Neither changes while an event sells: its organization is for ever, and a chart is immutable. What
may move, its chart before it sells, whether it is public, how many tickets an order may have and
what its price levels are called, is read again every second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from arenapulse.core import clock
from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.core.names import key
from arenapulse.events import queries
from arenapulse.events.errors import EventNotFound
from arenapulse.events.terms import EventStatus
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.db import Database
from arenapulse.venues.queries import chart
from arenapulse.venues.seatmap import Chart

EVENTS_MAX = 2_000
CHART_PARTS_MAX = 600_000
"""Rows and sections of all charts known: a fifth of a gigabyte, and 200 of the largest houses."""
AGE_SECONDS_MAX = 1.0


@dataclass(frozen=True)
class SaleFacts:
    organization_id: OrganizationId
    chart: Chart
    is_public: bool
    tickets_per_order_max: int
    levels: Mapping[str, str]
    """Each price level as it is written, by that and by its key."""
    status: EventStatus
    admit_per_minute: int | None = None
    """Of its waiting room; None for an event without one."""

    def level(self, given: str) -> str | None:
        """The price level as it is written, however it was given; None where there is none."""
        return self.levels.get(given) or self.levels.get(key(given))


class Salebook:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[EventId, tuple[float, SaleFacts]] = {}
        self._reading: dict[EventId, asyncio.Future[SaleFacts]] = {}
        self._charts: dict[UUID, Chart] = {}
        self._chart_parts = 0

    def known(self, event_id: EventId) -> SaleFacts | None:
        """The facts, if they were read within the last second."""
        known = self._known.get(event_id)
        if known is None or clock.monotonic_seconds() - known[0] >= AGE_SECONDS_MAX:
            return None
        return known[1]

    async def facts(self, event_id: EventId) -> SaleFacts:
        """Raises `EventNotFound`. One query a second and event at most, shared by all who ask."""
        known = self.known(event_id)
        if known is not None:
            return known
        reading = self._reading.get(event_id)
        if reading is None:
            reading = self._reading[event_id] = asyncio.ensure_future(self._read(event_id))
            reading.add_done_callback(lambda _done: self._reading.pop(event_id, None))
        return await asyncio.shield(reading)

    async def read_again(self, event_id: EventId) -> SaleFacts:
        """The facts as they are now, for who would refuse because of what they were."""
        self._known.pop(event_id, None)
        return await self.facts(event_id)

    async def visible(self, event_id: EventId, *, actor: Actor | None, access: Access) -> SaleFacts:
        """The same for who may see the event: its organization alone until it is public.

        Raises `EventNotFound`.
        """
        # Without a coroutine of its own where they are known: every order comes by here.
        facts = self.known(event_id) or await self.facts(event_id)
        if not facts.is_public:
            # It may have been published this second.
            facts = await self.read_again(event_id)
        if not facts.is_public and (
            actor is None
            or await access.role_in(actor, organization_id=facts.organization_id) is None
        ):
            raise EventNotFound
        return facts

    async def _read(self, event_id: EventId) -> SaleFacts:
        asked_at = clock.monotonic_seconds()
        row = await queries.sale_facts(self._database, event_id=event_id)
        if row is None:
            raise EventNotFound
        found = SaleFacts(
            row.organization_id,
            await self._chart(row.chart_id),
            is_public=row.is_public,
            tickets_per_order_max=row.tickets_per_order_max,
            levels={key(level): level for level in row.price_levels}
            | {level: level for level in row.price_levels},
            status=row.status,
            admit_per_minute=row.admit_per_minute,
        )
        if len(self._known) >= EVENTS_MAX:
            self._known.clear()
        self._known[event_id] = (asked_at, found)
        return found

    async def _chart(self, chart_id: UUID) -> Chart:
        known = self._charts.get(chart_id)
        if known is not None:
            return known
        async with self._database.transaction() as session:
            read = await chart(session, chart_id=chart_id)
        if chart_id in self._charts:
            # Another date of the same house was quicker.
            return self._charts[chart_id]
        # By their size: a process that sells many small houses would read each of them anew, again
        # and again, for the sake of what a few large ones take.
        parts = sum(1 + len(section.rows) for section in read.sections)
        if self._chart_parts + parts > CHART_PARTS_MAX:
            self._charts.clear()
            self._chart_parts = 0
        self._charts[chart_id] = read
        self._chart_parts += parts
        return read
