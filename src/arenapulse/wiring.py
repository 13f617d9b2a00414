"""The one page that knows everybody: routers, hot handlers, tasks, reactions, vendors."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import APIRouter

from arenapulse.core.settings import Settings
from arenapulse.events import routes as event_routes
from arenapulse.events.news import Unheard as UnheardEvents
from arenapulse.identity import routes as identity_routes
from arenapulse.identity.access import Access
from arenapulse.identity.passwords import PasswordHashes
from arenapulse.identity.service.attempts import Attempts
from arenapulse.identity.service.people import People
from arenapulse.identity.service.sessions import Desk
from arenapulse.identity.service.sign_in import SignIn
from arenapulse.identity.tokens import RefreshTokens
from arenapulse.orders import hot as order_hot
from arenapulse.orders import routes as order_routes
from arenapulse.orders import tasks as order_tasks
from arenapulse.orders.batcher import Batcher
from arenapulse.orders.news import Unheard as UnheardSales
from arenapulse.orders.salebook import Salebook
from arenapulse.runtime.cache import Cache
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Jobs, Registry, attach
from arenapulse.runtime.jobs.housekeeping import housekeeping
from arenapulse.runtime.jobs.queue import QueueOptions
from arenapulse.runtime.jobs.worker import Worker, WorkerParts
from arenapulse.runtime.ratelimit import RateLimiter
from arenapulse.runtime.redis import connect
from arenapulse.runtime.web.app import build
from arenapulse.runtime.web.edge import Edge
from arenapulse.venues import routes as venue_routes


def make_runtime(settings: Settings) -> Runtime:
    assert settings.database_url is not None, "DATABASE_URL is not set: use `arenapulse up`"
    assert settings.redis_url is not None, "REDIS_URL is not set: use `arenapulse up`"
    assert settings.secret is not None, "ARENAPULSE_SECRET is not set: use `arenapulse up`"
    redis = connect(settings.redis_url)
    return Runtime(
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.database_pool_size),
        redis=redis,
        cache=Cache(redis),
        keyring=Keyring(settings.secret),
        limiter=RateLimiter(enabled=settings.rate_limits),
    )


def make_sign_in(runtime: Runtime, *, access: Access) -> SignIn:
    return SignIn(
        database=runtime.database,
        hashes=PasswordHashes(),
        access_tokens=access.tokens,
        refresh_tokens=RefreshTokens(runtime.keyring),
        attempts=Attempts(runtime.redis, enabled=runtime.settings.rate_limits),
        desk=Desk(news=access, cache=runtime.cache),
    )


def routers() -> list[APIRouter]:
    return [
        *identity_routes.routers,
        venue_routes.router,
        event_routes.router,
        order_routes.router,
    ]


def job_registries(runtime: Runtime) -> list[Registry]:
    """The tasks, reactions and loops of every slice."""
    news = UnheardSales()
    return [housekeeping(runtime.database), order_tasks.registry(runtime.database, news=news)]


def make_jobs(runtime: Runtime) -> Jobs:
    return attach(runtime.database, registry=Registry.of(job_registries(runtime)))


def make_app(settings: Settings) -> Edge:
    runtime = make_runtime(settings)
    jobs = make_jobs(runtime)
    access = Access(database=runtime.database, keyring=runtime.keyring, redis=runtime.redis)
    sign_in = make_sign_in(runtime, access=access)
    people = People(database=runtime.database, desk=sign_in.desk, sign_in=sign_in)
    news = UnheardSales()
    batcher = Batcher(runtime.database, news=news, queue_max=settings.batch_queue_max)
    place_orders = order_hot.PlaceOrders(
        runtime,
        access=access,
        batcher=batcher,
        salebook=Salebook(runtime.database),
        card_tokens=order_hot.SANDBOX_TOKENS,
    )

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None, None]:
        await runtime.database.open()
        await access.start()
        try:
            yield
        finally:
            await batcher.close()
            await access.stop()
            sign_in.close()
            await jobs.close()
            await runtime.database.close()
            await runtime.redis.aclose()

    return build(
        runtime,
        routers=routers(),
        hot_routes=[order_hot.route(place_orders)],
        lifespan=lifespan,
        state={
            "access": access,
            "sign_in": sign_in,
            "people": people,
            "sale_news": news,
            "event_news": UnheardEvents(),
        },
    )


QUEUE_CONNECTIONS = 3


@asynccontextmanager
async def running_worker(settings: Settings) -> AsyncGenerator[Worker, None]:
    """The worker of one process with everything open; the caller runs it."""
    runtime = make_runtime(settings)
    jobs = make_jobs(runtime)
    queue_database = Database(
        runtime.database.url, pool_size=QUEUE_CONNECTIONS, application="arenapulse-queue"
    )
    parts = WorkerParts(
        jobs=jobs,
        database=runtime.database,
        queue_database=queue_database,
        options=QueueOptions(),
    )
    try:
        await runtime.database.open()
        await queue_database.open()
        yield Worker(parts)
    finally:
        await jobs.close()
        await queue_database.close()
        await runtime.database.close()
        await runtime.redis.aclose()
