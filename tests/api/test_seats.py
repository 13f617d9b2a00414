"""What everybody sees of an event's seats: a section's map, the packed house, an offer."""

from __future__ import annotations

import gzip
import zlib
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.shows import general, make_event, make_venue, organizer, seated, tier
from tests.worlds import Fan, Place, World, make_fans, make_world

TWO_ROWS = Place(rows=(("A", 5), ("B", 6)))
STATES = "FHSB"


async def seats(client: httpx.AsyncClient, world: World, section: int = 0) -> dict[str, Any]:
    answer = await client.get(
        f"/api/v1/events/{world.event_id}/seats?sectionId={world.section_ids[section]}"
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    made: dict[str, Any] = answer.json()["data"]
    return made


async def order(client: httpx.AsyncClient, fan: Fan, body: dict[str, object]) -> httpx.Response:
    return await client.post("/api/v1/orders", json=body, headers=fan.headers)


def named(*names: str) -> list[dict[str, object]]:
    return [{"row": name[0], "seat": int(name[1:])} for name in names]


async def offered(
    client: httpx.AsyncClient, world: World, quantity: int, **asked: object
) -> httpx.Response:
    body = {"quantity": quantity, "priceLevel": "STANDARD"} | asked
    return await client.post(f"/api/v1/events/{world.event_id}/best-available", json=body)


async def test_a_map_shows_free_held_sold_and_blocked_seats(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(TWO_ROWS,))
    fan = (await make_fans(db, world, 1))[0]
    staff = (await make_fans(db, world, 1, role="STAFF"))[0]
    held = await order(client, fan, world.order(quantity=2, seats=named("A2", "B6")))
    box = {"type": "box_office"}
    sold = await order(client, staff, world.order(seats=named("A5"), paymentMethod=box))
    assert (held.status_code, sold.status_code) == (201, 201)
    await db.execute(
        "UPDATE stock SET blocked = 2, blocked_seats = set_bit(set_bit(blocked_seats, 5, 1), 0, 1)"
        " WHERE event_id = $1",
        world.event_id,
    )
    found = await seats(client, world)
    assert found["sectionId"] == str(world.section_ids[0])
    assert [(row["label"], row["seats"]) for row in found["rows"]] == [
        ("A", "BHFFS"),
        ("B", "BFFFFH"),
    ]
    await client.post(
        f"/api/v1/orders/{held.json()['data']['orderId']}/cancel", headers=fan.headers
    )
    assert [row["seats"] for row in (await seats(client, world))["rows"]] == ["BFFFS", "BFFFFF"]


async def test_rows_lie_evenly_over_the_shape_of_their_section(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    shape = [[10.0, 0.0], [30.0, 0.0], [30.0, 8.0], [10.0, 8.0]]
    venue = await make_venue(client, owner, sections=[seated("Club", shape=shape)])
    section_id = venue["sections"][0]["id"]
    event = await make_event(client, owner, venue, pricingTiers=[tier(section_id)])
    path = f"/api/v1/events/{event['id']}/seats?sectionId={section_id}"
    found = await client.get(path, headers=owner.headers)
    assert [(row["x"], row["y"]) for row in found.json()["data"]["rows"]] == [(20, 2), (20, 6)]
    # A draft is nobody else's business.
    hidden = await client.get(path)
    assert (hidden.status_code, hidden.json()["error"]["code"]) == (404, "EVENT001")


async def test_what_has_no_seats_has_no_map(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(100),))
    path = f"/api/v1/events/{world.event_id}/seats"
    for section_id in (world.section_ids[0], uuid4()):
        answer = await client.get(f"{path}?sectionId={section_id}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOTFOUND001")
    for query in ("", "?sectionId=north", "?sectionId="):
        answer = await client.get(path + query)
        assert answer.status_code == 422
        assert answer.json()["error"]["details"][0]["field"] == "sectionId"


def unpacked(body: bytes, sizes: tuple[int, ...]) -> list[str]:
    found: list[str] = []
    for size in sizes:
        used = (size + 3) // 4
        part, body = body[:used], body[used:]
        found.append("".join(STATES[part[n // 4] >> 2 * (n % 4) & 3] for n in range(size)))
    assert body == b""
    return found


async def test_the_house_is_two_bits_a_seat_and_304_while_nothing_changes(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(TWO_ROWS, Place(100), Place(rows=(("A", 9),))))
    fan = (await make_fans(db, world, 1))[0]
    path = f"/api/v1/events/{world.event_id}/seats.bin"
    await order(client, fan, world.order(2, seats=named("A9")))
    first = await client.get(path, headers={"Accept-Encoding": "identity"})
    assert first.headers["content-type"] == "application/octet-stream"
    assert "content-encoding" not in first.headers
    assert unpacked(first.content, (11, 9)) == ["F" * 11, "FFFFFFFFH"]
    etag = {"If-None-Match": first.headers["etag"]}
    same = await client.get(path, headers=etag)
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == first.headers["etag"]
    # A standing place is no seat: nothing changes on this map.
    await order(client, fan, world.order(1))
    assert (await client.get(path, headers=etag)).status_code == 304
    await order(client, fan, world.order(0, seats=named("A1")))
    changed = await client.get(path, headers=etag)
    assert changed.status_code == 200
    assert unpacked(changed.content, (11, 9)) == ["H" + "F" * 10, "FFFFFFFFH"]
    chart = changed.headers["x-chart-id"]
    geometry = await client.get(f"/api/v1/venues/{world.venue_id}/charts/{chart}")
    assert geometry.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(geometry.json()["data"]["sections"]) == 3


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("deflate", "deflate"),
        ("gzip;q=0, deflate", "deflate"),
        ("br", None),
    ],
)
async def test_the_house_is_compressed_as_the_client_can_read_it(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    settings: Settings,
    *,
    accepted: str,
    encoding: str | None,
) -> None:
    world = await make_world(db, settings, sections=(Place(rows=(("A", 1000), ("B", 1000))),))
    path = f"/api/v1/events/{world.event_id}/seats.bin"
    async with client.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == encoding
    plain = {"gzip": gzip.decompress, "deflate": zlib.decompress, None: bytes}[encoding](raw)
    assert plain == bytes(500)
    assert (len(raw) < 100) == (encoding is not None)


async def test_the_best_is_offered_without_a_token_and_nothing_is_held(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(TWO_ROWS,))
    answer = await offered(client, world, 2, sectionId=str(world.section_ids[0]))
    assert answer.status_code == 200, answer.text
    offer = answer.json()["data"]
    assert offer.keys() == {"sectionId", "seats", "adjacent"}
    assert offer["sectionId"] == str(world.section_ids[0])
    assert offer["adjacent"] is True
    first, second = offer["seats"]
    assert first.keys() == {"row", "seat"}
    assert (second["row"], second["seat"]) == (first["row"], first["seat"] + 1)
    assert {row["seats"] for row in (await seats(client, world))["rows"]} == {"FFFFF", "FFFFFF"}


async def test_the_ladder_goes_over_rows_and_sections_to_the_standing_places(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(
        db,
        settings,
        sections=(Place(rows=(("A", 2), ("B", 2))), Place(rows=(("A", 1),)), Place(8)),
    )
    one, other, standing = (str(section_id) for section_id in world.section_ids)
    rows = (await offered(client, world, 3)).json()["data"]
    assert (rows["sectionId"], rows["adjacent"]) == (one, False)
    assert len(rows["seats"]) == 3
    spread = (await offered(client, world, 5)).json()["data"]
    assert [seat["sectionId"] for seat in spread["seats"]] == [one] * 4 + [other]
    stands = (await offered(client, world, 6)).json()["data"]
    assert stands == {"sectionId": standing, "seats": [], "adjacent": False}
    for asked in ({"quantity": 9}, {"quantity": 5, "sectionId": one}):
        quantity = int(str(asked.pop("quantity")))
        none = await offered(client, world, quantity, **asked)
        assert (none.status_code, none.json()["error"]["code"]) == (409, "EVENT002")


async def test_accessible_places_are_for_those_who_ask_and_restricted_ones_come_last(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    place = Place(
        rows=(("A", 4), ("B", 4)),
        accessible=(("A", (2, 3)),),
        restricted=(("A", (1, 4)), ("B", (1,))),
    )
    world = await make_world(db, settings, sections=(place,))
    fan = (await make_fans(db, world, 1))[0]
    for _ in range(5):
        plain = (await offered(client, world, 3)).json()["data"]["seats"]
        assert plain == named("B2", "B3", "B4")
        asked = (await offered(client, world, 2, accessible=True)).json()["data"]
        assert (asked["seats"], asked["adjacent"]) == (named("A2", "A3"), True)
    assert (await offered(client, world, 7)).status_code == 409
    # An order gets as little of them as an offer, without asking or naming.
    six = await order(client, fan, world.order(quantity=6))
    assert six.status_code == 201, six.text
    seventh = await order(client, fan, world.order(quantity=1))
    assert seventh.json()["error"]["code"] == "EVENT002"
    body = world.order(quantity=1)
    body["tickets"][0]["accessible"] = True  # type: ignore[index]
    wheelchair = await order(client, fan, body)
    assert wheelchair.json()["data"]["tickets"][0]["row"] == "A"
    taken = wheelchair.json()["data"]["tickets"][0]["seat"]
    by_name = await order(client, fan, world.order(seats=named(f"A{5 - taken}")))
    assert by_name.status_code == 201
    assert (await offered(client, world, 1, accessible=True)).status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"priceLevel": "VIP"}, "priceLevel"),
        ({"sectionId": str(uuid4())}, "sectionId"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 2**70}, "quantity"),
        ({"rows": 3}, "rows"),
    ],
)
async def test_an_offer_that_cannot_be_made_is_refused(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    settings: Settings,
    *,
    change: dict[str, object],
    field: str,
) -> None:
    world = await make_world(db, settings, sections=(TWO_ROWS,))
    answer = await offered(client, world, **({"quantity": 2} | change))  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] == field


