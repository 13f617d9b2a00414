"""Who waits for a sold-out event is offered what comes back: in their order, held, once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from structlog.testing import capture_logs

from arenapulse.core.settings import Settings
from arenapulse.orders.news import Unheard
from arenapulse.runtime.db import SERVICE
from arenapulse.waitlist.service import Offerer
from arenapulse.waitlist.terms import EVENTS_PER_ROUND_MAX, OFFERS_PER_ROUND_MAX
from arenapulse.wiring import make_jobs
from arenapulse.wiring.core import make_core, make_runtime, open_core
from arenapulse.wiring.waitlist import make_offerer
from tests.answers import code as code_of
from tests.gates import API
from tests.worlds import Fan, Place, World, make_fans, make_world

PLACES = 4
TIER = {"priceLevel": "STANDARD", "name": "Standard", "amount": 0, "fee": 0, "currency": "EUR"}


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

    async def join(self, fan: Fan, quantity: int = 1, **wish: Any) -> httpx.Response:
        body = {"quantity": quantity, **wish}
        return await self.client.put(self.path, json=body, headers=fan.headers)

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


async def test_a_line_for_a_full_section_holds_nobody_up(line: Line, settings: Settings) -> None:
    world = await make_world(line.db, settings, sections=(Place(PLACES), Place(1)))
    full, other = world.section_ids
    here = replace(line, world=world)
    buyer, waiter, *_ = line.fans
    taken: list[str] = []
    for section, quantity in ((0, PLACES), (1, 1)):
        order = world.order(section, quantity=quantity)
        answer = await line.client.post(f"{API}/orders", json=order, headers=buyer.headers)
        assert answer.status_code == 201, answer.text
        taken.append(answer.json()["data"]["orderId"])
    # A round's worth of people, all for the section that stays full.
    await line.db.execute(
        "INSERT INTO wait_list (id, event_id, organization_id, user_id, section_id, quantity,"
        " status, joined_at) SELECT gen_random_uuid(), $1, $2, gen_random_uuid(), $3, 1, 'WAITING',"
        " now() - interval '1 h' FROM generate_series(1, $4)",
        *(world.event_id, world.organization_id, full, OFFERS_PER_ROUND_MAX),
    )
    assert (await here.join(waiter, sectionId=str(other))).status_code == 200
    await line.client.post(f"{API}/orders/{taken[1]}/cancel", headers=buyer.headers)
    await line.offerer.round()
    assert (await here.place(waiter))["status"] == "OFFERED"


async def test_more_events_than_a_round_takes_all_have_their_turn(line: Line) -> None:
    before = [UUID(int=uuid4().int >> 32) for _ in range(EVENTS_PER_ROUND_MAX)]
    await line.db.execute(
        "INSERT INTO events (id, venue_id, organization_id, chart_id, name, start_time, end_time,"
        " status, capacity_config, pricing_tiers, currency, tax_rate)"
        " SELECT x.id, venue_id, organization_id, chart_id, name, start_time, end_time, status,"
        " capacity_config, pricing_tiers, currency, tax_rate"
        " FROM events, unnest($2::UUID[]) x(id) WHERE events.id = $1",
        *(line.world.event_id, before),
    )
    # One place is free at each of them, and who waits there wants ten.
    await line.db.execute(
        "INSERT INTO stock (event_id, section_id, capacity)"
        " SELECT x, $2, 1 FROM unnest($1::UUID[]) x",
        *(before, line.world.section_ids[0]),
    )
    await line.db.execute(
        "INSERT INTO wait_list (id, event_id, organization_id, user_id, quantity, status,"
        " joined_at)"
        " SELECT gen_random_uuid(), x, $2, gen_random_uuid(), 10, 'WAITING', now()"
        " FROM unnest($1::UUID[]) x",
        *(before, line.world.organization_id),
    )
    waiter = line.fans[1]
    await line.join(waiter)
    await line.give_back(0)
    for _ in range(5):
        await line.offerer.round()
    assert (await line.place(waiter))["status"] == "OFFERED"
    await line.db.execute("DELETE FROM wait_list WHERE event_id = ANY ($1)", before)


async def test_an_event_that_goes_wrong_does_not_end_the_round(line: Line) -> None:
    broken = UUID(int=uuid4().int >> 32)
    await line.db.execute(
        "INSERT INTO events (id, venue_id, organization_id, chart_id, name, start_time, end_time,"
        " status, capacity_config, pricing_tiers, currency, tax_rate)"
        " SELECT $2, venue_id, organization_id, chart_id, name, start_time, end_time, status,"
        " capacity_config, $3, currency, tax_rate FROM events WHERE id = $1",
        *(line.world.event_id, broken, json.dumps([TIER | {"sectionIds": ["none"]}])),
    )
    await line.db.execute(
        "INSERT INTO stock (event_id, section_id, capacity) VALUES ($1, $2, 1)",
        *(broken, line.world.section_ids[0]),
    )
    await line.db.execute(
        "INSERT INTO wait_list (id, event_id, organization_id, user_id, quantity, status,"
        " joined_at)"
        " VALUES (gen_random_uuid(), $1, $2, gen_random_uuid(), 1, 'WAITING', now())",
        *(broken, line.world.organization_id),
    )
    waiter = line.fans[1]
    await line.join(waiter)
    await line.give_back(0)
    with capture_logs() as logs:
        await line.offerer.round()
    assert str(broken) in {str(each.get("event_id")) for each in logs}, logs
    assert (await line.place(waiter))["status"] == "OFFERED"
    await line.db.execute("DELETE FROM wait_list WHERE event_id = $1", broken)


async def test_what_is_held_for_who_left_meanwhile_is_free_again(line: Line) -> None:
    waiter, other = line.fans[1:3]
    await line.join(waiter, 2)
    await line.give_back(0)
    # They leave in the moment in which it is held for them.
    await line.db.execute(
        f"""
        CREATE FUNCTION leave_meanwhile() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
          UPDATE wait_list SET status = 'LEFT' WHERE user_id = NEW.user_id;
          RETURN NEW;
        END $$;
        CREATE TRIGGER leave_meanwhile AFTER INSERT ON orders FOR EACH ROW
          WHEN (NEW.user_id = '{waiter.user_id}') EXECUTE FUNCTION leave_meanwhile();
        """
    )
    try:
        await line.offerer.round()
    finally:
        await line.db.execute("DROP FUNCTION leave_meanwhile CASCADE")
    assert (await line.place(waiter))["status"] == "LEFT"
    assert await line.told(waiter) == 0
    # Nobody need wait for them: they are there.
    assert code_of(await line.join(other, 2)) == (409, "CONFLICT003")
