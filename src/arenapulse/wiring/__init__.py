"""The one place that knows everybody: each slice brings its part, this page joins them.

A slice has a page here where it needs one: `part` is what it brings into a server, `jobs` what a
worker does for it.
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from arenapulse.activity.schemas import DueKinds
from arenapulse.core.settings import Settings
from arenapulse.inventory.service.choosing import SeatDesk
from arenapulse.orders.news import Unheard
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.db import SERVICE, Database
from arenapulse.runtime.jobs import Jobs, Registry, attach
from arenapulse.runtime.jobs.due import DueWork
from arenapulse.runtime.jobs.housekeeping import housekeeping
from arenapulse.runtime.jobs.queue import QueueOptions
from arenapulse.runtime.jobs.worker import Worker, WorkerParts
from arenapulse.runtime.ratelimit import Counts
from arenapulse.runtime.socket.server import SocketServer
from arenapulse.runtime.upkeep import upkeep
from arenapulse.runtime.web.app import build
from arenapulse.runtime.web.provided import Provided
from arenapulse.runtime.web.site import Site
from arenapulse.tickets.service import Keyrack
from arenapulse.waitingroom.vitals import Pulse
from arenapulse.wiring import (
    analytics,
    events,
    flags,
    gates,
    identity,
    media,
    notifications,
    orders,
    outreach,
    payments,
    realtime,
    rehearsals,
    search,
    tickets,
    venues,
    waitingroom,
    waitlist,
    webhooks,
)
from arenapulse.wiring.core import Core, make_core, make_runtime, open_core, reading
from arenapulse.wiring.flags import may_run, obeyed
from arenapulse.wiring.parts import House, Part, all_living
from arenapulse.wiring.slices import SLICES

__all__ = [
    "due_works",
    "job_registries",
    "make_app",
    "make_core",
    "make_runtime",
    "opened",
    "running_worker",
]

QUEUE_CONNECTIONS: Final = 3


def server_parts(house: House, *, sockets: SocketServer) -> list[Part]:
    """What a server answers, in the order in which it starts."""
    # For variety, not for secrets: which of the best seats somebody is offered.
    desk = SeatDesk(house.core.runtime.database, chance=random.Random())  # noqa: S311
    broadcast = realtime.make_broadcast(house, sockets=sockets)
    switches = house.core.switches
    rack = Keyrack(house.core.runtime.database, keyring=house.core.runtime.keyring)
    pulse = Pulse()
    others = [
        realtime.part(house, sockets=sockets, broadcast=broadcast),
        flags.part(house, switches=switches),
        analytics.part(house, broadcast=broadcast, switches=switches),
        venues.part(house),
        media.part(house, switches=switches),
        events.part(house, desk=desk, switches=switches),
        orders.part(house, desk=desk, pulse=pulse),
        waitingroom.part(house, pulse=pulse, switches=switches),
        payments.part(house),
        tickets.part(house, rack=rack),
        gates.part(house, rack=rack),
        waitlist.part(),
        notifications.part(house),
        outreach.part(house),
        search.part(house, desk=desk, switches=switches),
        webhooks.part(house),
        rehearsals.part(),
        *(
            Part(routers=each.routers, erasables=each.erasables, exporters=each.exporters)
            for each in SLICES
        ),
    ]
    return [identity.part(house, others=others), *others]


def job_registries(core: Core) -> list[Registry]:
    """The tasks, reactions and loops of every slice."""
    database = core.runtime.database
    return [
        housekeeping(database),
        upkeep(database, settings=core.runtime.settings),
        *notifications.jobs(core),
        *identity.jobs(core),
        *events.jobs(core),
        *orders.jobs(core),
        *waitingroom.jobs(core),
        *payments.jobs(core),
        *outreach.jobs(core),
        *search.jobs(core),
        *analytics.jobs(core),
        *media.jobs(core),
        *gates.jobs(core),
        *waitlist.jobs(core),
        *webhooks.jobs(core),
        *rehearsals.jobs(core),
        *(make(database) for each in SLICES for make in each.registries),
    ]


def due_works(settings: Settings) -> Sequence[DueWork]:
    """Every kind of due work, for who only looks: nothing is opened."""
    core = make_core(make_runtime(settings), news=Unheard())
    return Registry.of(job_registries(core)).due_works


def make_jobs(core: Core) -> Jobs:
    return attach(core.runtime.database, registry=Registry.of(job_registries(core)))


def make_app(settings: Settings, *, counts: Counts | None = None) -> Site:
    """The server; `counts` are shared with the other processes of its port, if there are any."""
    core = make_core(make_runtime(settings, counts=counts))
    registry = Registry.of(job_registries(core))
    jobs = attach(core.runtime.database, registry=registry)
    house = House(
        core=core,
        access=identity.make_access(core.runtime),
        jobs=jobs,
        provided=Provided(),
    )
    tables = {work.kind.name: work.kind.table for work in registry.due_works}
    house.provided.give(DueKinds, DueKinds(tables))
    sockets = realtime.make_sockets(settings)
    parts = server_parts(house, sockets=sockets)

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None, None]:
        async with open_core(core), reading(core), all_living(parts):
            try:
                yield
            finally:
                await jobs.close()

    edge = build(
        core.runtime,
        routers=[router for part in parts for router in part.routers],
        hot_routes=[route for part in parts for route in part.hot_routes],
        lifespan=lifespan,
        provided=house.provided,
        script_origins=(
            *payments.form_origins(settings),
            *waitingroom.widget_origins(settings),
        ),
    )
    return Site(edge, sockets=sockets)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Runtime, None]:
    """What a program that runs once and tells nobody needs to call services: the seed."""
    core = make_core(make_runtime(settings, actor=SERVICE), news=Unheard())
    jobs = make_jobs(core)
    async with open_core(core):
        try:
            yield core.runtime
        finally:
            await jobs.close()


@asynccontextmanager
async def running_worker(settings: Settings) -> AsyncGenerator[Worker, None]:
    """The worker of one process with everything open; the caller runs it."""
    core = make_core(make_runtime(settings, actor=SERVICE))
    jobs = make_jobs(core)
    queue_database = Database(
        core.runtime.database.url,
        pool_size=QUEUE_CONNECTIONS,
        application="arenapulse-queue",
        actor=SERVICE,
        # That a job was picked, or is done: what is lost of it runs again, as after any crash.
        is_durable=False,
    )
    parts = WorkerParts(
        jobs=jobs,
        database=core.runtime.database,
        queue_database=queue_database,
        options=QueueOptions(),
        may_run=partial(may_run, switches=core.switches),
    )
    async with (
        open_core(core),
        obeyed(core.switches),
        notifications.carrying(core),
        payments.paying(core),
    ):
        try:
            await queue_database.open()
            yield Worker(parts)
        finally:
            await jobs.close()
            await queue_database.close()
