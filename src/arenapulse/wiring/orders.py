"""Orders: the hot road of selling, one's own orders, expiry."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from arenapulse.inventory.service.choosing import SeatDesk
from arenapulse.orders import hot, reactions, routes, tasks
from arenapulse.orders.batcher import Batcher
from arenapulse.orders.news import SaleNews
from arenapulse.orders.seasons import SeasonDesk
from arenapulse.orders.seating import Seating
from arenapulse.orders.service import PersonalRecords
from arenapulse.runtime.jobs import Registry
from arenapulse.waitingroom.access import PassCheck
from arenapulse.waitingroom.vitals import Pulse
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part


def part(house: House, *, desk: SeatDesk, pulse: Pulse) -> Part:
    core = house.core
    runtime, news = core.runtime, core.news
    house.provided.give(SaleNews, news)
    settings = runtime.settings
    held_places_max = settings.held_places_max if settings.rate_limits else None
    batcher = Batcher(
        runtime.database,
        news=news,
        queue_max=settings.batch_queue_max,
        held_places_max=held_places_max,
        wake=house.jobs.waker.wake,
    )
    house.provided.give(
        SeasonDesk,
        SeasonDesk(
            runtime.database,
            salebook=core.salebook,
            news=news,
            held_places_max=held_places_max,
        ),
    )
    place_orders = hot.PlaceOrders(
        runtime,
        access=house.access,
        seating=Seating(runtime.database, batcher=batcher, desk=desk, news=news),
        salebook=core.salebook,
        pass_check=PassCheck(runtime.keyring),
        is_card=core.gateway.accepts,
    )

    @asynccontextmanager
    async def living() -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await batcher.close()

    records = PersonalRecords(news=news, held_places_max=held_places_max)
    return Part(
        routers=(routes.router,),
        hot_routes=(hot.route(place_orders, note=pulse.note),),
        living=living,
        erasables=(records,),
        exporters=(records,),
        inheritors=(records,),
    )


def jobs(core: Core) -> Sequence[Registry]:
    database, news = core.runtime.database, core.news
    return tasks.registry(database, news=news), reactions.registry(database, news=news)
