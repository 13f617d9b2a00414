"""Every answer is an envelope, whatever was asked."""

from __future__ import annotations

import httpx


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
    assert answer.json()["data"]["dependencies"] == {"postgresql": "up", "redis": "up"}


async def test_the_openapi_document_is_3_1(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"
