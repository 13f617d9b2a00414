"""A dashboard that is open hears what it shows, within a second, from whichever process sold."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx

from arenapulse.analytics.service.live import HEARTBEAT_SECONDS
from arenapulse.core.settings import Settings
from arenapulse.realtime.asyncapi import document
from tests.realtime.buying import buy
from tests.realtime.jsonshape import faults
from tests.servers import SOON_SECONDS, Server, connected
from tests.worlds import Place, make_fans, make_world


async def test_a_sale_by_another_process_is_on_the_dashboard_within_a_second(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(100),))
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    (staff,) = await make_fans(db, world, 1, role="STAFF")
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    body = {"eventId": str(world.event_id)}
    async with connected(pair[1], analyst.token) as socket:
        assert (await socket.emit("dashboard:subscribe", body))["ok"] is True
        first = await socket.hear("dashboard:update")
        assert (first["eventId"], first["orders"], first["ticketsSold"]) == (body["eventId"], 0, 0)
        order = world.order(quantity=3, paymentMethod={"type": "box_office"})
        await buy(pair[0], staff, order)
        told = await socket.hear("dashboard:update", seconds=SOON_SECONDS)
        assert (told["orders"], told["ticketsSold"]) == (1, 3)
        # Nobody has to ask for the rest: it comes along, as those who ask are told it.
        described = document(version="test")["components"]
        payload = described["messages"]["dashboard.update"]["payload"]
        assert faults(told, payload, schemas=described["schemas"]) == []
        path = f"{pair[0].url}/api/v1/analytics/events/{world.event_id}"
        async with httpx.AsyncClient(headers=analyst.headers) as client:
            parts = {
                name: (await client.get(f"{path}/{question}")).json()["data"]
                for name, question in (
                    ("summary", "summary"),
                    *((name, name) for name in ("funnel", "sections", "attention")),
                    ("pace", "timeseries?metric=sales&bucket=minute"),
                )
            }
        summary = parts.pop("summary")
        assert without_clocks(told) == without_clocks(
            {
                "eventId": body["eventId"],
                "status": "ON_SALE",
                "gates": told["gates"],
                **summary,
                **parts,
            }
        )
        assert [each["sold"] for each in told["sections"]] == [3]
        assert [each["value"] for each in told["pace"]["points"]] == [3]
        assert (told["gates"]["admitted"], told["gates"]["gates"]) == (0, [])
        # Nothing changes, so nothing is said, but now and then that all is as it was.
        assert "dashboard:update" not in [name for name, _ in await socket.quiet(1.3)]
        again = await socket.hear("dashboard:update", seconds=HEARTBEAT_SECONDS + SOON_SECONDS)
        assert without_clocks(again) == without_clocks(told)
        # Who paused the sale elsewhere has it paused here.
        async with httpx.AsyncClient(headers=manager.headers) as client:
            paused = await client.post(
                f"{pair[0].url}/api/v1/events/{world.event_id}/status", json={"status": "PAUSED"}
            )
        assert paused.status_code == 200, paused.text
        changed = await socket.hear("dashboard:update", seconds=SOON_SECONDS)
        assert changed["status"] == "PAUSED"
    async with connected(pair[0], staff.token) as socket:
        refused = await socket.emit("dashboard:subscribe", body)
        assert refused["error"]["code"] == "AUTH004"


def without_clocks(frame: dict[str, Any]) -> dict[str, Any]:
    return {**frame, "updatedAt": 0, "attention": {**frame["attention"], "at": 0}}
