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


def hot_routes(_runtime: Runtime) -> list[HotRoute]:
    return []


def make_app(settings: Settings) -> Edge:
    runtime = make_runtime(settings)

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None, None]:
        await runtime.database.open()
        try:
            yield
        finally:
            await runtime.database.close()
            await runtime.redis.aclose()

    return build(
        runtime,
        routers=routers(),
        hot_routes=hot_routes(runtime),
        lifespan=lifespan,
        state={},
    )
