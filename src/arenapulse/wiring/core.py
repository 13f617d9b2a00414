"""What every process holds, server or worker: the runtime, the sale's memory, who is told."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from arenapulse.core.settings import Settings
from arenapulse.events.salebook import Salebook
from arenapulse.flags.switches import Switches
from arenapulse.notifications.service.posting import Carriers, Post
from arenapulse.orders.news import SaleNews
from arenapulse.payments.stripe_gateway import StripeGateway
from arenapulse.realtime.newsroom import Newsroom
from arenapulse.realtime.seatframes import SeatFrames
from arenapulse.realtime.seatstreams import SeatStreams
from arenapulse.realtime.streams import Streams
from arenapulse.runtime.cache import Cache
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.crypto import Keyring, hold_keyring
from arenapulse.runtime.db import Database
from arenapulse.runtime.ratelimit import Counts, RateLimiter
from arenapulse.runtime.reads import Reads
from arenapulse.runtime.redis import connect
from arenapulse.search.cluster import Cluster
from arenapulse.wiring.vendors import make_cluster, make_gateway


class Told:
    """The parts of real time in every process: what commits is told to all."""

    def __init__(self, runtime: Runtime, *, salebook: Salebook) -> None:
        self.streams = Streams(runtime.redis)
        self.seats = SeatStreams(runtime.redis)
        self.frames = SeatFrames(runtime.database, seats=self.seats, salebook=salebook)
        self.newsroom = Newsroom(runtime.database, streams=self.streams, seating=self.frames)


@dataclass(frozen=True, kw_only=True)
class Core:
    """`news` is `told.newsroom`, or nobody in a program that runs once and tells nobody."""

    runtime: Runtime
    salebook: Salebook
    told: Told
    gateway: StripeGateway
    news: SaleNews
    post: Post
    switches: Switches
    cluster: Cluster | None


def make_runtime(settings: Settings, *, counts: Counts | None = None, actor: str = "") -> Runtime:
    assert settings.database_url is not None, "DATABASE_URL is not set: use `arenapulse up`"
    assert settings.redis_url is not None, "REDIS_URL is not set: use `arenapulse up`"
    assert settings.secret is not None, "ARENAPULSE_SECRET is not set: use `arenapulse up`"
    redis = connect(settings.redis_url)
    keyring = Keyring(settings.secret, former=settings.former_secret_list)
    database = Database(settings.database_url, pool_size=settings.database_pool_size, actor=actor)
    hold_keyring(database, keyring)
    return Runtime(
        settings=settings,
        database=database,
        reads=_make_reads(settings, database=database),
        redis=redis,
        cache=Cache(redis),
        keyring=keyring,
        limiter=RateLimiter(enabled=settings.rate_limits, counts=counts),
    )


def _make_reads(settings: Settings, *, database: Database) -> Reads:
    if settings.database_read_url is None:
        return Reads(database)
    standby = Database(
        settings.database_read_url,
        pool_size=settings.database_pool_size,
        application="arenapulse-reads",
    )
    return Reads(database, standby=standby, lag_seconds_max=settings.replica_lag_seconds)


def make_core(runtime: Runtime, *, news: SaleNews | None = None) -> Core:
    salebook = Salebook(runtime.database)
    told = Told(runtime, salebook=salebook)
    return Core(
        runtime=runtime,
        salebook=salebook,
        told=told,
        gateway=make_gateway(runtime),
        post=Post(keyring=runtime.keyring, carriers=Carriers()),
        news=news or told.newsroom,
        switches=Switches(runtime.database),
        cluster=make_cluster(runtime.settings),
    )


@asynccontextmanager
async def reading(core: Core) -> AsyncGenerator[None, None]:
    """For who answers people: what may be a moment old is asked of a standby, if there is one."""
    await core.runtime.reads.start()
    try:
        yield
    finally:
        await core.runtime.reads.stop()


@asynccontextmanager
async def open_core(core: Core) -> AsyncGenerator[None, None]:
    """The database open within; everything closed after it, what is to be told told."""
    runtime = core.runtime
    try:
        await runtime.database.open()
        yield
    finally:
        await core.told.newsroom.close()
        if core.cluster is not None:
            await core.cluster.close()
        await runtime.database.close()
        await runtime.redis.aclose()
