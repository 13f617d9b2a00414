"""What pages tell, and what organizers see: equal to the tables, to the cent and the place."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.conftest import client_of
from tests.paying import VISA, becomes, hold, pays_as, refund, worker_of
from tests.worlds import Fan, Place, World, make_fans, make_world

INTAKE = "/api/v1/analytics/events"


def told(world: World, kind: str = "view", session: str = "tab-1", **more: Any) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
    event = {"type": kind, "eventId": str(world.event_id), "sessionId": session, "at": now}
    return event | {"properties": {}} | more


async def tell(client: httpx.AsyncClient, *events: dict[str, Any], **headers: str) -> int:
    answer = await client.post(INTAKE, json={"events": events}, headers=headers)
    assert answer.status_code == 202, answer.text
    accepted: int = answer.json()["data"]["accepted"]
    return accepted


async def figures(client: httpx.AsyncClient, world: World, by: Fan, what: str = "summary") -> Any:
    answer = await client.get(f"{INTAKE}/{world.event_id}/{what}", headers=by.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def kept(db: asyncpg.Connection, world: World) -> list[asyncpg.Record]:
    return await db.fetch(
        "SELECT * FROM analytics_events WHERE event_id = $1 ORDER BY session_id, at", world.event_id
    )


async def house(db: asyncpg.Connection, settings: Settings) -> tuple[World, Fan]:
    world = await make_world(db, settings, sections=(Place(50), Place(20, amount=9900, fee=0)))
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    return world, analyst


async def test_what_is_told_is_kept_and_counted_once_a_session(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world, analyst = await house(db, settings)
    assert await tell(client, told(world), told(world), told(world, session="tab-2")) == 3
    assert await tell(client, told(world), told(world, "select"), told(world, "scroll")) == 3
    rows = await kept(db, world)
    assert [row["type"] for row in rows] == ["view", "view", "view", "select", "scroll", "view"]
    found = await figures(client, world, analyst)
    assert (found["views"], found["visitors"], found["conversion"]) == (4, 2, 0.0)
    steps = (await figures(client, world, analyst, "funnel"))["steps"]
    assert steps == [
        {"name": "view", "count": 2},
        {"name": "select", "count": 1},
        {"name": "hold", "count": 0},
        {"name": "pay", "count": 0},
        {"name": "confirmed", "count": 0},
    ]
    points = (await figures(client, world, analyst, "timeseries?metric=views&bucket=day"))["points"]
    assert [point["value"] for point in points] == [4]


@pytest.mark.asvs("V14.2.3")
async def test_no_address_and_no_person_is_kept(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world, _ = await house(db, settings)
    (fan,) = await make_fans(db, world, 1)
    await tell(client, told(world), **fan.headers, **{"X-Forwarded-For": "203.0.113.77"})
    (row,) = await kept(db, world)
    assert set(dict(row)) == {
        *("received_at", "at", "event_id", "type", "session_id", "properties")
    }
    assert "203.0.113.77" not in str(dict(row))
    assert str(fan.user_id) not in str(dict(row))


async def test_who_asks_not_to_be_followed_is_not(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world, analyst = await house(db, settings)
    assert await tell(client, told(world), DNT="1") == 0
    assert await tell(client, told(world), **{"Sec-GPC": "1"}) == 0
    assert await kept(db, world) == []
    assert await tell(client, told(world), DNT="0") == 1
    assert (await figures(client, world, analyst))["views"] == 1


async def test_wrong_clocks_are_not_believed(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world, analyst = await house(db, settings)
    await tell(
        client, told(world, at="2099-01-01T00:00:00Z"), told(world, at="1999-01-01T00:00:00Z")
    )
    old, new = (row["at"] for row in await kept(db, world))
    now = dt.datetime.now(dt.UTC)
    assert now - dt.timedelta(days=7, minutes=1) < old < now - dt.timedelta(days=6, hours=23)
    assert now - dt.timedelta(minutes=1) < new <= now
    points = (await figures(client, world, analyst, "timeseries?metric=views&bucket=minute"))[
        "points"
    ]
    assert [point["value"] for point in points] == [1, 1]


async def test_events_that_there_are_not_are_kept_and_not_counted(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world, _ = await house(db, settings)
    unknown = str(uuid4())
    nowhere = {key: value for key, value in told(world).items() if key != "eventId"}
    await tell(client, told(world, eventId=unknown), nowhere)
    count = "SELECT count(*) FROM analytics_{} WHERE event_id = $1"
    assert await db.fetchval(count.format("events"), UUID(unknown)) == 1
    for table in ("minutes", "totals", "sessions"):
        assert await db.fetchval(count.format(table), UUID(unknown)) == 0


async def test_what_does_not_fit_is_refused_whole(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world, _ = await house(db, settings)
    good = told(world)
    for events, field in (
        ([], "events"),
        ([good] * 1_001, "events"),
        ([good, good | {"properties": [1]}], "events.1.properties"),
        ([good, good | {"properties": {"a": "x" * 10_001}}], "events.1.properties"),
        ([good | {"address": "x"}], "events.0.address"),
        ([good | {"at": "2026-01-01T00:00:00"}], "events.0.at"),
    ):
        answer = await client.post(INTAKE, json={"events": events})
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["details"][0]["field"] == field
    raw = (
        b'{"events":[{"type":"view","sessionId":"s","at":"2026-11-01T00:00:00Z","properties":{"a":"'
    )
    answer = await client.post(
        INTAKE, content=raw + b'\xff"}}]}', headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert await kept(db, world) == []


async def test_ten_megabytes_are_taken(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world, _ = await house(db, settings)
    large = told(world, properties={"note": "x" * 9_800})
    assert await tell(client, *[large] * 990) == 990
    answer = await client.post(INTAKE, json={"events": [large] * 1_000, "pad": "x" * 200_000})
    assert answer.status_code == 413
    assert len(await kept(db, world)) == 990


async def test_sales_are_those_of_the_tables(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world, analyst = await house(db, settings)
    (fan,) = await make_fans(db, world, 1)
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    async with worker_of(settings):
        paid = await hold(client, fan, world, token=VISA)
        await pays_as(client, fan, paid["orderId"], "SUCCEEDED")
        await hold(client, fan, world)
        sold = world.order(1, quantity=3, paymentMethod={"type": "box_office"})
        desk = await client.post("/api/v1/orders", json=sold, headers=manager.headers)
        assert desk.status_code == 201
        gone = await client.post(
            "/api/v1/orders",
            json=world.order(1, paymentMethod={"type": "box_office"}),
            headers=manager.headers,
        )
        cancel = f"/api/v1/orders/{gone.json()['data']['orderId']}/cancel"
        assert (await client.post(cancel, headers=manager.headers)).status_code == 200
        back = await refund(
            client, manager, paid["orderId"], ticketIds=[paid["tickets"][0]["ticketId"]]
        )
        assert back.status_code == 202
        await pays_as_refunded(client, fan, paid["orderId"])
    await tell(client, *(told(world, session=f"tab-{n}") for n in range(6)))
    found = await figures(client, world, analyst)
    updated_at = dt.datetime.fromisoformat(found.pop("updatedAt"))
    assert dt.datetime.now(dt.UTC) - updated_at < dt.timedelta(seconds=10)
    gross = 2 * 4650 + 3 * 9900 + 9900
    assert found == {
        "orders": 3,
        "ticketsSold": 4,
        "ticketsHeld": 2,
        "checkedIn": 0,
        "revenue": {
            "gross": gross,
            "fees": 300,
            "refunded": 4650,
            "net": gross - 300 - 4650,
            "currency": "EUR",
        },
        "views": 6,
        "visitors": 6,
        "conversion": 0.5,
    }
    steps = (await figures(client, world, analyst, "funnel"))["steps"]
    assert [step["count"] for step in steps] == [6, 0, 4, 3, 3]
    for metric, value in (("sales", 4), ("revenue", gross)):
        series = await figures(client, world, analyst, f"timeseries?metric={metric}&bucket=day")
        assert sum(point["value"] for point in series["points"]) == value
    sections = await figures(client, world, analyst, "sections")
    assert [
        [each[key] for key in ("name", "capacity", "sold", "held", "available", "revenue")]
        for each in sections
    ] == [["Section 1", 50, 1, 2, 47, 9300], ["Section 2", 20, 3, 0, 17, 39600]]
    assert sum(each["revenue"] for each in sections) == gross


async def pays_as_refunded(client: httpx.AsyncClient, fan: Fan, order_id: str) -> None:
    await becomes(client, fan, order_id, lambda order: order["status"] == "PARTIALLY_REFUNDED")


@pytest.mark.asvs("V1.3.3")
async def test_the_file_opens_in_a_spreadsheet_and_computes_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world, analyst = await house(db, settings)
    await db.execute(
        "UPDATE venue_charts SET sections = jsonb_set(sections, '{0,name}', $2)"
        " WHERE venue_id = $1",
        *(world.venue_id, '"=HYPERLINK(\\"x\\"), a"'),
    )
    answer = await client.get(f"{INTAKE}/{world.event_id}/export.csv", headers=analyst.headers)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.endswith("\r\n")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0]["name"] == '\'=HYPERLINK("x"), a'
    assert [row["capacity"] for row in rows] == ["50", "20"]
    assert answer.headers["cache-control"] == "no-store"


async def test_figures_are_for_analysts(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world, _ = await house(db, settings)
    other, _ = await house(db, settings)
    stranger, staff, owner = (
        (await make_fans(db, other, 1, role="OWNER"))[0],
        (await make_fans(db, world, 1, role="STAFF"))[0],
        (await make_fans(db, world, 1, role="OWNER"))[0],
    )
    for what in ("summary", "timeseries?metric=sales", "funnel", "sections", "export.csv"):
        path = f"{INTAKE}/{world.event_id}/{what}"
        statuses = [
            (await client.get(path, headers=person.headers)).status_code
            for person in (stranger, staff, owner)
        ]
        assert statuses == [404, 403, 200], what


async def test_what_was_answered_is_there_after_the_process_is_gone(
    db: asyncpg.Connection, settings: Settings
) -> None:
    world, analyst = await house(db, settings)
    async with client_of(settings) as first:
        assert await tell(first, told(world)) == 1
        assert len(await kept(db, world)) == 1
    async with client_of(settings) as second:
        assert (await figures(second, world, analyst))["views"] == 1