async def test_who_loses_a_seat_is_told_what_is_gone_and_what_is_nearest(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(rows=(("A", 10), ("B", 10))),))
    first, late = await make_fans(db, world, 2)
    await order(client, first, world.order(quantity=3, seats=named("A3", "A4", "A5")))
    refused = await order(client, late, world.order(quantity=2, seats=named("A5", "A6")))
    section_id = str(world.section_ids[0])
    assert refused.status_code == 409
    assert refused.json()["error"]["details"] == {
        "seats": [{"sectionId": section_id, "row": "A", "seat": 5}],
        "nearest": [{"sectionId": section_id, "row": "A", "seat": seat} for seat in (6, 7)],
    }
    assert [row["seats"].count("H") for row in (await seats(client, world))["rows"]] == [3, 0]
    nearest = [
        {"row": seat["row"], "seat": seat["seat"]}
        for seat in refused.json()["error"]["details"]["nearest"]
    ]
    taken = await order(client, late, world.order(quantity=2, seats=nearest))
    assert taken.status_code == 201


async def test_what_is_nearest_is_no_seat_of_another_line_and_as_many_as_are_left(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(rows=(("A", 5),)),))
    first, late = await make_fans(db, world, 2)
    await order(client, first, world.order(quantity=2, seats=named("A2", "A3")))
    body = world.order(quantity=2, seats=named("A3", "A4"))
    other = world.order(quantity=1, seats=named("A5"))
    body["tickets"] += other["tickets"]  # type: ignore[operator]
    refused = await order(client, late, body)
    nearest = refused.json()["error"]["details"]["nearest"]
    assert [(seat["row"], seat["seat"]) for seat in nearest] == [("A", 1), ("A", 4)]


