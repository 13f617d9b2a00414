"""Promo codes: what they take off, whom they let in, and that a use is never used twice."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.money import AMOUNT_MINOR_MAX, spread
from arenapulse.core.settings import Settings
from arenapulse.events.terms import TICKETS_PER_ORDER_MAX
from tests.logged import logged
from tests.worlds import Fan, Place, World, make_fans, make_world


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    sections = (Place(100, amount=1001, fee=100), Place(50, amount=333, fee=50))
    return await make_world(db, settings, sections=sections, tax_rate=2000)


@pytest.fixture
async def manager(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1, role="MANAGER"))[0]


@pytest.fixture
async def fan(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1))[0]


async def make_code(
    client: httpx.AsyncClient, world: World, manager: Fan, **body: object
) -> httpx.Response:
    return await client.post(
        f"/api/v1/events/{world.event_id}/promo-codes",
        json={"code": "SPRING", "kind": "PERCENT", "value": 10} | body,
        headers=manager.headers,
    )


async def buy(
    client: httpx.AsyncClient, fan: Fan, body: dict[str, object], code: str = "SPRING"
) -> httpx.Response:
    return await client.post("/api/v1/orders", json=body | {"promoCode": code}, headers=fan.headers)


async def uses(db: asyncpg.Connection, world: World) -> int:
    return await db.fetchval("SELECT uses FROM promo_codes WHERE event_id = $1", world.event_id)


async def test_a_percentage_comes_off_the_amounts_and_is_spread_by_largest_remainder(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    made = await make_code(client, world, manager)
    assert made.status_code == 201, made.text
    assert made.json()["data"]["uses"] == 0
    body = world.order()
    body["tickets"] = [*world.order(0, quantity=2)["tickets"], *world.order(1)["tickets"]]
    answer = await buy(client, fan, body, code="spring")
    assert answer.status_code == 201, answer.text
    order = answer.json()["data"]
    assert (order["subtotal"], order["fees"], order["discount"]) == (2335, 250, 233)
    assert order["total"] == 2352
    assert order["tax"] == 392
    shares = await db.fetch(
        "SELECT discount FROM tickets WHERE order_id = $1 ORDER BY number", UUID(order["orderId"])
    )
    assert [row["discount"] for row in shares] == spread(233, weights=[1001, 1001, 333])
    assert await uses(db, world) == 1
    read = await client.get(f"/api/v1/orders/{order['orderId']}", headers=fan.headers)
    assert read.json()["data"]["discount"] == 233


@pytest.mark.parametrize("value", [1, 2, 500, 501, 1000, 3335])
async def test_the_shares_of_the_tickets_sum_to_the_discount(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    world: World,
    manager: Fan,
    fan: Fan,
    value: int,
) -> None:
    await make_code(client, world, manager, kind="AMOUNT", value=value)
    body = world.order()
    body["tickets"] = [*world.order(0, quantity=3)["tickets"], *world.order(1)["tickets"]]
    order = (await buy(client, fan, body)).json()["data"]
    assert order["discount"] == value
    shares = await db.fetch(
        "SELECT discount FROM tickets WHERE order_id = $1 ORDER BY number", UUID(order["orderId"])
    )
    assert [row["discount"] for row in shares] == spread(value, weights=[1001, 1001, 1001, 333])


async def test_the_largest_discount_is_spread_too(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    dear = (Place(1000, amount=AMOUNT_MINOR_MAX), Place(5, amount=AMOUNT_MINOR_MAX - 1))
    config = {"maxTicketsPerOrder": TICKETS_PER_ORDER_MAX}
    world = await make_world(db, settings, sections=dear, config=config)
    manager = (await make_fans(db, world, 1, role="MANAGER"))[0]
    await make_code(client, world, manager, value=99)
    body = world.order()
    lines = [world.order(0, quantity=n)["tickets"][0] for n in (500, 497)]
    body["tickets"] = [*lines, *world.order(1, quantity=3)["tickets"]]
    answer = await buy(client, manager, body)
    assert answer.status_code == 201, answer.text
    order = answer.json()["data"]
    subtotal = 1000 * AMOUNT_MINOR_MAX - 3
    assert (order["subtotal"], order["discount"]) == (subtotal, subtotal * 99 // 100)
    shares = await db.fetch(
        "SELECT discount FROM tickets WHERE order_id = $1 ORDER BY number", UUID(order["orderId"])
    )
    weights = [AMOUNT_MINOR_MAX] * 997 + [AMOUNT_MINOR_MAX - 1] * 3
    assert [row["discount"] for row in shares] == spread(order["discount"], weights=weights)


async def test_an_amount_comes_off_once_an_order_and_only_its_sections(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    only = [str(world.section_ids[1])]
    await make_code(client, world, manager, kind="AMOUNT", value=5000, sectionIds=only)
    body = world.order()
    body["tickets"] = [*world.order(0)["tickets"], *world.order(1, quantity=2)["tickets"]]
    order = (await buy(client, fan, body)).json()["data"]
    assert (order["discount"], order["total"]) == (666, 1001 + 666 + 200 - 666)
    refused = await buy(client, fan, world.order(0))
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "PROMO001")
    assert await uses(db, world) == 1


async def test_a_code_that_makes_it_free_confirms_at_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(10, amount=500, fee=0),))
    manager = (await make_fans(db, world, 1, role="MANAGER"))[0]
    await make_code(client, world, manager, value=100)
    order = (await buy(client, manager, world.order())).json()["data"]
    assert (order["status"], order["paymentStatus"], order["total"]) == (
        "CONFIRMED",
        "NOT_REQUIRED",
        0,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"validFrom": (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()},
        {"validUntil": (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).isoformat()},
        {"code": "OTHER"},
    ],
    ids=["early", "late", "unknown"],
)
async def test_a_code_out_of_its_time_or_name_is_refused(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    world: World,
    manager: Fan,
    *,
    change: dict[str, object],
) -> None:
    await make_code(client, world, manager, **change)
    answer = await buy(client, manager, world.order())
    assert answer.json()["error"]["code"] == "PROMO001"
    assert await db.fetchval("SELECT count(*) FROM orders WHERE event_id=$1", world.event_id) == 0


async def test_the_last_use_goes_to_one_of_many(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan
) -> None:
    await make_code(client, world, manager, maxUses=3)
    fans = await make_fans(db, world, 30)
    answers = await asyncio.gather(*(buy(client, fan, world.order()) for fan in fans))
    codes = Counter(a.json().get("error", {}).get("code", "bought") for a in answers)
    assert codes == {"bought": 3, "PROMO001": 27}
    assert await uses(db, world) == 3


async def test_a_use_comes_back_with_its_order_and_a_person_has_their_own_limit(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    await make_code(client, world, manager, maxPerPerson=1)
    order = (await buy(client, fan, world.order())).json()["data"]
    again = await buy(client, fan, world.order())
    assert again.json()["error"]["code"] == "PROMO001"
    assert (await buy(client, manager, world.order())).status_code == 201
    await client.post(f"/api/v1/orders/{order['orderId']}/cancel", headers=fan.headers)
    assert await uses(db, world) == 1
    assert (await buy(client, fan, world.order())).status_code == 201


async def test_a_level_that_a_code_unlocks_is_sold_only_with_it(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    await make_code(client, world, manager, unlocks=["STANDARD"], value=0)
    await make_code(client, world, manager, code="PLAIN")

    async def bare() -> tuple[int, str]:
        answer = await client.post("/api/v1/orders", json=world.order(), headers=fan.headers)
        return answer.status_code, answer.json()["error"]["code"]

    assert await bare() == (422, "VALIDATION001")
    assert (await buy(client, fan, world.order(), "PLAIN")).json()["error"]["code"] == "PROMO001"
    assert (await buy(client, fan, world.order())).status_code == 201
    path = f"/api/v1/events/{world.event_id}/promo-codes"
    # When the code is over or deleted, nobody gets at it; a new one lets in again.
    await db.execute(
        "UPDATE promo_codes SET valid_until = now() - interval '1 s' WHERE event_id = $1"
        " AND unlocks <> '{}'",
        world.event_id,
    )
    assert await bare() == (422, "VALIDATION001")
    assert (await buy(client, fan, world.order())).json()["error"]["code"] == "PROMO001"
    codes = (await client.get(path, headers=manager.headers)).json()["data"]
    for code in codes:
        assert (await client.delete(f"{path}/{code['id']}", headers=manager.headers)).is_success
    assert await bare() == (422, "VALIDATION001")
    assert (await buy(client, fan, world.order())).json()["error"]["code"] == "PROMO001"
    await make_code(client, world, manager, unlocks=["STANDARD"], value=0)
    assert (await buy(client, fan, world.order())).status_code == 201


async def test_places_of_such_a_level_are_offered_only_with_it(
    client: httpx.AsyncClient, world: World, manager: Fan
) -> None:
    await make_code(client, world, manager, unlocks=["STANDARD"], value=0)
    await make_code(client, world, manager, code="PLAIN")
    await make_code(client, world, manager, code="GONE", unlocks=["STANDARD"], value=0)
    path = f"/api/v1/events/{world.event_id}"
    codes = (await client.get(f"{path}/promo-codes", headers=manager.headers)).json()["data"]
    (gone,) = (code["id"] for code in codes if code["code"] == "GONE")
    await client.delete(f"{path}/promo-codes/{gone}", headers=manager.headers)

    async def offered(**code: str) -> int:
        body = {"quantity": 1, "priceLevel": "STANDARD"} | code
        return (await client.post(f"{path}/best-available", json=body)).status_code

    assert await offered() == 422
    assert await offered(promoCode="PLAIN") == 422
    assert await offered(promoCode="gone") == 422
    assert await offered(promoCode="sprinG") == 200


async def levels(
    client: httpx.AsyncClient, world: World, fan: Fan | None = None, code: str | None = None
) -> tuple[list[str], int | None]:
    """The price levels that one sees, and the lowest price; the list shows the same as the page."""
    path = f"/api/v1/events/{world.event_id}"
    asked = {} if code is None else {"promoCode": code}
    headers = {} if fan is None else fan.headers
    event = (await client.get(path, params=asked, headers=headers)).json()["data"]
    seen = [tier["priceLevel"] for tier in event["pricingTiers"]]
    if code is None:
        mine = {"venueId": event["venueId"]}
        listed = (await client.get("/api/v1/events", params=mine, headers=headers)).json()["data"]
        assert [entry["pricingTiers"] for entry in listed] == [event["pricingTiers"]]
    return seen, event["availability"]["priceFrom"]


async def test_a_level_that_a_code_unlocks_is_shown_only_to_who_names_it_and_to_members(
    client: httpx.AsyncClient, world: World, manager: Fan, fan: Fan
) -> None:
    path = f"/api/v1/events/{world.event_id}"
    tiers = (await client.get(path)).json()["data"]["pricingTiers"]
    club = {**tiers[0], "priceLevel": "CLUB", "amount": 100, "fee": 0}
    await client.put(
        f"{path}/pricing", json={"pricingTiers": [*tiers, club]}, headers=manager.headers
    )
    everything = ([*(tier["priceLevel"] for tier in tiers), "CLUB"], 100)
    plain = ([tier["priceLevel"] for tier in tiers], 383)
    assert await levels(client, world) == everything
    made = await make_code(client, world, manager, unlocks=["CLUB"], value=0)
    await make_code(client, world, manager, code="PLAIN")
    assert await levels(client, world) == plain
    assert await levels(client, world, fan) == plain
    assert await levels(client, world, fan, "PLAIN") == plain
    assert await levels(client, world, None, " sprinG ") == everything
    assert await levels(client, world, manager) == everything
    await client.delete(f"{path}/promo-codes/{made.json()['data']['id']}", headers=manager.headers)
    assert await levels(client, world) == plain
    assert await levels(client, world, None, "SPRING") == plain
    # Nor does another spelling put it on sale; another name of the level does.
    for name, seen in (("Club", 422), ("MEMBERS", 200)):
        changed = [*tiers, {**club, "priceLevel": name}]
        answer = await client.put(
            f"{path}/pricing", json={"pricingTiers": changed}, headers=manager.headers
        )
        assert answer.status_code == seen, answer.text
    assert (await levels(client, world))[0] == [*plain[0], "MEMBERS"]


async def test_codes_are_the_managers_and_have_one_name(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    assert (await make_code(client, world, fan)).json()["error"]["code"] == "AUTH004"
    made = (await make_code(client, world, manager)).json()["data"]
    twin = await make_code(client, world, manager, code="sprinG")
    assert (twin.status_code, twin.json()["error"]["code"]) == (409, "CONFLICT003")
    path = f"/api/v1/events/{world.event_id}/promo-codes"
    listed = await client.get(path, headers=manager.headers)
    assert [code["id"] for code in listed.json()["data"]] == [made["id"]]
    assert (await client.get(path, headers=fan.headers)).json()["error"]["code"] == "AUTH004"
    gone = await client.delete(f"{path}/{made['id']}", headers=manager.headers)
    assert gone.status_code == 200
    of = await logged(db, "event.promo_ended", subject=world.event_id)
    assert of == world.organization_id
    assert (await buy(client, fan, world.order())).json()["error"]["code"] == "PROMO001"
    assert (await make_code(client, world, manager)).status_code == 201
    missing = await client.delete(f"{path}/{uuid4()}", headers=manager.headers)
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"value": 101}, "value"),
        ({"value": -1}, "value"),
        ({"value": 0}, "value"),
        ({"value": 0, "unlocks": []}, "value"),
        ({"kind": "AMOUNT", "value": 0}, "value"),
        ({"maxUses": 0}, "maxUses"),
        ({"sectionIds": [str(uuid4())]}, "sectionIds.0"),
        ({"unlocks": ["NO SUCH"]}, "unlocks.0"),
        ({"kind": "GIFT"}, "kind"),
        ({"more": 1}, "more"),
    ],
    ids=range(10),
)
async def test_wrong_codes_are_refused(
    client: httpx.AsyncClient,
    world: World,
    manager: Fan,
    *,
    body: dict[str, object],
    field: str,
) -> None:
    answer = await make_code(client, world, manager, **body)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] == field


async def test_a_hold_keeps_its_price_and_the_change_is_audited(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    order = (await client.post("/api/v1/orders", json=world.order(), headers=fan.headers)).json()[
        "data"
    ]
    tiers = [
        {
            "priceLevel": "STANDARD",
            "name": "Standard",
            "sectionIds": [str(section) for section in world.section_ids],
            "amount": 9900,
            "fee": 0,
            "currency": "EUR",
        }
    ]
    path = f"/api/v1/events/{world.event_id}/pricing"
    changed = await client.put(path, json={"pricingTiers": tiers}, headers=manager.headers)
    assert changed.status_code == 200, changed.text
    held = await client.get(f"/api/v1/orders/{order['orderId']}", headers=fan.headers)
    assert held.json()["data"]["total"] == order["total"] == 1101
    dearer = await client.post("/api/v1/orders", json=world.order(), headers=fan.headers)
    assert dearer.json()["data"]["total"] == 9900
    row = await db.fetchrow("SELECT * FROM audit_log WHERE subject_id = $1", world.event_id)
    assert row is not None
    assert (row["actor_id"], row["action"]) == (manager.user_id, "event.pricing")
    assert '"amount": 9900' in row["details"]
