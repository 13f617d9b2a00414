"""Who waits for a sold-out event is offered what comes back: in their order, held, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.orders.news import Unheard
from arenapulse.runtime.db import SERVICE
from arenapulse.waitlist.service import Offerer
from arenapulse.wiring import make_jobs
from arenapulse.wiring.core import make_core, make_runtime, open_core
from arenapulse.wiring.waitlist import make_offerer
from tests.answers import code as code_of
from tests.gates import API
from tests.worlds import Fan, Place, World, make_fans, make_world

PLACES = 4


@dataclass(frozen=True)
class Line:
    """An event all of whose places somebody holds, and people who would like some."""

    client: httpx.AsyncClient
    db: asyncpg.Connection
    world: World
    offerer: Offerer
    fans: list[Fan]
    held: list[str]

    @property
    def path(self) -> str:
        return f"{API}/events/{self.world.event_id}/wait-list"

    async def join(self, fan: Fan, quantity: int = 1) -> httpx.Response:
        return await self.client.put(self.path, json={"quantity": quantity}, headers=fan.headers)

    async def place(self, fan: Fan) -> dict[str, Any]:
        answer = await self.client.get(self.path, headers=fan.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    async def order(self, fan: Fan, order_id: str) -> dict[str, Any]:
        answer = await self.client.get(f"{API}/orders/{order_id}", headers=fan.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    async def give_back(self, number: int) -> None:
        answer = await self.client.post(
            f"{API}/orders/{self.held[number]}/cancel", headers=self.fans[0].headers
        )
        assert answer.status_code == 200, answer.text

    async def told(self, fan: Fan) -> int:
        return int(
            await self.db.fetchval(
                "SELECT count(*) FROM messages WHERE user_id = $1 AND template = 'wait_list_offer'",
                fan.user_id,
            )
        )


@pytest.fixture
async def line(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> AsyncIterator[Line]:
    world = await make_world(db, settings, sections=(Place(PLACES),))
    fans = await make_fans(db, world, 4)
    held: list[str] = []
    for _ in range(2):
        answer = await client.post(
            f"{API}/orders", json=world.order(quantity=PLACES // 2), headers=fans[0].headers
        )
        assert answer.status_code == 201, answer.text
        held.append(answer.json()["data"]["orderId"])
    core = make_core(make_runtime(settings, actor=SERVICE), news=Unheard())
    make_jobs(core)
    async with open_core(core):
        yield Line(client, db, world, make_offerer(core), fans, held)


async def test_places_that_come_back_are_held_for_the_first_in_line(line: Line) -> None:
    _, first, second, third = line.fans
    for fan, quantity in ((first, 1), (second, 3), (third, 1)):
        assert (await line.join(fan, quantity)).status_code == 200
    assert [(await line.place(fan))["ahead"] for fan in (first, second, third)] == [0, 1, 2]
    assert await line.offerer.round() == 0
    await line.give_back(0)
    # Two places: one for the first, none for who wants three, one for the third.
    assert await line.offerer.round() == 2
    mine = await line.place(first)
    order = await line.order(first, mine["orderId"])
    assert (mine["status"], order["status"], len(order["tickets"])) == ("OFFERED", "PENDING", 1)
    assert order["expiresAt"] == mine["offeredUntil"]
    assert (await line.place(second))["status"] == "WAITING"
    assert (await line.place(third))["status"] == "OFFERED"
    assert [await line.told(fan) for fan in (first, second, third)] == [1, 0, 1]
    # Nobody is offered twice, however often it is looked.
    assert await line.offerer.round() == 0
    assert await line.told(first) == 1


async def test_an_offer_that_is_not_taken_goes_to_the_next(line: Line) -> None:
    _, first, second, _ = line.fans
    for fan in (first, second):
        assert (await line.join(fan, 2)).status_code == 200
    await line.give_back(0)
    assert await line.offerer.round() == 1
    order_id = (await line.place(first))["orderId"]
    answer = await line.client.post(f"{API}/orders/{order_id}/cancel", headers=first.headers)
    assert answer.status_code == 200
    assert await line.offerer.round() == 1
    assert (await line.place(first))["status"] == "OVER"
    assert (await line.place(second))["status"] == "OFFERED"
    # Who let it go may wait again, behind the others.
    assert (await line.join(first, 2)).json()["data"]["status"] == "WAITING"


async def test_another_wish_keeps_the_place_and_leaving_gives_it_up(line: Line) -> None:
    _, first, second, _ = line.fans
    await line.join(first, 1)
    await line.join(second, 1)
    again = (await line.join(first, 2)).json()["data"]
    assert (again["quantity"], again["ahead"]) == (2, 0)
    assert (await line.client.delete(line.path, headers=first.headers)).status_code == 200
    assert (await line.place(second))["ahead"] == 0
    gone = await line.client.delete(line.path, headers=first.headers)
    assert code_of(gone) == (404, "NOTFOUND001")


async def test_nobody_waits_for_what_is_there(line: Line) -> None:
    await line.give_back(0)
    assert code_of(await line.join(line.fans[1], 2)) == (409, "CONFLICT003")
    assert (await line.join(line.fans[1], 3)).status_code == 200


async def test_members_see_how_many_wait(line: Line) -> None:
    (staff,) = await make_fans(line.db, line.world, 1, role="STAFF")
    await line.join(line.fans[1], 3)
    answer = await line.client.get(f"{line.path}/counts", headers=staff.headers)
    assert answer.json()["data"] == {"waiting": 1, "places": 3, "offered": 0}
    other = await line.client.get(f"{line.path}/counts", headers=line.fans[1].headers)
    assert code_of(other) == (404, "EVENT001")