async def test_blocked_seats_keep_the_reason_and_are_nobodys(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner, sections=[seated("Club", ("A", 4)), general()])
    section_id = venue["sections"][0]["id"]
    blocked = [{"row": "A", "seat": 2, "reason": "camera"}, {"row": "A", "seat": 4}]
    event = await make_event(
        client,
        owner,
        venue,
        capacityConfig={"sections": {section_id: {"blocked": blocked}}},
        pricingTiers=[tier(section_id)],
    )
    assert event["capacityConfig"]["sections"][section_id]["blocked"] == blocked
    path = f"/api/v1/events/{event['id']}"
    again = (await client.get(path, headers=owner.headers)).json()["data"]
    assert again["capacityConfig"] == event["capacityConfig"]
    found = await client.get(f"{path}/seats?sectionId={section_id}", headers=owner.headers)
    assert found.json()["data"]["rows"][0]["seats"] == "FBFB"
    body = {"quantity": 2, "priceLevel": "STANDARD", "sectionId": section_id}
    offer = await client.post(f"{path}/best-available", json=body, headers=owner.headers)
    assert offer.json()["data"]["seats"] == named("A1", "A3")
    twice = {"row": "A", "seat": 2, "reason": "another reason"}
    answer = await client.patch(
        path,
        json={"capacityConfig": {"sections": {section_id: {"blocked": [*blocked, twice]}}}},
        headers=owner.headers | {"If-Match": f'"{event["version"]}"'},
    )
    assert answer.status_code == 422
