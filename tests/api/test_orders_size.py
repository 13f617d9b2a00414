"""How large an order may be, and what it may be placed for: judged before anything is chosen."""

from __future__ import annotations

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.worlds import Fan, Place, World, make_fans, make_world


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings, sections=(Place(100), Place(50, amount=0, fee=0)))


@pytest.fixture
async def fan(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1))[0]


async def place(
    client: httpx.AsyncClient, fan: Fan, body: dict[str, object], *, key: str | None = None
) -> httpx.Response:
    headers = fan.headers | ({"Idempotency-Key": key} if key else {})
    return await client.post("/api/v1/orders", json=body, headers=headers)


async def stock(db: asyncpg.Connection, world: World, section: int = 0) -> tuple[int, int]:
    row = await db.fetchrow(
        "SELECT held, sold FROM stock WHERE event_id = $1 AND section_id = $2",
        *(world.event_id, world.section_ids[section]),
    )
    assert row is not None
    return row["held"], row["sold"]


async def test_the_size_of_an_order_is_judged_before_its_places(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    sections = (Place(3), Place(rows=(("A", 4),)))
    world = await make_world(db, settings, sections=sections, config={"maxTicketsPerOrder": 5})
    fan, clerk = await make_fans(db, world, 1) + await make_fans(db, world, 1, role="STAFF")
    seats = [{"row": "A", "seat": n} for n in (1, 2, 3, 4)]
    full = world.order(1, quantity=4, seats=seats)
    assert (await place(client, fan, full)).status_code == 201
    many = [*world.order(0, quantity=2)["tickets"], *full["tickets"]]
    huge = world.order(1, quantity=500)["tickets"] * 50
    for tickets in (many, huge, world.order(0, quantity=6)["tickets"]):
        for key in (None, "k"):
            refused = await place(client, fan, world.order(tickets=tickets), key=key)
            assert (refused.status_code, refused.json()["error"]["code"]) == (422, "ORDER003")
    at_the_desk = world.order(tickets=huge, paymentMethod={"type": "box_office"})
    refused = await place(client, clerk, at_the_desk)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "ORDER003")
    assert (await stock(db, world, 0), await stock(db, world, 1)) == ((0, 0), (4, 0))


async def test_an_order_from_before_the_limit_is_still_replayed(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(), Place(rows=(("A", 9),))))
    fan = (await make_fans(db, world, 1))[0]
    bodies = [world.order(0, quantity=4), world.order(1, quantity=4)]
    first = [
        await place(client, fan, body, key=key) for body, key in zip(bodies, "ab", strict=True)
    ]
    assert [answer.status_code for answer in first] == [201, 201]
    manager = (await make_fans(db, world, 1, role="MANAGER"))[0]
    config = {"sections": {}, "maxTicketsPerOrder": 3}
    path = f"/api/v1/events/{world.event_id}"
    headers = manager.headers | {"If-Match": '"1"'}
    answer = await client.patch(path, json={"capacityConfig": config}, headers=headers)
    assert answer.status_code == 200, answer.text
    for body, key, original in zip(bodies, "ab", first, strict=True):
        again = await place(client, fan, body, key=key)
        assert (again.status_code, again.content) == (201, original.content)
        refused = await place(client, fan, body, key=f"{key}2")
        assert refused.json()["error"]["code"] == "ORDER003"
    # A limit that was raised is raised at once, on every process.
    config["maxTicketsPerOrder"] = 4
    headers = manager.headers | {"If-Match": '"2"'}
    await client.patch(path, json={"capacityConfig": config}, headers=headers)
    assert (await place(client, fan, bodies[0])).status_code == 201


async def test_an_order_has_a_body_of_bounded_size(
    client: httpx.AsyncClient, world: World, fan: Fan
) -> None:
    seats = [{"row": "\N{LATIN SMALL LETTER E WITH ACUTE}" * 40, "seat": n} for n in range(1, 501)]
    lines = [world.order(quantity=500, seats=seats)["tickets"][0]] * 2
    body = world.order(tickets=lines) | {"promoCode": "X" * 64}
    judged = await place(client, fan, body | {"paymentMethod": {"type": "box_office"}})
    assert judged.json()["error"]["code"] == "AUTH004"
    refused = await place(client, fan, world.order(tickets=lines * 3))
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "REQUEST001")


async def test_a_foreign_draft_is_not_there_whatever_is_asked_of_it(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, settings: Settings
) -> None:
    draft = await make_world(db, settings, status="DRAFT")
    stranger = (await make_fans(db, world, 1, role="OWNER"))[0]
    analyst = (await make_fans(db, draft, 1, role="ANALYST"))[0]
    asked = [
        draft.order(paymentMethod={"type": kind}) for kind in ("box_office", "invoice", "card")
    ]
    asked += [draft.order(quantity=11), {**world.order(), "eventId": str(draft.event_id)}]
    for body in asked:
        answer = await place(client, stranger, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "EVENT001")
    for body in asked[:2]:
        answer = await place(client, analyst, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AUTH004")
