"""A rehearsal of an on-sale: on a shadow, by the code that sells, without a trace of it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.rehearsals.service import Rehearsing
from arenapulse.rehearsals.terms import A_DAY_MAX
from arenapulse.runtime.db import SERVICE, Database
from tests.worlds import Fan, Place, World, make_fans, make_world

HOUSE = (Place(40), Place(rows=(("A", 10), ("B", 10)), amount=9900, fee=0))
TABLES = ("orders", "tickets", "stock", "charges", "waiting_places", "waiting_lanes", "events")


async def ask(
    client: httpx.AsyncClient, world: World, by: Fan, **changes: object
) -> httpx.Response:
    body = {"people": 60, "seconds": 3} | changes
    path = f"/api/v1/events/{world.event_id}/rehearsals"
    return await client.post(path, json=body, headers=by.headers)


async def state(db: asyncpg.Connection) -> list[object]:
    """What a rehearsal must not touch."""
    found: list[object] = [
        await db.fetchval(f"SELECT md5(string_agg(x::TEXT, ',' ORDER BY x::TEXT)) FROM {name} x")
        for name in TABLES
    ]
    return found


async def shadows(db: asyncpg.Connection) -> int:
    count: int = await db.fetchval(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'rehearsal'::regnamespace"
    )
    return count


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    made = Database(settings.database_url or "", pool_size=2, actor=SERVICE)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def rehearsing(database: Database) -> Rehearsing:
    return Rehearsing(database)


async def test_a_crowd_buys_the_shadow_empty_and_nothing_of_the_event_is_touched(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, rehearsing: Rehearsing
) -> None:
    world = await make_world(db, settings, status="SCHEDULED", sections=HOUSE)
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    before = await state(db)
    asked = await ask(client, world, manager, admitPerMinute=3_600)
    assert asked.status_code == 202, asked.text
    found = asked.json()["data"]
    assert (found["status"], found["report"]) == ("WAITING", None)
    another = await ask(client, world, manager)
    assert (another.status_code, another.json()["error"]["code"]) == (409, "CONFLICT003")

    await rehearsing.run(UUID(found["id"]))
    await rehearsing.run(UUID(found["id"]))  # once is enough

    path = f"/api/v1/events/{world.event_id}/rehearsals/{found['id']}"
    told = (await client.get(path, headers=manager.headers)).json()["data"]
    assert (told["status"], told["why"]) == ("DONE", None)
    report = told["report"]
    assert report["joined"] == 60
    assert report["admitted"] + report["stillWaiting"] == 60
    taken = report["ticketsSold"] + report["ticketsHeld"]
    assert taken + report["placesLeft"] == 60
    assert [(each["capacity"], each["name"]) for each in report["sections"]] == [
        (40, report["sections"][0]["name"]),
        (20, report["sections"][1]["name"]),
    ]
    assert sum(each["sold"] for each in report["sections"]) == report["ticketsSold"] > 0
    assert sum(each["tickets"] for each in report["moments"]) == report["ticketsSold"]
    assert sum(each["orders"] for each in report["moments"]) == report["orders"] > 0
    assert max(each["orders"] for each in report["moments"]) == report["ordersPeak"]
    assert report["orderP95Ms"] > 0
    assert report["revenue"] > 0
    assert await state(db) == before
    assert await shadows(db) == 0


async def test_without_a_line_all_order_at_once_and_what_is_gone_is_refused(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, rehearsing: Rehearsing
) -> None:
    world = await make_world(db, settings, status="DRAFT", sections=(Place(30),))
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    found = (await ask(client, world, manager, people=100)).json()["data"]
    async with db.transaction():  # what a killed worker has left
        await db.execute("SELECT set_config('arenapulse.actor', 'service', TRUE)")
        await db.execute("SELECT make_shadow($1)", world.event_id)
    await rehearsing.run(UUID(found["id"]))
    listed = f"/api/v1/events/{world.event_id}/rehearsals"
    (told,) = (await client.get(listed, headers=manager.headers)).json()["data"]
    report = told["report"]
    assert (report["joined"], report["admitPerMinute"]) == (0, None)
    assert report["placesLeft"] <= 3, "groups that no longer fit leave a place or two"
    assert "EVENT002" in {each["code"] for each in report["refusals"]}
    assert await shadows(db) == 0


async def test_what_is_switched_off_meanwhile_breaks_off_and_leaves_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, database: Database
) -> None:
    world = await make_world(db, settings, status="SCHEDULED", sections=(Place(30),))
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    listed = f"/api/v1/events/{world.event_id}/rehearsals"
    # Before it begins, and in its first second.
    for answers in ([True], [False, True]):
        found = (await ask(client, world, manager)).json()["data"]
        asked = iter(answers)
        await Rehearsing(database, is_off=lambda asked=asked: next(asked)).run(UUID(found["id"]))
        told = (await client.get(f"{listed}/{found['id']}", headers=manager.headers)).json()["data"]
        assert (told["status"], told["report"]) == ("FAILED", None)
        assert told["why"] == "rehearsals were switched off"
        assert list(asked) == []
        assert await shadows(db) == 0


async def test_beside_a_sale_of_the_event_nobody_rehearses(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, database: Database
) -> None:
    world = await make_world(db, settings, status="ON_SALE", sections=(Place(30),))
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    move = "UPDATE events SET status = $2 WHERE id = $1"
    for status in ("ON_SALE", "SOLD_OUT", "LIVE"):
        await db.execute(move, world.event_id, status)
        refused = await ask(client, world, manager)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT003")
        assert "sells now" in refused.json()["error"]["message"]
    count = "SELECT count(*) FROM rehearsals WHERE event_id = $1"
    assert await db.fetchval(count, world.event_id) == 0
    await db.execute(move, world.event_id, "PAUSED")
    found = (await ask(client, world, manager)).json()["data"]

    began = asyncio.Event()

    def watched() -> bool:
        """Nothing is off; a look after this one finds the sale open."""
        began.set()
        return False

    rehearsing = asyncio.create_task(Rehearsing(database, is_off=watched).run(UUID(found["id"])))
    await asyncio.wait_for(began.wait(), timeout=10)
    await db.execute(move, world.event_id, "ON_SALE")
    await rehearsing
    path = f"/api/v1/events/{world.event_id}/rehearsals/{found['id']}"
    told = (await client.get(path, headers=manager.headers)).json()["data"]
    assert (told["status"], told["why"]) == ("FAILED", "the event went on sale")
    assert await shadows(db) == 0


async def test_asked_for_again_by_its_key_it_is_the_same_rehearsal(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, status="SCHEDULED", sections=(Place(30),))
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    path = f"/api/v1/events/{world.event_id}/rehearsals"
    headers = manager.headers | {"Idempotency-Key": "rehearse-1"}
    body = {"people": 60, "seconds": 3}
    found = await client.post(path, json=body, headers=headers)
    assert found.status_code == 202, found.text
    again = await client.post(path, json=body, headers=headers)
    assert (again.status_code, again.json()) == (202, found.json())
    other = await client.post(path, json=body | {"people": 61}, headers=headers)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "IDEMPOTENCY001")
    many = await db.fetchval(
        "WITH gone AS (UPDATE rehearsals SET status = 'FAILED' WHERE event_id = $1 RETURNING 1) "
        "SELECT count(*) FROM gone",
        world.event_id,
    )
    assert many == 1


async def test_who_may_ask_and_for_what(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings)
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    (stranger,) = await make_fans(db, world, 1)
    assert (await ask(client, world, analyst)).status_code == 403
    assert (await ask(client, world, stranger)).status_code == 403
    for changes in ({"people": 0}, {"people": 50_001}, {"seconds": 2}, {"seconds": 121}):
        assert (await ask(client, world, manager, **changes)).status_code == 422
    await db.execute("UPDATE events SET status = 'COMPLETED' WHERE id = $1", world.event_id)
    over = await ask(client, world, manager)
    assert (over.status_code, over.json()["error"]["code"]) == (409, "CONFLICT003")
    assert (
        await db.fetchval("SELECT count(*) FROM rehearsals WHERE event_id = $1", world.event_id)
        == 0
    )


async def test_an_organization_rehearses_so_often_a_day_and_leaves_the_place_to_others(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, status="SCHEDULED", sections=HOUSE)
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    fill = """
        INSERT INTO rehearsals (id, event_id, organization_id, asked_by, people, seconds, status,
            created_at)
          SELECT gen_random_uuid(), $1, $2, $3, 60, 3, 'FAILED', now() - $4::INTERVAL
            FROM generate_series(1, $5)
        """
    about = (world.event_id, world.organization_id, manager.user_id)
    await db.execute(fill, *about, dt.timedelta(days=1, seconds=1), 50)
    await db.execute(fill, *about, dt.timedelta(hours=1), A_DAY_MAX - 1)
    assert (await ask(client, world, manager)).status_code == 202
    await db.execute("UPDATE rehearsals SET status = 'FAILED' WHERE status = 'WAITING'")
    refused = await ask(client, world, manager)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT003")
    assert "twelve times" in refused.json()["error"]["message"]


async def test_one_that_nobody_played_makes_room_for_another_organization(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    mine, theirs = [
        await make_world(db, settings, status="SCHEDULED", sections=HOUSE) for _ in range(2)
    ]
    (manager,), (other,) = [await make_fans(db, each, 1, role="MANAGER") for each in (mine, theirs)]
    asked = await ask(client, theirs, other)
    assert asked.status_code == 202, asked.text
    assert (await ask(client, mine, manager)).status_code == 409
    await db.execute(
        "UPDATE rehearsals SET created_at = created_at - INTERVAL '11 minutes' WHERE id = $1",
        UUID(asked.json()["data"]["id"]),
    )
    assert (await ask(client, mine, manager)).status_code == 202
    await db.execute("UPDATE rehearsals SET status = 'FAILED' WHERE status = 'WAITING'")
