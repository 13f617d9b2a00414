"""Analytics: what pages tell, figures of events, dashboards that are open."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager

from arenapulse.analytics import hot, routes, tasks
from arenapulse.analytics.batcher import Intake
from arenapulse.analytics.service import Dashboards, Keeping
from arenapulse.core.ids import EventId
from arenapulse.flags.switches import Switches
from arenapulse.realtime.broadcast import Broadcast
from arenapulse.runtime.jobs import Registry
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part


class StaffRooms:
    """Dashboards as realtime knows them: `DashboardRooms`."""

    def __init__(self, broadcast: Broadcast) -> None:
        self._broadcast = broadcast

    def watched(self) -> Collection[EventId]:
        return self._broadcast.staffed("dashboard")

    def show(self, event_id: EventId, *, payload: bytes) -> None:
        self._broadcast.tell_staff(event_id, topic="dashboard", payload=payload)


def part(house: House, *, broadcast: Broadcast, switches: Switches) -> Part:
    runtime = house.core.runtime
    intake = Intake(runtime.database)
    dashboards = Dashboards(runtime.reads, rooms=StaffRooms(broadcast), switches=switches)

    @asynccontextmanager
    async def living() -> AsyncGenerator[None, None]:
        await dashboards.start()
        try:
            yield
        finally:
            await dashboards.stop()
            await intake.close()

    take = hot.TakeEvents(runtime, access=house.access, intake=intake, switches=switches)
    return Part(
        routers=(routes.router, routes.house_router), hot_routes=(hot.route(take),), living=living
    )


def jobs(core: Core) -> Sequence[Registry]:
    runtime = core.runtime
    keeping = Keeping(runtime.database, days_kept=runtime.settings.analytics_days)
    return (tasks.registry(keeping=keeping),)
