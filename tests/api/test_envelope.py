"""Every answer is an envelope, whatever was asked."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from arenapulse.core.settings import Settings
from arenapulse.runtime.web.app import planned
from arenapulse.venues import routes as venue_routes
from arenapulse.wiring import make_app
from tests.conftest import client_of


async def test_an_unknown_route_is_404_in_the_envelope(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/nothing-here")
    assert answer.status_code == 404
    assert answer.json() == {
        "success": False,
        "error": {"code": "NOTFOUND001", "message": "There is no such route or resource."},
    }
    assert answer.headers["x-request-id"]


async def test_readiness_names_each_dependency(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["data"]["dependencies"] == {
        "postgresql": "up",
        "schema": "up",
        "redis": "up",
    }


async def test_readiness_knows_a_dead_cluster_that_nobody_asked(settings: Settings) -> None:
    away = settings.model_copy(update={"search_url": "opensearch+http://127.0.0.1:9"})
    async with client_of(away) as client:
        answer = await client.get("/health/ready")
        # Who searches is answered all the same, and the figures tell by whom.
        found = await client.get("/api/v1/search?q=derby")
        told = (await client.get("/metrics")).text
    assert (answer.status_code, found.status_code) == (200, 200)
    assert answer.json()["data"]["dependencies"]["opensearch"] == "down"
    assert 'arenapulse_dependency_up{name="opensearch"} 0.0' in told
    assert re.search(r'arenapulse_searches_total\{engine="postgresql"\} [1-9]', told)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/health/live", "application/json"),
        ("/health/ready", "application/json"),
        ("/metrics", "text/plain"),
        ("/.well-known/jwks.json", "application/json"),
        ("/api/v1/openapi.json", "application/json"),
        ("/api/v1/asyncapi.json", "application/json"),
        ("/docs", "text/html"),
        ("/api/v1/nothing-here", "application/json"),
    ],
)
async def test_head_is_get_without_a_body(client: httpx.AsyncClient, path: str, kind: str) -> None:
    got, head = await client.get(path), await client.head(path)
    assert head.content == b""
    assert head.status_code == got.status_code
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers["content-type"].startswith(kind)
    if path != "/metrics":
        assert head.headers["content-length"] == got.headers["content-length"]


async def test_head_of_what_only_takes_post_is_405(client: httpx.AsyncClient) -> None:
    answer = await client.head("/api/v1/auth/login")
    assert (answer.status_code, answer.content) == (405, b"")
    assert answer.headers["allow"] == "POST"


async def test_the_openapi_document_is_3_1(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"


async def test_a_process_that_stops_at_once_stops(settings: Settings) -> None:
    # A cancellation that falls into the first moments of a Redis connection is swallowed there.
    async with asyncio.timeout(10):
        async with make_app(settings).running():
            pass


def test_what_a_route_asks_for_is_worked_out_once_a_process(settings: Settings) -> None:
    """A second application tells the same of itself without working anything out."""
    first = make_app(settings).describe()
    (plan,) = planned(venue_routes.router)
    worked_out = [id(route.dependant) for route in iter_route_contexts([plan])]
    assert worked_out
    assert make_app(settings).describe() == first
    assert [id(route.dependant) for route in iter_route_contexts([plan])] == worked_out
