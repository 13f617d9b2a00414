"""Placing, reading and giving back orders, through HTTP."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.factories import PASSWORD, register
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


async def test_a_bare_hold_has_the_prices_the_fees_and_the_tax_inside(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    answer = await place(client, fan, world.order(quantity=2))
    assert answer.status_code == 201, answer.text
    order = answer.json()["data"]
    assert order["status"] == "PENDING"
    assert order["paymentStatus"] == "PENDING"
    assert (order["subtotal"], order["fees"], order["discount"]) == (9000, 300, 0)
    assert order["total"] == 9300
    assert order["tax"] == 1550
    assert order["taxRate"] == 2000
    assert order["currency"] == "EUR"
    expires = dt.datetime.fromisoformat(order["expiresAt"])
    assert expires - dt.datetime.fromisoformat(order["createdAt"]) == dt.timedelta(seconds=480)
    assert [t["status"] for t in order["tickets"]] == ["RESERVED", "RESERVED"]
    assert await stock(db, world) == (2, 0)
    read = await client.get(f"/api/v1/orders/{order['orderId']}", headers=fan.headers)
    assert {**read.json()["data"], "serverTime": None} == {**order, "serverTime": None}


async def test_a_free_order_is_confirmed_at_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    answer = await place(client, fan, world.order(1, paymentMethod={"type": "free"}))
    order = answer.json()["data"]
    assert (order["status"], order["paymentStatus"]) == ("CONFIRMED", "NOT_REQUIRED")
    assert await stock(db, world, 1) == (0, 1)
    tickets = (await client.get("/api/v1/tickets", headers=fan.headers)).json()["data"]
    assert tickets == order["tickets"]
    one = await client.get(f"/api/v1/tickets/{tickets[0]['ticketId']}", headers=fan.headers)
    assert one.json()["data"] == tickets[0]


async def test_free_is_refused_where_it_costs(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    answer = await place(client, fan, world.order(paymentMethod={"type": "free"}))
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] == "paymentMethod.type"
    assert await stock(db, world) == (0, 0)


async def test_the_same_key_gives_the_first_answer_again(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    first = await place(client, fan, world.order(), key="once")
    await client.post(
        f"/api/v1/orders/{first.json()['data']['orderId']}/cancel", headers=fan.headers
    )
    again = await place(client, fan, world.order(), key="once")
    assert again.status_code == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.content == first.content
    other = await place(client, fan, world.order(quantity=2), key="once")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "IDEMPOTENCY001")
    assert await db.fetchval("SELECT count(*) FROM orders WHERE user_id = $1", fan.user_id) == 1


async def test_twins_in_flight_share_one_order(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    answers = await asyncio.gather(
        *(place(client, fan, world.order(), key="twins") for _ in range(20))
    )
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert sum("idempotent-replayed" not in a.headers for a in answers) == 1
    assert await stock(db, world) == (1, 0)


@pytest.mark.asvs("V2.3.3")
async def test_more_than_there_are_is_refused_and_takes_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(10), Place(3)))
    fan = (await make_fans(db, world, 1))[0]
    body = world.order(quantity=2)
    body["tickets"] = [
        *world.order(0, quantity=2)["tickets"],
        *world.order(1, quantity=4)["tickets"],
    ]
    answer = await place(client, fan, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "EVENT002")
    assert await stock(db, world, 0) == (0, 0)
    assert await stock(db, world, 1) == (0, 0)
    assert await db.fetchval("SELECT count(*) FROM orders WHERE event_id=$1", world.event_id) == 0


async def test_four_hundred_at_once_on_a_hundred_places(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(100),))
    fans = await make_fans(db, world, 400)
    answers = await asyncio.gather(*(place(client, fan, world.order()) for fan in fans))
    codes = Counter(a.json().get("error", {}).get("code", "sold") for a in answers)
    assert codes == {"sold": 100, "EVENT002": 300}
    assert await stock(db, world) == (100, 0)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("DRAFT", "EVENT001"),
        ("SCHEDULED", "EVENT003"),
        ("PAUSED", "EVENT003"),
        ("COMPLETED", "EVENT003"),
        ("POSTPONED", "EVENT003"),
        ("CANCELLED", "EVENT003"),
    ],
)
async def test_what_is_not_on_sale_is_refused(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, status: str, code: str
) -> None:
    world = await make_world(db, settings, status=status)
    fan = (await make_fans(db, world, 1))[0]
    answer = await place(client, fan, world.order())
    assert answer.json()["error"]["code"] == code
    assert await stock(db, world) == (0, 0)


async def test_sales_end_when_the_event_starts(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, starts_in=dt.timedelta(seconds=-1))
    fan = (await make_fans(db, world, 1))[0]
    staff = (await make_fans(db, world, 1, role="STAFF"))[0]
    assert (await place(client, fan, world.order())).json()["error"]["code"] == "EVENT003"
    sold = await place(client, staff, world.order(paymentMethod={"type": "box_office"}))
    assert sold.json()["data"]["status"] == "CONFIRMED"


async def test_the_box_office_is_for_staff(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    body = world.order(paymentMethod={"type": "box_office"})
    assert (await place(client, fan, body)).json()["error"]["code"] == "AUTH004"
    staff = (await make_fans(db, world, 1, role="STAFF"))[0]
    analyst = (await make_fans(db, world, 1, role="ANALYST"))[0]
    assert (await place(client, analyst, body)).json()["error"]["code"] == "AUTH004"
    assert (await place(client, staff, body)).json()["data"]["paymentStatus"] == "NOT_REQUIRED"
    invoice = world.order(paymentMethod={"type": "invoice"})
    assert (await place(client, staff, invoice)).json()["error"]["code"] == "AUTH004"
    assert await stock(db, world) == (0, 1)


async def test_an_order_may_not_have_more_than_the_event_allows(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    answer = await place(client, fan, world.order(quantity=11))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "ORDER003")
    assert await stock(db, world) == (0, 0)


async def test_a_person_may_not_have_more_than_the_event_allows(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(
        db, settings, sections=(Place(), Place()), config={"maxTicketsPerPerson": 3}
    )
    fan = (await make_fans(db, world, 1))[0]
    answers = await asyncio.gather(*(place(client, fan, world.order(n % 2)) for n in range(10)))
    codes = Counter(a.json().get("error", {}).get("code", "held") for a in answers)
    assert codes == {"held": 3, "ORDER003": 7}
    held = next(a.json()["data"] for a in answers if a.status_code == 201)
    await client.post(f"/api/v1/orders/{held['orderId']}/cancel", headers=fan.headers)
    assert (await place(client, fan, world.order())).status_code == 201


@pytest.mark.asvs("V2.3.1")
async def test_cancelling_gives_the_places_back_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    order = (await place(client, fan, world.order(quantity=3))).json()["data"]
    path = f"/api/v1/orders/{order['orderId']}/cancel"
    answers = await asyncio.gather(*(client.post(path, headers=fan.headers) for _ in range(8)))
    assert {a.status_code for a in answers} == {200}
    assert {a.json()["data"]["status"] for a in answers} == {"CANCELLED"}
    assert {t["status"] for t in answers[0].json()["data"]["tickets"]} == {"VOID"}
    assert await stock(db, world) == (0, 0)


async def test_a_hold_that_was_given_up_leaves_no_ticket_in_the_wallet(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    held = (await place(client, fan, world.order())).json()["data"]
    await client.post(f"/api/v1/orders/{held['orderId']}/cancel", headers=fan.headers)
    assert (await client.get("/api/v1/tickets", headers=fan.headers)).json()["data"] == []
    staff = (await make_fans(db, world, 1, role="STAFF"))[0]
    # One that was valid and is no more is told, so that nobody looks for it.
    sale = world.order(paymentMethod={"type": "box_office"})
    sold = (await place(client, staff, sale)).json()["data"]
    await client.post(f"/api/v1/orders/{sold['orderId']}/cancel", headers=staff.headers)
    (ticket,) = (await client.get("/api/v1/tickets", headers=staff.headers)).json()["data"]
    assert ticket["status"] == "VOID"


@pytest.mark.asvs("V8.2.2")
async def test_nobody_sees_or_cancels_anothers_order(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    order = (await place(client, fan, world.order())).json()["data"]
    stranger = (await make_fans(db, world, 1))[0]
    for answer in (
        await client.get(f"/api/v1/orders/{order['orderId']}", headers=stranger.headers),
        await client.post(f"/api/v1/orders/{order['orderId']}/cancel", headers=stranger.headers),
        await client.get(f"/api/v1/orders/{uuid4()}", headers=fan.headers),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ORDER001")
    ticket = order["tickets"][0]["ticketId"]
    foreign = await client.get(f"/api/v1/tickets/{ticket}", headers=stranger.headers)
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (404, "TICKET001")
    assert await stock(db, world) == (1, 0)


async def _let_expire(db: asyncpg.Connection, order_id: str) -> None:
    await db.execute(
        "UPDATE orders SET created_at = created_at - interval '1 hour',"
        " expires_at = expires_at - interval '1 hour' WHERE id = $1",
        UUID(order_id),
    )


async def test_an_expired_hold_is_expired_at_once_and_its_places_can_be_bought(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(4),))
    late, next_fan = await make_fans(db, world, 2)
    order = (await place(client, late, world.order(quantity=4))).json()["data"]
    assert (await place(client, next_fan, world.order())).json()["error"]["code"] == "EVENT002"
    await _let_expire(db, order["orderId"])
    read = (await client.get(f"/api/v1/orders/{order['orderId']}", headers=late.headers)).json()
    assert read["data"]["status"] == "EXPIRED"
    assert {t["status"] for t in read["data"]["tickets"]} == {"VOID"}
    gone = await client.post(f"/api/v1/orders/{order['orderId']}/cancel", headers=late.headers)
    assert (gone.status_code, gone.json()["error"]["code"]) == (409, "ORDER002")
    bought = await place(client, next_fan, world.order(quantity=4))
    assert bought.status_code == 201, bought.text
    assert await stock(db, world) == (4, 0)


async def test_a_hold_whose_payment_is_in_flight_is_not_taken(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(1),))
    payer, other = await make_fans(db, world, 2)
    order = (await place(client, payer, world.order())).json()["data"]
    await db.execute(
        "UPDATE orders SET payment_status = 'PROCESSING' WHERE id = $1", UUID(order["orderId"])
    )
    await _let_expire(db, order["orderId"])
    assert (await place(client, other, world.order())).json()["error"]["code"] == "EVENT002"
    read = await client.get(f"/api/v1/orders/{order['orderId']}", headers=payer.headers)
    assert read.json()["data"]["status"] == "PENDING"


async def test_the_last_place_sold_turns_the_event_sold_out_and_a_return_on_sale_again(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(2), Place(3, blocked=1)))
    staff = (await make_fans(db, world, 1, role="STAFF"))[0]
    box = {"type": "box_office"}

    async def status() -> str:
        return await db.fetchval("SELECT status::text FROM events WHERE id = $1", world.event_id)

    await place(client, staff, world.order(0, quantity=2, paymentMethod=box))
    assert await status() == "ON_SALE"
    last = await place(client, staff, world.order(1, quantity=2, paymentMethod=box))
    assert await status() == "SOLD_OUT"
    assert (await place(client, staff, world.order())).json()["error"]["code"] == "EVENT002"
    await client.post(
        f"/api/v1/orders/{last.json()['data']['orderId']}/cancel", headers=staff.headers
    )
    assert await status() == "ON_SALE"


SEATED = Place(rows=(("A", 10), ("B", 12)))


async def test_a_named_seat_is_held_and_taken_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(SEATED,))
    fans = await make_fans(db, world, 50)
    wanted = [{"row": "B", "seat": 3}, {"row": "B", "seat": 4}]
    answers = await asyncio.gather(
        *(place(client, fan, world.order(quantity=2, seats=wanted)) for fan in fans)
    )
    codes = Counter(a.json().get("error", {}).get("code", "held") for a in answers)
    assert codes == {"held": 1, "SEAT001": 49}
    loser = next(a.json() for a in answers if a.status_code == 409)
    assert loser["error"]["details"]["seats"] == [
        {"sectionId": str(world.section_ids[0]), "row": "B", "seat": n} for n in (3, 4)
    ]
    order = next(a.json()["data"] for a in answers if a.status_code == 201)
    assert [(t["row"], t["seat"]) for t in order["tickets"]] == [("B", 3), ("B", 4)]
    assert await stock(db, world) == (2, 0)
    bits = await db.fetchval("SELECT taken_seats FROM stock WHERE event_id = $1", world.event_id)
    assert bits == bytes([0, 0b00110000, 0])


@pytest.mark.asvs("V2.2.3")
@pytest.mark.parametrize(
    ("seats", "quantity", "field"),
    [
        ([{"row": "Z", "seat": 1}], 1, "tickets.0.seats.0"),
        ([{"row": "A", "seat": 11}], 1, "tickets.0.seats.0"),
        ([{"row": "A", "seat": 1}], 2, "tickets.0.quantity"),
        ([{"row": "A", "seat": 1}, {"row": "A", "seat": 1}], 2, "tickets.0.seats"),
    ],
)
async def test_seats_that_do_not_fit_are_refused(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    settings: Settings,
    *,
    seats: list[dict[str, object]],
    quantity: int,
    field: str,
) -> None:
    world = await make_world(db, settings, sections=(SEATED,))
    fan = (await make_fans(db, world, 1))[0]
    answer = await place(client, fan, world.order(quantity=quantity, seats=seats))
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] == field
    assert await stock(db, world) == (0, 0)


async def test_erasing_an_account_releases_its_holds_and_keeps_the_ledger(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(100), Place(50, amount=0, fee=0)))
    person = await register(client)
    for body in (world.order(quantity=2), world.order(1, paymentMethod={"type": "free"})):
        answer = await client.post("/api/v1/orders", json=body, headers=person.headers)
        assert answer.status_code == 201
    export = await client.get("/api/v1/users/me/export", headers=person.headers)
    orders = export.json()["data"]["orders"]
    assert [order["status"] for order in orders] == ["CONFIRMED", "PENDING"]
    erased = await client.request(
        "DELETE", "/api/v1/users/me", json={"password": PASSWORD}, headers=person.headers
    )
    assert erased.status_code == 200, erased.text
    assert await stock(db, world, 0) == (0, 0)
    assert await stock(db, world, 1) == (0, 1)
    statuses = await db.fetch(
        "SELECT status::text FROM orders WHERE event_id = $1 ORDER BY id", world.event_id
    )
    assert [row["status"] for row in statuses] == ["CANCELLED", "CONFIRMED"]
