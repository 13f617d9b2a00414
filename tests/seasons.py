"""A club that sells season tickets, and what its buyers do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from tests.paying import VISA, becomes
from tests.worlds import Fan, Place, World, make_fans, make_world

DATES = 4
SEASON = 3000
FEE = 150
SHARE = SEASON + FEE
WHOLE = DATES * SHARE


@dataclass
class Club:
    """A series of four dates with a section of twelve seats, and who sells it."""

    client: httpx.AsyncClient
    db: asyncpg.Connection
    world: World
    manager: Fan
    dates: list[str]

    async def fan(self) -> Fan:
        return (await make_fans(self.db, self.world, 1))[0]

    async def buy(self, fan: Fan, *seats: int, key: str = "", **changes: object) -> httpx.Response:
        line = {
            "sectionId": str(self.world.section_ids[0]),
            "priceLevel": "standard",
            "quantity": len(seats),
            "seats": [{"row": "A", "seat": seat} for seat in seats],
        }
        return await self.client.post(
            f"/api/v1/series/{self.world.event_id}/orders",
            json={"eventIds": self.dates, "tickets": [line]} | changes,
            headers=fan.headers | ({"Idempotency-Key": key} if key else {}),
        )

    async def held(self, fan: Fan, *seats: int) -> Any:
        answer = await self.buy(fan, *seats)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    async def pay(self, fan: Fan, season: Any, token: str = VISA) -> httpx.Response:
        return await self.client.post(
            f"/api/v1/season-orders/{season['seasonOrderId']}/payment",
            json={"paymentMethod": {"type": "card", "token": token}},
            headers=fan.headers,
        )

    async def read(self, fan: Fan, season: Any) -> Any:
        path = f"/api/v1/season-orders/{season['seasonOrderId']}"
        answer = await self.client.get(path, headers=fan.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def paid(self, fan: Fan, *seats: int) -> Any:
        season = await self.held(fan, *seats)
        started = await self.pay(fan, season)
        assert started.status_code == 202, started.text
        await self.all_become(fan, season, "SUCCEEDED")
        async with asyncio.timeout(10):
            while await self.statuses(season) != {"SUCCEEDED"}:  # noqa: ASYNC110 - the subject
                await asyncio.sleep(0.02)
        return await self.read(fan, season)

    async def all_become(self, fan: Fan, season: Any, payment: str) -> None:
        for order in season["orders"]:
            await becomes(
                self.client, fan, order["orderId"], lambda o: o["paymentStatus"] == payment
            )

    async def statuses(self, season: Any) -> set[str]:
        """Of its charges."""
        ids = [order["orderId"] for order in season["orders"]]
        rows = await self.db.fetch(
            "SELECT DISTINCT status::TEXT FROM charges WHERE order_id = ANY ($1)", ids
        )
        return {row["status"] for row in rows}

    async def places(self) -> list[tuple[int, int]]:
        """Held and sold at each date."""
        rows = await self.db.fetch(
            "SELECT s.held, s.sold FROM stock s JOIN events e ON e.id = s.event_id "
            "WHERE e.series_id = $1 ORDER BY e.start_time",
            self.world.event_id,
        )
        return [tuple(row) for row in rows]


async def open_club(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    settings: Settings,
    *,
    config: dict[str, object] | None = None,
) -> Club:
    place = Place(rows=(("A", 12),))
    world = await make_world(db, settings, sections=(place,), config=config)
    manager = (await make_fans(db, world, 1, role="MANAGER"))[0]
    series = f"/api/v1/series/{world.event_id}/season-ticket"
    offer = {"levels": [{"priceLevel": "Standard", "amount": SEASON}]}
    early = await client.put(series, json=offer, headers=manager.headers)
    assert (early.status_code, early.json()["error"]["code"]) == (404, "NOTFOUND001")
    made = await client.post(
        f"/api/v1/events/{world.event_id}/repeats",
        json={"every": "WEEK", "times": DATES - 1},
        headers=manager.headers,
    )
    assert made.status_code == 201, made.text
    await db.execute(
        "UPDATE events SET status = 'ON_SALE' WHERE series_id = $1 AND status = 'DRAFT'",
        world.event_id,
    )
    assert (await client.get(series)).json()["data"]["prices"] == []
    offered = await client.put(series, json=offer, headers=manager.headers)
    assert offered.status_code == 200, offered.text
    dates = [each["eventId"] for each in offered.json()["data"]["dates"]]
    return Club(client, db, world, manager, dates)
