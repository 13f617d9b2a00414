"""Events: what is on, its prices and rules, its seat maps."""

from __future__ import annotations

from collections.abc import Sequence

from arenapulse.events import hot, routes, tasks
from arenapulse.events.news import EventNews
from arenapulse.events.service.public import PublicEvents
from arenapulse.events.service.showing import EventPages
from arenapulse.flags.switches import Switches
from arenapulse.inventory.service.choosing import SeatDesk
from arenapulse.runtime.jobs import Registry
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part


def part(house: House, *, desk: SeatDesk, switches: Switches) -> Part:
    core = house.core
    house.provided.give(EventNews, core.told.newsroom)
    runtime = core.runtime
    public = PublicEvents(runtime.reads, cache=runtime.cache, access=house.access)
    house.provided.give(PublicEvents, public)
    settings = runtime.settings
    index = settings.built_web / "index.html"
    pages = EventPages(runtime.database, index=index, base=settings.base_url)
    house.provided.give(EventPages, pages)
    seat_maps = hot.SeatMaps(
        runtime,
        access=house.access,
        salebook=core.salebook,
        desk=desk,
        switches=switches,
        positions=core.told.frames,
    )
    return Part(
        routers=(routes.router, routes.series_router, routes.page_router),
        hot_routes=hot.routes(seat_maps),
    )


def jobs(core: Core) -> Sequence[Registry]:
    return (tasks.registry(core.runtime.database, news=core.told.newsroom),)
