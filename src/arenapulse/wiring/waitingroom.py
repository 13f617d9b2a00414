"""Waiting rooms: who joins and waits at a server, who is let in by a worker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from arenapulse.core import clock
from arenapulse.core.ids import UserId
from arenapulse.core.settings import Settings
from arenapulse.flags.switches import Switches
from arenapulse.flags.terms import HUMANS
from arenapulse.payments.service.health import struggling_share
from arenapulse.realtime.streams import Streams
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry
from arenapulse.runtime.redis import REDIS_ERRORS
from arenapulse.runtime.siblings import end, keep
from arenapulse.waitingroom import hot, routes, tasks, vitals
from arenapulse.waitingroom.batcher import Joiner
from arenapulse.waitingroom.friction import Friction
from arenapulse.waitingroom.roombook import RoomBook
from arenapulse.waitingroom.service.drawing import Drawing
from arenapulse.waitingroom.service.laning import Lanes
from arenapulse.waitingroom.service.leaving import Doorman, PersonalPlaces
from arenapulse.waitingroom.service.ruling import Control
from arenapulse.waitingroom.service.standing import Standing
from arenapulse.waitingroom.service.steering import Steering
from arenapulse.waitingroom.tokens import Passes
from arenapulse.waitingroom.turnstile_humans import TurnstileHumans
from arenapulse.waitingroom.vitals import Pulse, VitalSigns
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part

TURNSTILE_WIDGET: Final = "https://challenges.cloudflare.com"


class SocketTurns:
    """Whose turn came is told by `queue:update`; with Redis away they see it when they ask."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def listening(self, user_ids: Sequence[UserId]) -> set[UserId]:
        if not user_ids:
            return set()
        with contextlib.suppress(*REDIS_ERRORS):
            return await self._streams.listening(user_ids)
        return set()

    async def turn_came(self, user_id: UserId, *, payload: bytes) -> None:
        with contextlib.suppress(*REDIS_ERRORS):
            await self._streams.publish_person(user_id, event="queue:update", payload=payload)


class DueTills:
    """Payments that had to be tried again: the vendor is slow or away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def error_share(self) -> float:
        return await struggling_share(self._database)


def make_humans(settings: Settings) -> TurnstileHumans | None:
    """None where no key is set: then all who join in a rush work for their place."""
    site_key, secret = settings.turnstile_site_key, settings.turnstile_secret_key
    if site_key is None or secret is None:
        return None
    return TurnstileHumans(site_key=site_key, secret=secret, host=settings.turnstile_host)


def widget_origins(settings: Settings) -> tuple[str, ...]:
    """Where the widget of browsers comes from."""
    return () if settings.turnstile_site_key is None else (TURNSTILE_WIDGET,)


def make_book(core: Core) -> RoomBook:
    runtime = core.runtime
    return RoomBook(runtime.database, salebook=core.salebook, keyring=runtime.keyring)


def part(house: House, *, pulse: Pulse, switches: Switches) -> Part:
    core, runtime = house.core, house.core.runtime
    book, joiner = make_book(core), Joiner(runtime.database)
    passes, humans = Passes(runtime.keyring), make_humans(runtime.settings)
    lines = hot.Lines(
        runtime,
        access=house.access,
        salebook=core.salebook,
        book=book,
        joiner=joiner,
        standing=Standing(book, passes=passes),
        friction=Friction(
            enabled=runtime.settings.rate_limits,
            humans=humans,
            may_ask=lambda person: switches.is_on(HUMANS, person=person),
        ),
    )
    signs = VitalSigns(runtime.redis)
    use = vitals.pool_use(runtime.database)

    async def report() -> None:
        now = clock.monotonic_seconds()
        await signs.report(p95_ms=pulse.p95_ms(now=now), pool_use=use())

    @asynccontextmanager
    async def living() -> AsyncGenerator[None, None]:
        reporting = asyncio.create_task(
            keep("waitingroom.vitals", report, pause=vitals.REPORT_SECONDS)
        )
        try:
            yield
        finally:
            await end([reporting])
            await joiner.close()
            if humans is not None:
                await humans.close()

    house.provided.give(Control, Control(runtime.database, book=book))
    house.provided.give(Lanes, Lanes(book=book))
    house.provided.give(
        Doorman, Doorman(runtime.database, access=house.access, salebook=core.salebook, book=book)
    )
    records = PersonalPlaces()
    return Part(
        routers=(routes.router,),
        hot_routes=hot.routes(lines),
        living=living,
        erasables=(records,),
        exporters=(records,),
    )


def make_steering(core: Core) -> Steering:
    runtime = core.runtime
    book = make_book(core)
    return Steering(
        runtime.database,
        book=book,
        standing=Standing(book, passes=Passes(runtime.keyring)),
        vitals=VitalSigns(runtime.redis),
        tills=DueTills(runtime.database),
        news=SocketTurns(core.told.streams),
    )


def make_drawing(core: Core) -> Drawing:
    return Drawing(core.runtime.database, keyring=core.runtime.keyring)


def jobs(core: Core) -> Sequence[Registry]:
    database = core.runtime.database
    return (tasks.registry(make_steering(core), drawing=make_drawing(core), database=database),)
