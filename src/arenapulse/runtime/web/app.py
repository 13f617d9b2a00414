"""Builds the HTTP application: FastAPI inside, the edge with the hot table around it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Final
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from pydantic.alias_generators import to_camel
from starlette.routing import BaseRoute

from arenapulse.core.settings import Settings
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.ratelimit import RateClass
from arenapulse.runtime.schemaprobe import SchemaProbe
from arenapulse.runtime.web import docs_page, errors, health, openapi, static
from arenapulse.runtime.web.dispatch import Dispatch
from arenapulse.runtime.web.edge import API, Edge
from arenapulse.runtime.web.hot import HotRoute, HotTable
from arenapulse.runtime.web.packing import Packing
from arenapulse.runtime.web.provided import Provided
from arenapulse.runtime.web.refusing import Refusals
from arenapulse.runtime.writeprobe import WriteProbe

Lifespan = Callable[[], AbstractAsyncContextManager[None]]

_READS: Final = frozenset({"GET", "HEAD"})
_RENEWALS: Final = frozenset({"auth/refresh", "auth/logout"})
_PROMO: Final = b"promoCode="
# The edge measures and traces; FastAPI would ask for its providers at each request.
_SILENT: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
# By the router's identity, which the plan keeps alive: routers are made with their modules.
PLANS: Final[dict[int, APIRouter]] = {}


def classify(method: str, path: str, query: bytes) -> RateClass | None:
    """The rate class of a calm endpoint; pages, files and probes are not limited."""
    if not path.startswith(API):
        return None
    rest = path[len(API) :]
    if rest.startswith("auth/") and method not in _READS:
        return RateClass.RENEWAL if rest in _RENEWALS else RateClass.AUTH
    if rest.endswith("/promo-code") or _PROMO in _plain(query):
        return RateClass.PROMO
    if rest.startswith("webhooks/"):
        return None
    return RateClass.READ if method in _READS else RateClass.WRITE


def _plain(query: bytes) -> bytes:
    """As routes read it: another spelling of a name has no budget of its own."""
    return unquote_to_bytes(query) if b"%" in query else query


def operation_id(route: APIRoute) -> str:
    """What clients made from the document call it."""
    return to_camel(route.name)


def planned(router: APIRouter) -> Sequence[BaseRoute]:
    """The router's routes, the same for every application of the process.

    FastAPI works out what an included route asks for and answers at the first request that passes
    it by: half a second of a processor for all, which each application would pay anew.
    """
    plan = PLANS.get(id(router))
    if plan is None:
        plan = PLANS[id(router)] = APIRouter(generate_unique_id_function=operation_id)
        plan.include_router(router)
    return plan.routes


def build(
    runtime: Runtime,
    *,
    routers: Sequence[APIRouter],
    hot_routes: Sequence[HotRoute],
    lifespan: Lifespan,
    provided: Provided,
    script_origins: tuple[str, ...] = (),
) -> Edge:
    """The ASGI application of one process; `lifespan` opens and closes what it needs.

    `provided` is what dependencies find, `script_origins` are of vendors' forms in our pages.
    """
    probe = WriteProbe(runtime.database)

    @asynccontextmanager
    async def running() -> AsyncGenerator[None, None]:
        async with lifespan():
            try:
                yield
            finally:
                probe.close()

    app = FastAPI(
        title="ArenaPulse",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lambda _app: running(),
        telemetry=_SILENT,
        generate_unique_id_function=operation_id,
        routes=[route for router in (*routers, health.router) for route in planned(router)],
    )
    app.router.redirect_slashes = False
    app.state.runtime = runtime
    app.state.provided = provided
    app.state.write_probe = probe
    app.state.schema_probe = SchemaProbe(runtime.database)
    hot = HotTable(list(hot_routes))
    refusals = Refusals(runtime.database)
    errors.install(app, hot=hot, refusals=refusals)
    openapi.install(app, hot=hot)
    docs_page.install(app)
    static.install(app, folder=runtime.settings.built_web)
    Dispatch.install(app.router)
    return Edge(
        Packing(app),
        hot=hot,
        limiter=runtime.limiter,
        classify=classify,
        refusals=refusals,
        trusted_proxies=runtime.settings.proxies,
        cors_origins=runtime.settings.cors_origin_list,
        upload_origins=upload_origins(runtime.settings),
        script_origins=script_origins,
        is_reached_by_tls=runtime.settings.base_url.startswith("https:"),
        running=running,
        describe=partial(openapi.document, app, hot=hot),
    )


def upload_origins(settings: Settings) -> tuple[str, ...]:
    """Where browsers send files to, beside us: the bucket, by the address that is signed."""
    if settings.media_bucket is None:
        return ()
    return (
        (settings.media_endpoint or f"https://s3.{settings.aws_region}.amazonaws.com").rstrip("/"),
    )
