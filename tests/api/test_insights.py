"""Channels, cohorts, an event at a moment, files: equal to orders and tickets, to the cent."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import re
import zipfile
from typing import Any

import asyncpg
import httpx
from arro3.io import read_parquet

from arenapulse.core.settings import Settings
from tests.worlds import Fan, Place, World, make_fans, make_world

BASE = "/api/v1/analytics"


async def sell(
    client: httpx.AsyncClient, world: World, clerk: Fan, section: int, quantity: int
) -> dict[str, Any]:
    body = world.order(section, quantity=quantity, paymentMethod={"type": "box_office"})
    answer = await client.post("/api/v1/orders", json=body, headers=clerk.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def tell(client: httpx.AsyncClient, world: World, kind: str, tab: str, **about: str) -> None:
    now = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
    event = {"type": kind, "eventId": str(world.event_id), "sessionId": tab, "at": now}
    body = {"events": [event | {"properties": about}]}
    assert (await client.post(f"{BASE}/events", json=body)).status_code == 202


async def read(client: httpx.AsyncClient, by: Fan, path: str) -> Any:
    answer = await client.get(f"{BASE}/{path}", headers=by.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_orders_are_of_the_channel_their_visit_came_by_and_add_up(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(50), Place(50, amount=9900, fee=0)))
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    (clerk,) = await make_fans(db, world, 1, role="STAFF")
    await tell(client, world, "view", "tab-1", source="Newsletter")
    await tell(client, world, "view", "tab-1", source="other")  # the first word stands
    await tell(client, world, "view", "tab-2", source="newsletter")
    await tell(client, world, "view", "tab-3", source="a <b> c")
    await tell(client, world, "view", "tab-4")
    named = await sell(client, world, clerk, 0, 2)
    await tell(client, world, "hold", "tab-1", orderId=named["orderId"])
    await tell(client, world, "hold", "tab-4", orderId=named["orderId"])
    await sell(client, world, clerk, 1, 3)
    found = await read(client, analyst, f"events/{world.event_id}/channels")
    assert found == [
        {"source": None, "visitors": 2, "orders": 1, "ticketsSold": 3, "revenue": 3 * 9900},
        {"source": "newsletter", "visitors": 2, "orders": 1, "ticketsSold": 2, "revenue": 2 * 4650},
    ]
    summary = await read(client, analyst, f"events/{world.event_id}/summary")
    assert sum(each["revenue"] for each in found) == summary["revenue"]["gross"]
    assert sum(each["orders"] for each in found) == summary["orders"]
    assert sum(each["ticketsSold"] for each in found) == summary["ticketsSold"]
    assert sum(each["visitors"] for each in found) == summary["visitors"]


async def test_channels_beyond_a_hundred_are_one_and_still_add_up(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(50),))
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    (clerk,) = await make_fans(db, world, 1, role="STAFF")
    now = dt.datetime.now(dt.UTC).isoformat()
    told = [
        {
            "type": "view",
            "eventId": str(world.event_id),
            "sessionId": f"tab-{n}",
            "at": now,
            "properties": {"source": f"word-{n:03}"},
        }
        for n in range(120)
    ]
    assert (await client.post(f"{BASE}/events", json={"events": told})).status_code == 202
    sold = await sell(client, world, clerk, 0, 2)
    await tell(client, world, "hold", "tab-119", orderId=sold["orderId"])
    await sell(client, world, clerk, 0, 1)
    found = await read(client, analyst, f"events/{world.event_id}/channels")
    by_source = {each["source"]: each for each in found}
    assert len(found) == 101
    assert by_source["word-119"]["revenue"] == 2 * 4650
    assert by_source[None]["orders"] == 1
    assert by_source["(other)"]["visitors"] == 21
    assert sum(each["visitors"] for each in found) == 120
    assert sum(each["revenue"] for each in found) == 3 * 4650


async def long_ago(db: asyncpg.Connection, order: dict[str, Any], *, hours: int) -> None:
    await db.execute(
        "UPDATE orders SET created_at = created_at - $2::INTERVAL, "
        "expires_at = expires_at - $2::INTERVAL WHERE id = $1",
        *(order["orderId"], dt.timedelta(hours=hours)),
    )


async def test_figures_over_time_can_be_bounded(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(50),))
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    (clerk,) = await make_fans(db, world, 1, role="STAFF")
    early = await sell(client, world, clerk, 0, 2)
    await long_ago(db, early, hours=5)
    await sell(client, world, clerk, 0, 3)
    await tell(client, world, "view", "tab-1")
    now = dt.datetime.now(dt.UTC)

    async def values(metric: str, **bounds: dt.datetime) -> list[int]:
        asked = {"metric": metric, "bucket": "minute"}
        asked |= {name.strip("_"): at.isoformat() for name, at in bounds.items()}
        path = f"{BASE}/events/{world.event_id}/timeseries"
        answer = await client.get(path, params=asked, headers=analyst.headers)
        assert answer.status_code == 200, answer.text
        return [point["value"] for point in answer.json()["data"]["points"]]

    hour = dt.timedelta(hours=1)
    assert await values("sales") == [2, 3]
    assert await values("sales", from_=now - hour) == [3]
    assert await values("sales", to=now - hour) == [2]
    assert await values("revenue", from_=now - 3 * hour, to=now - 2 * hour) == []
    assert await values("views", from_=now - hour) == [1]
    assert await values("views", to=now - hour) == []
    assert await values("checkins", from_=now - hour) == []
    answer = await client.get(
        f"{BASE}/events/{world.event_id}/timeseries",
        params={"from": now.isoformat(), "to": (now - hour).isoformat()},
        headers=analyst.headers,
    )
    assert answer.status_code == 422


async def test_an_event_is_shown_as_it_stood(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(50), Place(50, amount=9900, fee=0)))
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    (clerk,) = await make_fans(db, world, 1, role="STAFF")
    early = await sell(client, world, clerk, 0, 2)
    await long_ago(db, early, hours=2)
    await sell(client, world, clerk, 1, 3)
    now = dt.datetime.now(dt.UTC)

    async def at(moment: dt.datetime) -> dict[str, Any]:
        stamp = moment.isoformat().replace("+00:00", "Z")
        return await read(client, analyst, f"events/{world.event_id}/replay?at={stamp}")

    assert (await at(now - dt.timedelta(hours=3)))["ticketsSold"] == 0
    then = await at(now - dt.timedelta(hours=1))
    assert (then["ticketsSold"], then["revenue"]) == (2, 2 * 4650)
    assert [each["sold"] for each in then["sections"]] == [2, 0]
    last = await at(now + dt.timedelta(minutes=1))
    summary = await read(client, analyst, f"events/{world.event_id}/summary")
    assert (last["ticketsSold"], last["revenue"]) == (5, summary["revenue"]["gross"])
    wrong = await client.get(
        f"{BASE}/events/{world.event_id}/replay?at=yesterday", headers=analyst.headers
    )
    assert wrong.status_code == 422


async def test_what_was_paid_is_told_by_price_and_adds_up(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(50), Place(50, amount=9900, fee=0)))
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    (clerk,) = await make_fans(db, world, 1, role="STAFF")
    await db.execute(
        "INSERT INTO promo_codes (id, event_id, code, code_key, kind, value)"
        " VALUES (gen_random_uuid(), $1, 'TEN', 'ten', 'PERCENT', 10)",
        world.event_id,
    )
    await sell(client, world, clerk, 1, 3)
    body = world.order(0, quantity=2, paymentMethod={"type": "box_office"}, promoCode="TEN")
    answer = await client.post("/api/v1/orders", json=body, headers=clerk.headers)
    assert answer.status_code == 201, answer.text
    found = await read(client, analyst, f"events/{world.event_id}/prices")
    north, south = (str(section) for section in world.section_ids)
    told = {"priceLevel": "STANDARD"}
    assert found == [
        told | {"sectionId": south, "ticketsSold": 3, "amount": 29_700, "fees": 0, "discount": 0},
        told
        | {"sectionId": north, "ticketsSold": 2, "amount": 9_000, "fees": 300, "discount": 900},
    ]
    summary = await read(client, analyst, f"events/{world.event_id}/summary")
    paid = sum(each["amount"] + each["fees"] - each["discount"] for each in found)
    assert paid == summary["revenue"]["gross"]


async def test_who_left_again_is_not_inside(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(50), Place(50)))
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    (clerk,) = await make_fans(db, world, 1, role="STAFF")
    order = await sell(client, world, clerk, 0, 3)
    await long_ago(db, order, hours=9)
    now = dt.datetime.now(dt.UTC)
    scans = (
        *((1, "ADMITTED", None, 90), (1, "LEFT", None, 60), (1, "ADMITTED", None, 30)),
        # Let in by a gate that had not heard of a rule; and one that was nobody's to let in.
        *((2, "CONFLICT", 8, 80), (2, "LEFT", None, 40), (3, "CONFLICT", 6, 85)),
    )
    for sequence, (number, result, conflict, minutes) in enumerate(scans, 1):
        await db.execute(
            "INSERT INTO checkins (event_id, client_id, sequence, order_id, number, result,"
            " conflict, gate, device_id, actor_id, scanned_at, recorded_at, is_offline)"
            " VALUES ($1, $2::TEXT, $3, $4, $5, $6, $7, 'A', 'd', $8, $9, $9, TRUE)",
            *(world.event_id, str(sequence), sequence, order["orderId"], number, result),
            *(conflict, clerk.user_id, now - dt.timedelta(minutes=minutes)),
        )

    async def at(minutes: int) -> tuple[int, int, list[int]]:
        stamp = (now - dt.timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
        then = await read(client, analyst, f"events/{world.event_id}/replay?at={stamp}")
        return then["checkedIn"], then["inside"], [each["inside"] for each in then["sections"]]

    assert await at(100) == (0, 0, [0, 0])
    assert await at(70) == (2, 2, [2, 0])
    assert await at(50) == (2, 1, [1, 0])
    assert await at(35) == (2, 0, [0, 0])
    assert await at(0) == (2, 1, [1, 0])


async def test_files_say_what_the_page_says_and_compute_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(50),))
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    (clerk,) = await make_fans(db, world, 1, role="STAFF")
    await sell(client, world, clerk, 0, 4)
    await db.execute(
        'UPDATE venue_charts SET sections = replace(sections::TEXT, \'"name": "\', '
        '\'"name": "=1+1\')::JSONB WHERE venue_id = $1',
        world.venue_id,
    )
    (section,) = await read(client, analyst, f"events/{world.event_id}/sections")
    base = f"{BASE}/events/{world.event_id}"
    table = await client.get(f"{base}/export.parquet", headers=analyst.headers)
    assert table.status_code == 200, table.text
    columns = {
        name: column.to_pylist()
        for batch in read_parquet(io.BytesIO(table.content))
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    assert columns["sold"] == [4] == [section["sold"]]
    assert columns["revenue"] == [4 * 4650]
    assert columns["name"] == [section["name"]]
    book = await client.get(f"{base}/export.xlsx", headers=analyst.headers)
    assert book.headers["content-disposition"].endswith('.xlsx"')
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        page = parts.read("xl/worksheets/sheet1.xml").decode()
        text = parts.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in page
    assert re.search(r">\d{4}-\d\d-\d\dT\d\d:00:00Z<", text)
    assert f"<v>{4 * 4650}</v>" in page
    assert section["name"].startswith("=") is ("=1+1" in text)


async def test_buyers_who_come_again_are_counted_by_the_month_of_their_first_order(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(50, amount=0, fee=0),))
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    once, again = await make_fans(db, world, 2)
    made: list[str] = []
    for fan in (once, again, again):
        body = world.order(paymentMethod={"type": "free"})
        answer = await client.post("/api/v1/orders", json=body, headers=fan.headers)
        made.append(answer.json()["data"]["orderId"])
    for order, months in zip(made, (2, 2, 0), strict=True):
        await db.execute(
            "UPDATE orders SET created_at = x.at, expires_at = x.at + interval '1 minute' "
            "FROM (SELECT date_trunc('month', now(), 'UTC') - make_interval(months => $2) "
            "+ interval '1 day' AS at) x WHERE id = $1",
            *(order, months),
        )
    found = await read(client, analyst, f"organizations/{world.organization_id}/cohorts")
    assert [(each["months"], each["buyers"], each["orders"]) for each in found] == [
        (0, 2, 2),
        (2, 1, 1),
    ]
    assert len({each["cohort"] for each in found}) == 1


async def test_a_ticket_that_went_on_to_somebody_else_was_paid_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings)
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    (clerk,) = await make_fans(db, world, 1, role="STAFF")
    order = (await sell(client, world, clerk, 0, 2))["orderId"]
    await db.execute(
        "UPDATE tickets SET status = 'TRANSFERRED' WHERE order_id = $1 AND number = 1", order
    )
    await db.execute(
        "INSERT INTO tickets (order_id, number, event_id, section_id, price_level, amount, fee, "
        "discount, status, holder_id, from_number) SELECT order_id, 3, event_id, section_id, "
        "price_level, amount, fee, discount, 'VALID', $2, 1 FROM tickets "
        "WHERE order_id = $1 AND number = 1",
        *(order, analyst.user_id),
    )
    (section,) = await read(client, analyst, f"events/{world.event_id}/sections")
    assert (section["sold"], section["revenue"]) == (2, 2 * 4650)
    stamp = (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    now = await read(client, analyst, f"events/{world.event_id}/replay?at={stamp}")
    assert (now["ticketsSold"], now["revenue"]) == (2, 2 * 4650)


async def test_no_figure_is_counted_from_the_rows_that_pages_told(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    """What a dashboard costs is the same after a hundred million: it reads their minutes."""
    world = await make_world(db, settings)
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    await tell(client, world, "view", "tab-1", source="newsletter")
    document = (await client.get("/api/v1/openapi.json")).json()["paths"]
    of_event = "/api/v1/analytics/events/{event_id}/"
    questions = {path.removeprefix(of_event) for path in document if path.startswith(of_event)}
    assert {"summary", "timeseries", "replay", "export.xlsx"} <= questions
    series = {f"timeseries?metric=views&bucket={each}" for each in ("minute", "hour", "day")}
    at = f"?at={dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    async with db.transaction():
        # Whoever read one of them would wait for us, and be given up.
        await db.execute("LOCK TABLE analytics_events IN ACCESS EXCLUSIVE MODE")
        for question in sorted(questions | series):
            path = f"{BASE}/events/{world.event_id}/{question}" + (
                at if "replay" in question else ""
            )
            async with asyncio.timeout(5):
                answer = await client.get(path, headers=analyst.headers)
            assert answer.status_code == 200, (question, answer.text)


async def test_a_month_of_minutes_is_read_from_their_index_alone(
    db: asyncpg.Connection, settings: Settings
) -> None:
    """Those of one event lie among all others': of the table each would be a page."""
    world = await make_world(db, settings)
    await db.execute(
        "INSERT INTO analytics_minutes (event_id, type, minute, count, sessions)"
        " SELECT $1, 'view', TIMESTAMPTZ '2026-01-01Z' + n * INTERVAL '1 minute', 1, 1"
        " FROM generate_series(1, 3000) n",
        world.event_id,
    )
    await db.execute("VACUUM ANALYZE analytics_minutes")
    for asked in (
        "SELECT minute, count FROM analytics_minutes WHERE event_id = $1 AND type = 'view'",
        "SELECT hour, count FROM analytics_hours WHERE event_id = $1 AND type = 'view'",
    ):
        async with db.transaction():
            await db.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            plan = [row[0] for row in await db.fetch(f"EXPLAIN {asked}", world.event_id)]
        assert any("Index Only Scan" in line for line in plan), plan
