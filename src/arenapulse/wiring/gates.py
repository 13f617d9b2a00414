"""Gates: the hot road of scans, manifests, rules and devices."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from arenapulse.gates import hot, reactions, routes
from arenapulse.gates.batcher import Turnstile
from arenapulse.gates.service import Manifests
from arenapulse.gates.service.lockouts import Lockouts
from arenapulse.gates.service.personal import PersonalCheckins
from arenapulse.runtime.jobs import Registry
from arenapulse.tickets.service import Keyrack
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part


def part(house: House, *, rack: Keyrack) -> Part:
    core = house.core
    runtime = core.runtime
    turnstile = Turnstile(
        runtime.database,
        news=core.told.newsroom,
        queue_max=runtime.settings.batch_queue_max,
        wake=house.jobs.waker.wake,
    )
    gate = hot.Gate(
        runtime,
        access=house.access,
        salebook=core.salebook,
        rack=rack,
        lockouts=Lockouts(runtime.database),
    )

    @asynccontextmanager
    async def living() -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await turnstile.close()

    manifests = Manifests(runtime.database, rack=rack)
    return Part(
        routers=(routes.router,),
        hot_routes=hot.routes(gate, turnstile=turnstile, manifests=manifests),
        living=living,
        exporters=(PersonalCheckins(),),
    )


def jobs(core: Core) -> Sequence[Registry]:
    return (reactions.registry(core.runtime.database),)
