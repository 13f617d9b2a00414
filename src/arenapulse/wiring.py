"""The one page that knows everybody: routers, hot handlers, tasks, reactions, vendors."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import APIRouter

from arenapulse.core.settings import Settings
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
from arenapulse.runtime.web.hot import HotRoute


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


def routers() -> list[APIRouter]:
    return []


def job_registries(runtime: Runtime) -> list[Registry]:
    """The tasks, reactions and loops of every slice."""
    return [housekeeping(runtime.database)]


def make_jobs(runtime: Runtime) -> Jobs:
    return attach(runtime.database, registry=Registry.of(job_registries(runtime)))


def hot_routes(_runtime: Runtime) -> list[HotRoute]:
    return []


def make_app(settings: Settings) -> Edge:
    runtime = make_runtime(settings)
    jobs = make_jobs(runtime)

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None, None]:
        await runtime.database.open()
        try:
            yield
        finally:
            await jobs.close()
            await runtime.database.close()
            await runtime.redis.aclose()

    return build(
        runtime,
        routers=routers(),
        hot_routes=hot_routes(runtime),
        lifespan=lifespan,
        state={},
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
