"""Orders that name no seats in a seated section take the best available."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.worlds import Fan, Place, World, make_fans, make_world

ROWS = Place(rows=tuple((label, 20) for label in "ABCDEFGHIJ"))


async def place(
    client: httpx.AsyncClient, fan: Fan, body: dict[str, object], *, key: str | None = None
) -> httpx.Response:
    headers = fan.headers | ({"Idempotency-Key": key} if key else {})
    return await client.post("/api/v1/orders", json=body, headers=headers)


def seats_of(answer: httpx.Response) -> list[tuple[str, int]]:
    assert answer.status_code == 201, answer.text
    return [(ticket["row"], ticket["seat"]) for ticket in answer.json()["data"]["tickets"]]


def code(answer: httpx.Response) -> str:
    return str(answer.json().get("error", {}).get("code", answer.status_code))


async def books(db: asyncpg.Connection, world: World) -> tuple[int, int, int]:
    """Places held by the stock row, bits set, and tickets that stand."""
    row = await db.fetchrow(
        "SELECT held, bit_count(taken_seats)::int AS bits, (SELECT count(*)::int FROM tickets t"
        " WHERE t.event_id = s.event_id AND t.status = 'RESERVED') AS tickets"
        " FROM stock s WHERE event_id = $1",
        world.event_id,
    )
    assert row is not None
    return row["held"], row["bits"], row["tickets"]


async def test_the_best_seats_lie_side_by_side_in_the_middle_of_the_front(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(ROWS,))
    fan = (await make_fans(db, world, 1))[0]
    seats = seats_of(await place(client, fan, world.order(quantity=4)))
    rows = {row for row, _ in seats}
    first = seats[0][1]
    assert len(rows) == 1
    assert rows <= set("ABCD")
    assert [seat for _, seat in seats] == [first, first + 1, first + 2, first + 3]
    assert 8 <= first <= 10
    assert await books(db, world) == (4, 4, 4)


async def test_two_hundred_askers_at_once_all_sit_together_while_seats_last(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(rows=(("A", 61), ("B", 60))),))
    fans = await make_fans(db, world, 200)
    answers = await asyncio.gather(*(place(client, fan, world.order(quantity=2)) for fan in fans))
    # 121 seats are 60 pairs; the seat that is left is no pair.
    assert Counter(code(answer) for answer in answers) == {"201": 60, "EVENT002": 140}
    sold = [seat for a in answers if a.status_code == 201 for seat in seats_of(a)]
    assert len(set(sold)) == 120
    assert await books(db, world) == (120, 120, 120)
    last = await place(client, fans[0], world.order(quantity=1))
    assert set(seats_of(last)).isdisjoint(sold)
    assert await books(db, world) == (121, 121, 121)


async def test_the_same_key_gives_the_first_seats_again_even_when_none_are_left(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(rows=(("A", 3),)),))
    fan, other = await make_fans(db, world, 2)
    body = world.order(quantity=2)
    twins = await asyncio.gather(*(place(client, fan, body, key="k") for _ in range(8)))
    assert len({tuple(seats_of(twin)) for twin in twins}) == 1
    assert await books(db, world) == (2, 2, 2)
    again = await place(client, fan, body, key="k")
    assert again.content == twins[0].content
    assert again.headers["idempotent-replayed"] == "true"
    seats_of(await place(client, other, world.order()))
    replayed = await place(client, fan, body, key="k")
    assert replayed.content == twins[0].content
    reused = await place(client, fan, world.order(quantity=1), key="k")
    assert (reused.status_code, code(reused)) == (409, "IDEMPOTENCY001")
    refused = await place(client, other, body)
    assert (refused.status_code, code(refused)) == (409, "EVENT002")
    assert await books(db, world) == (3, 3, 3)


async def test_a_refused_order_gives_back_what_it_had_chosen(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(
        db, settings, sections=(Place(rows=(("A", 4),)),), config={"maxTicketsPerPerson": 2}
    )
    greedy, fan = await make_fans(db, world, 2)
    answers = await asyncio.gather(
        place(client, greedy, world.order(quantity=4)), place(client, fan, world.order(quantity=2))
    )
    assert [code(answer) for answer in answers] == ["ORDER003", "201"]
    assert len(seats_of(await place(client, greedy, world.order(quantity=2)))) == 2
    assert await books(db, world) == (4, 4, 4)


async def test_seats_of_an_expired_hold_are_chosen_at_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(rows=(("A", 2),)),))
    late, fan = await make_fans(db, world, 2)
    held = await place(client, late, world.order(quantity=2))
    assert code(await place(client, fan, world.order(quantity=2))) == "EVENT002"
    await db.execute(
        "UPDATE orders SET created_at = created_at - interval '1 hour',"
        " expires_at = expires_at - interval '1 hour' WHERE id = $1",
        UUID(held.json()["data"]["orderId"]),
    )
    assert seats_of(await place(client, fan, world.order(quantity=2))) == [("A", 1), ("A", 2)]


async def test_lines_of_one_order_never_want_the_same_seat(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(rows=(("A", 5),)),))
    fan = (await make_fans(db, world, 1))[0]
    best, named = world.order(quantity=2), world.order(seats=[{"row": "A", "seat": 3}])
    body = best | {"tickets": [*best["tickets"], *named["tickets"], *best["tickets"]]}  # type: ignore[misc]
    seats = seats_of(await place(client, fan, body))
    assert sorted(seats) == [("A", n) for n in range(1, 6)]
    assert seats[2] == ("A", 3)
    assert await books(db, world) == (5, 5, 5)


@pytest.mark.parametrize("change", [{"status": "DRAFT"}, {"status": "PAUSED"}])
async def test_an_event_that_is_not_on_sale_chooses_for_nobody(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, change: dict[str, str]
) -> None:
    world = await make_world(db, settings, sections=(ROWS,), **change)
    fan = (await make_fans(db, world, 1))[0]
    answer = await place(client, fan, world.order(quantity=2))
    assert code(answer) == {"DRAFT": "EVENT001", "PAUSED": "EVENT003"}[change["status"]]
    assert await books(db, world) == (0, 0, 0)


async def test_a_level_without_a_price_is_refused_before_stock_is(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(rows=(("A", 1),)),))
    fan = (await make_fans(db, world, 1))[0]
    body = world.order(quantity=2)
    body["tickets"][0]["priceLevel"] = "VIP"  # type: ignore[index]
    answer = await place(client, fan, body)
    assert (answer.status_code, code(answer)) == (422, "VALIDATION001")
