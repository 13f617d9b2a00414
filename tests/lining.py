"""An event with a waiting room, a hand that moves its inlet, and a crowd that waits."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from arenapulse.core.ids import EventId
from arenapulse.core.settings import Settings
from arenapulse.orders.news import Unheard
from arenapulse.runtime.db import SERVICE
from arenapulse.waitingroom.inlet import Seen
from arenapulse.waitingroom.service.drawing import Drawing
from arenapulse.waitingroom.service.steering import Steering
from arenapulse.wiring import make_jobs
from arenapulse.wiring.core import make_core, make_runtime, open_core
from arenapulse.wiring.waitingroom import make_drawing, make_steering
from tests.worlds import Fan, World, make_world

CALM = Seen(p95_ms=20.0, pool_use=0.1, payment_errors=0.0)
SECONDS_MAX = 6.0


@dataclass
class Line:
    client: httpx.AsyncClient
    db: asyncpg.Connection
    world: World
    steering: Steering
    drawing: Drawing

    @property
    def path(self) -> str:
        return f"/api/v1/events/{self.world.event_id}/queue"

    async def join(self, fan: Fan, **body: object) -> httpx.Response:
        return await self.client.post(self.path, json=body or None, headers=fan.headers)

    async def joined(self, fan: Fan, **body: object) -> dict[str, Any]:
        answer = await self.join(fan, **body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()["data"]

    async def read(self, token: object) -> dict[str, Any]:
        answer = await self.client.get(f"{self.path}/{token}")
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def until(self, token: object = "serving", **told: object) -> dict[str, Any]:
        """The place, or the line, once the server has read the room again: in two seconds."""
        async with asyncio.timeout(SECONDS_MAX):
            while True:
                found = await self.read(token)
                if found | told == found:
                    return found
                await asyncio.sleep(0.05)

    async def order(self, fan: Fan, given: object = None, **changes: object) -> httpx.Response:
        headers = fan.headers | ({} if given is None else {"X-Queue-Pass": str(given)})
        body = self.world.order(**changes)
        return await self.client.post("/api/v1/orders", json=body, headers=headers)

    async def step(self, seen: Seen | None = CALM, *, seconds: float = 1.0) -> None:
        """A step of the inlet, so many seconds after the last one."""
        await self.later(seconds)
        await self.db.execute(
            "UPDATE waiting_rooms SET steered_at = now() - $2::INTERVAL WHERE event_id = $1",
            *(self.world.event_id, dt.timedelta(seconds=seconds)),
        )
        await self.steering.steer(EventId(self.world.event_id), seen=seen)
        await self.drawing.draw()

    async def tick(self) -> None:
        """A second later: the worker's own step, which hears the servers itself."""
        await self.later(1.0)
        await self.db.execute(
            "UPDATE waiting_rooms SET steered_at = now() - INTERVAL '1 second' WHERE event_id = $1",
            self.world.event_id,
        )
        await self.steering.step()

    async def later(self, seconds: float) -> None:
        """All who were let in were so many seconds earlier."""
        await self.db.execute(
            "UPDATE waiting_admissions SET at = at - $2::INTERVAL WHERE event_id = $1",
            *(self.world.event_id, dt.timedelta(seconds=seconds)),
        )

    async def crowd(self, many: int) -> None:
        """So many strangers join, by the batch's own function."""
        ids = [self.world.event_id] * many
        await self.client.get(f"{self.path}/serving")  # the room is there
        await self.db.execute(
            "SELECT count(*) FROM join_lanes($1, $2, $3, $4, $5, 4000000)",
            *(ids, [0] * many, [uuid4() for _ in ids], [os.urandom(16) for _ in ids], [0] * many),
        )

    async def serving(self) -> int:
        return await self.db.fetchval(
            "SELECT serving FROM waiting_lanes WHERE event_id = $1 AND lane = 0",
            self.world.event_id,
        )

    async def count(self) -> int:
        return await self.db.fetchval(
            "SELECT count(*) FROM waiting_places WHERE event_id = $1", self.world.event_id
        )

    async def move(self, status: str) -> None:
        await self.db.execute(
            "UPDATE events SET status = $2::event_status WHERE id = $1",
            *(self.world.event_id, status),
        )


@contextlib.asynccontextmanager
async def lined_up(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    settings: Settings,
    *,
    status: str,
    per_minute: int = 60,
    enabled: bool = True,
) -> AsyncIterator[Line]:
    room = {"enabled": enabled, "admitPerMinute": per_minute}
    world = await make_world(db, settings, status=status, config={"waitingRoom": room})
    core = make_core(make_runtime(settings, actor=SERVICE), news=Unheard())
    make_jobs(core)
    async with open_core(core):
        line = Line(client, db, world, make_steering(core), make_drawing(core))
        if enabled and status == "ON_SALE":
            # The sale has begun, and nobody was early: who joins now stands in order of arrival.
            await client.get(f"{line.path}/serving")
            await line.steering.steer(EventId(world.event_id), seen=CALM)
            await line.drawing.draw()
        yield line
