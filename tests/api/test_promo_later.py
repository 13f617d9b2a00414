"""A promo code for places that are held already; what orders cost, by the web app's own vectors."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core.money import spread
from arenapulse.core.settings import Settings
from tests.worlds import Fan, Place, World, make_fans, make_world

ROOT: Final = Path(__file__).parents[2]
VECTORS: Final = json.loads((ROOT / "web/src/features/event/basket-vectors.json").read_text())


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    sections = tuple(Place(100, **each) for each in VECTORS["sections"])
    return await make_world(db, settings, sections=sections, tax_rate=2000)


@pytest.fixture
async def manager(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1, role="MANAGER"))[0]


@pytest.fixture
async def fan(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1))[0]


async def make_code(client: httpx.AsyncClient, world: World, manager: Fan, **body: object) -> None:
    made = await client.post(
        f"/api/v1/events/{world.event_id}/promo-codes",
        json={"code": "SPRING", "kind": "PERCENT", "value": 10} | body,
        headers=manager.headers,
    )
    assert made.status_code == 201, made.text


async def hold(client: httpx.AsyncClient, fan: Fan, body: dict[str, object]) -> dict[str, Any]:
    answer = await client.post("/api/v1/orders", json=body, headers=fan.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def use(
    client: httpx.AsyncClient, fan: Fan, order: dict[str, Any], code: str | None
) -> httpx.Response:
    path = f"/api/v1/orders/{order['orderId']}/promo-code"
    if code is None:
        return await client.delete(path, headers=fan.headers)
    return await client.put(path, json={"code": code}, headers=fan.headers)


async def uses(db: asyncpg.Connection, world: World) -> dict[str, int]:
    rows = await db.fetch("SELECT code, uses FROM promo_codes WHERE event_id = $1", world.event_id)
    return {row["code"]: row["uses"] for row in rows}


async def shares(db: asyncpg.Connection, order: dict[str, Any]) -> list[int]:
    rows = await db.fetch(
        "SELECT discount FROM tickets WHERE order_id = $1 ORDER BY number", UUID(order["orderId"])
    )
    return [row["discount"] for row in rows]


def sums(order: dict[str, Any]) -> list[int]:
    return [order["subtotal"], order["fees"], order["discount"], order["total"]]


async def test_orders_cost_what_the_web_apps_vectors_say_with_the_code_at_once_and_later(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan
) -> None:
    for number, vector in enumerate(VECTORS["orders"]):
        fan = (await make_fans(db, world, 1))[0]
        body = world.order()
        body["tickets"] = [
            world.order(section, quantity=quantity)["tickets"][0]
            for section, quantity in vector["lines"]
        ]
        name, code = f"CODE{number}", vector["code"]
        if code is not None:
            only = [str(world.section_ids[n]) for n in code.pop("sections", [])]
            await make_code(
                client, world, manager, code=name, **code, **({"sectionIds": only} if only else {})
            )
        at_once = await hold(client, fan, body | ({} if code is None else {"promoCode": name}))
        assert sums(at_once) == vector["sums"], vector["name"]
        if code is not None:
            order = await hold(client, fan, body)
            later = (await use(client, fan, order, name)).json()["data"]
            assert sums(later) == vector["sums"], vector["name"]
            assert later["tax"] == at_once["tax"]


async def test_a_code_is_put_in_the_place_of_another_and_taken_off(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    await make_code(client, world, manager, maxUses=1, maxPerPerson=1)
    await make_code(client, world, manager, code="FIVE", kind="AMOUNT", value=500)
    order = await hold(client, fan, world.order(quantity=2))
    whole = sums(order)
    assert sums((await use(client, fan, order, "spring")).json()["data"])[2] == 999
    assert sums((await use(client, fan, order, "SPRING")).json()["data"])[2] == 999
    assert await uses(db, world) == {"SPRING": 1, "FIVE": 0}
    changed = (await use(client, fan, order, "five")).json()["data"]
    assert changed["discount"] == 500
    assert await uses(db, world) == {"SPRING": 0, "FIVE": 1}
    assert await shares(db, order) == spread(500, weights=[4999, 4999])
    assert sums((await use(client, fan, order, None)).json()["data"]) == whole
    assert await uses(db, world) == {"SPRING": 0, "FIVE": 0}
    assert await shares(db, order) == [0, 0]
    assert (await use(client, fan, order, "SPRING")).status_code == 200
    released = await client.post(f"/api/v1/orders/{order['orderId']}/cancel", headers=fan.headers)
    assert released.status_code == 200
    assert await uses(db, world) == {"SPRING": 0, "FIVE": 0}
    counted = await db.fetch("SELECT uses FROM promo_people WHERE person_id = $1", fan.user_id)
    assert [row["uses"] for row in counted] == [0]


async def test_a_code_that_is_not_for_it_changes_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    other = (await make_fans(db, world, 1))[0]
    await make_code(client, world, manager, maxUses=1)
    await make_code(client, world, manager, code="THERE", sectionIds=[str(world.section_ids[1])])
    await make_code(client, world, manager, code="PAST", validUntil="2020-01-01T00:00:00Z")
    first = await hold(client, other, world.order(promoCode="SPRING"))
    order = await hold(client, fan, world.order())
    for code in ("SPRING", "THERE", "PAST", "nothing"):
        refused = await use(client, fan, order, code)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "PROMO001")
    assert (await use(client, other, order, "SPRING")).status_code == 404
    read = await client.get(f"/api/v1/orders/{order['orderId']}", headers=fan.headers)
    assert sums(read.json()["data"]) == sums(order)
    assert await uses(db, world) == {"SPRING": 1, "THERE": 0, "PAST": 0}
    await client.post(f"/api/v1/orders/{first['orderId']}/cancel", headers=other.headers)
    gone = await use(client, other, first, "SPRING")
    assert (gone.status_code, gone.json()["error"]["code"]) == (409, "ORDER004")


async def test_a_price_that_only_a_code_sells_keeps_its_code(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    await make_code(client, world, manager, value=0, unlocks=["STANDARD"])
    await make_code(client, world, manager, code="FIVE", kind="AMOUNT", value=500)
    order = await hold(client, fan, world.order(promoCode="SPRING"))
    assert (await use(client, fan, order, None)).status_code == 422
    assert (await use(client, fan, order, "FIVE")).status_code == 422
    assert await uses(db, world) == {"SPRING": 1, "FIVE": 0}


async def test_what_costs_nothing_now_is_the_persons_for_good(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    await make_code(client, world, manager, value=100)
    order = await hold(client, fan, world.order(1))
    bought = (await use(client, fan, order, "SPRING")).json()["data"]
    assert (bought["status"], bought["total"]) == ("CONFIRMED", 0)
    assert [ticket["status"] for ticket in bought["tickets"]] == ["VALID"]
    stock = await db.fetchrow(
        "SELECT held, sold FROM stock WHERE section_id = $1", world.section_ids[1]
    )
    assert tuple(stock) == (0, 1)
    assert (await use(client, fan, order, None)).status_code == 409


async def test_a_visitor_pays_nothing_only_once_they_say_who_they_are(
    client: httpx.AsyncClient, world: World, manager: Fan
) -> None:
    await make_code(client, world, manager, value=100)
    token = (await client.post("/api/v1/auth/guest")).json()["data"]["token"]
    guest = Fan(manager.user_id, token)
    order = await hold(client, guest, world.order(1))
    held = (await use(client, guest, order, "SPRING")).json()["data"]
    assert (held["status"], held["total"]) == ("PENDING", 0)


async def test_of_many_who_want_the_last_use_one_has_it(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan
) -> None:
    await make_code(client, world, manager, maxUses=1)
    fans = await make_fans(db, world, 6)
    orders = [await hold(client, fan, world.order()) for fan in fans]
    answers = await asyncio.gather(
        *(use(client, fan, order, "SPRING") for fan, order in zip(fans, orders, strict=True))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 5
    assert await uses(db, world) == {"SPRING": 1}


async def test_the_event_says_what_a_code_takes_off(
    client: httpx.AsyncClient, world: World, manager: Fan
) -> None:
    await make_code(client, world, manager, sectionIds=[str(world.section_ids[1])])
    await make_code(client, world, manager, code="PAST", validUntil="2020-01-01T00:00:00Z")
    path = f"/api/v1/events/{world.event_id}"
    shown = (await client.get(path, params={"promoCode": "spring"})).json()["data"]
    assert shown["promo"] == {
        "kind": "PERCENT",
        "value": 10,
        "sectionIds": [str(world.section_ids[1])],
    }
    for params in ({"promoCode": "PAST"}, {"promoCode": "none"}, {}):
        assert "promo" not in (await client.get(path, params=params)).json()["data"]
