"""The demo: there after one seeding, the same after a second, a stadium that looks like one."""

from __future__ import annotations

import asyncio
from collections import Counter

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.seed import seed
from arenapulse.events.terms import EventStatus
from arenapulse.wiring import make_app
from tests.conftest import TestEngines, settings_for

PASSWORD = "lantern-demo-password"


def _settings(url: str, engines: TestEngines) -> Settings:
    return settings_for(url, engines.redis_url, demo_password=PASSWORD)


async def _counts(db: asyncpg.Connection) -> dict[str, int]:
    tables = ("users", "organizations", "memberships", "venues", "venue_charts", "events")
    tables += ("stock", "tier_prices", "orders", "tickets")
    return {table: await db.fetchval(f"SELECT count(*) FROM {table}") for table in tables}


async def test_the_demo_is_seeded_once_and_looks_as_promised(
    fresh_database_url: str, engines: TestEngines
) -> None:
    settings = _settings(fresh_database_url, engines)
    await seed(settings)
    db = await asyncpg.connect(fresh_database_url)
    first = await _counts(db)
    await asyncio.gather(seed(settings), seed(settings))
    assert await _counts(db) == first
    statuses = Counter(
        row[0] for row in await db.fetch("SELECT status::text FROM events ORDER BY start_time")
    )
    assert set(statuses) == set(EventStatus)
    assert statuses["ON_SALE"] >= 3
    await _sold_out_is_sold(db)
    await _stadium_is_unevenly_sold(db)
    await db.close()
    await _shown(settings)


async def _sold_out_is_sold(db: asyncpg.Connection) -> None:
    rows = await db.fetch(
        "SELECT s.capacity, s.held, s.sold, s.blocked, "
        "(SELECT count(*) FROM tickets t WHERE t.event_id = s.event_id "
        " AND t.section_id = s.section_id AND t.status = 'VALID') "
        "FROM stock s JOIN events e ON e.id = s.event_id WHERE e.status = 'SOLD_OUT'"
    )
    assert sum(row[0] for row in rows) == 2000
    for capacity, held, sold, blocked, tickets in rows:
        assert (held, sold, blocked, tickets) == (0, capacity, 0, capacity)


async def _stadium_is_unevenly_sold(db: asyncpg.Connection) -> None:
    """By tickets of real orders: some sections gone, some nearly, others hardly begun."""
    rows = await db.fetch(
        "SELECT e.name, s.capacity, s.held, s.sold, s.blocked, count(t) AS tickets, "
        "count(DISTINCT t.order_id) AS orders "
        "FROM stock s JOIN events e ON e.id = s.event_id JOIN venues v ON v.id = e.venue_id "
        "LEFT JOIN tickets t ON t.event_id = s.event_id AND t.section_id = s.section_id "
        "AND t.status IN ('VALID', 'CHECKED_IN') "
        "WHERE v.name = 'Lantern Park' AND e.status = 'ON_SALE' AND s.sold > 0 "
        "GROUP BY e.id, s.id ORDER BY e.name"
    )
    assert rows
    assert [row["name"] for row in rows if (row["held"], row["blocked"]) != (0, 0)] == []
    assert [row["name"] for row in rows if row["tickets"] != row["sold"]] == []
    largest = Counter(row["name"] for row in rows).most_common(1)[0][0]
    shares = [row["sold"] / row["capacity"] for row in rows if row["name"] == largest]
    gone = sum(share == 1 for share in shares)
    begun = sum(share < 0.5 for share in shares)
    nearly = sum(0.9 < share < 1 for share in shares)
    assert len(shares) > 40
    assert (gone >= 3, nearly >= 3, begun >= 3) == (True, True, True), shares
    assert len({round(share, 1) for share in shares}) >= 5
    # Nobody bought a section: parties of up to six.
    assert all(row["orders"] * 8 >= row["tickets"] for row in rows)


async def _shown(settings: Settings) -> None:
    app = make_app(settings)
    async with app.running():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://demo.test") as client:
            venues = (await client.get("/api/v1/venues")).json()["data"]
            assert [(v["name"], v["capacity"], len(v["sections"])) for v in venues] == [
                ("Ember Hall", 2_000, 7),
                ("Lantern Park", 60_000, 60),
                ("Tidewater Meadows", 25_000, 5),
            ]
            stadium = venues[1]
            assert {s["gate"] for s in stadium["sections"]} == set("ABCDEFGH")
            assert Counter(s["kind"] for s in stadium["sections"]) == {"SEATED": 60}
            await _people(client)


async def _people(client: httpx.AsyncClient) -> None:
    tokens: dict[str, str] = {}
    for name, roles in (
        ("admin", ["ADMIN"]),
        ("owner", ["OWNER"]),
        ("gate", ["STAFF"]),
        ("fan", []),
    ):
        answer = await client.post(
            "/api/v1/auth/login",
            json={"email": f"{name}@demo.test", "password": PASSWORD},
        )
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        tokens[name] = data["token"]
        held = [m["role"] for m in data["user"]["memberships"]]
        assert held + [r for r in data["user"]["roles"] if r == "ADMIN"] == roles
    drafts = await client.get(
        "/api/v1/events?status=DRAFT", headers={"Authorization": f"Bearer {tokens['owner']}"}
    )
    assert [event["name"] for event in drafts.json()["data"]] == ["Ember Winter Revue"]
    tickets = await client.get(
        "/api/v1/tickets", headers={"Authorization": f"Bearer {tokens['fan']}"}
    )
    assert len(tickets.json()["data"]) == 4
