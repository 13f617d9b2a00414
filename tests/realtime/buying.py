"""Orders at one server, and what a map shows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from tests.servers import Server
from tests.worlds import Fan


async def buy(server: Server, fan: Fan, body: dict[str, object]) -> dict[str, Any]:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{server.url}/api/v1/orders", json=body, headers=fan.headers)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]


async def cancel(server: Server, fan: Fan, order: dict[str, Any]) -> None:
    async with httpx.AsyncClient() as client:
        url = f"{server.url}/api/v1/orders/{order['orderId']}/cancel"
        answer = await client.post(url, headers=fan.headers)
        assert answer.status_code == 200, answer.text


async def seat_map(server: Server, event_id: UUID, section_id: UUID) -> dict[str, Any]:
    async with httpx.AsyncClient() as client:
        url = f"{server.url}/api/v1/events/{event_id}/seats"
        answer = await client.get(url, params={"sectionId": str(section_id)})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]


def states(view: dict[str, Any]) -> dict[str, str]:
    """Letters by row."""
    return {row["label"]: row["seats"] for row in view["rows"]}


def applied(seats: dict[str, str], frame: dict[str, Any]) -> dict[str, str]:
    """The map after a frame."""
    found = dict(seats)
    for row, seat, state in frame["changes"]:
        letters = found[row]
        found[row] = letters[: seat - 1] + state + letters[seat:]
    return found
