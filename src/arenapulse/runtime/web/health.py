"""Probes and metrics."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from arenapulse.core.errors import NotAuthenticated, NotFound
from arenapulse.runtime import log
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.db import PASSING_ERRORS
from arenapulse.runtime.redis import REDIS_ERRORS
from arenapulse.runtime.schemaprobe import SchemaBehind, SchemaProbe
from arenapulse.runtime.telemetry import DEPENDENCY_UP
from arenapulse.runtime.web.crew import Mates
from arenapulse.runtime.web.deps import RuntimeDep
from arenapulse.runtime.web.figures import OWN, gathered
from arenapulse.runtime.web.provided import taken
from arenapulse.runtime.writeprobe import WriteProbe

PROBE_TIMEOUT_SECONDS = 2.0
# In the scope of a request to a process that is sending its sockets away.
LEAVING: Final = "arenapulse.leaving"
MATES: Final = "arenapulse.mates"
"""In the scope where there are several processes on the port."""
State = Literal["up", "down"]

_log = log.logger("health")
router = APIRouter(tags=["operations"])


@dataclass(frozen=True)
class Helpers:
    """What a service uses and does without: by name, whether it answers at the moment."""

    are_up: Callable[[], Awaitable[Mapping[str, bool]]]


@router.get("/health/live")
async def live() -> JSONResponse:
    """200 while the process answers at all."""
    return JSONResponse({"success": True, "data": {"status": "live"}})


@router.get("/health/ready")
async def ready(request: Request, runtime: RuntimeDep) -> JSONResponse:
    """200 while the database has our schema and takes what is written; Redis may be away.

    Not by a process that is sending its sockets away.
    """
    probe: WriteProbe = request.app.state.write_probe
    schema_probe: SchemaProbe = request.app.state.schema_probe
    database, schema, redis, helpers = await asyncio.gather(
        _state(probe.ask()),
        _state(schema_probe.ask()),
        _state(_ask_redis(runtime)),
        _helpers(request, runtime),
    )
    is_leaving = request.scope.get(LEAVING, False)
    is_ready = database == schema == "up" and not is_leaving
    status = "leaving" if is_leaving else "unready"
    dependencies = {
        "postgresql": database,
        "schema": schema,
        "redis": redis,
        **helpers,
    }
    for name, state in dependencies.items():
        DEPENDENCY_UP.labels(name).set(state == "up")
    data: dict[str, object] = {
        "status": "ready" if is_ready else status,
        "dependencies": dependencies,
    }
    mates: Mates | None = request.scope.get(MATES)
    # This one serves all the same, so it says so and stays.
    if mates is not None:
        data["givenUp"] = mates.roster.given_up()
    return JSONResponse({"success": is_ready, "data": data}, status_code=200 if is_ready else 503)


@router.get("/metrics")
async def metrics(request: Request, runtime: RuntimeDep) -> Response:
    """Prometheus' text; to who asks for OpenMetrics with the traces that are examples.

    Of several processes on one port, of all of them.

    For who has the token. Without one everybody sees it, and in production nobody.
    """
    token = runtime.settings.metrics_token
    if token is None and runtime.settings.is_production:
        raise NotFound
    if token is not None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise NotAuthenticated
    encode, kind = choose_encoder(request.headers.get("accept", ""))
    page = encode(REGISTRY).decode()
    mates: Mates | None = request.scope.get(MATES)
    if mates is not None and OWN not in request.headers:
        page = await gathered(mates, own=page, headers=request.headers)
    return Response(page, media_type=kind)


async def _helpers(request: Request, runtime: Runtime) -> dict[str, State]:
    states = {**await taken(request, Helpers).are_up(), **runtime.reads.state()}
    return {name: "up" if is_up else "down" for name, is_up in states.items()}


async def _ask_redis(runtime: Runtime) -> None:
    await runtime.redis.set("health", 1, ex=60)


async def _state(question: Awaitable[None]) -> State:
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
            await question
    except (*PASSING_ERRORS, *REDIS_ERRORS, SchemaBehind):
        return "down"
    except Exception as error:  # noqa: BLE001 - a role without its rights is no reason for a 500
        _log.error("the probe failed", exc_info=error)
        return "down"
    return "up"
