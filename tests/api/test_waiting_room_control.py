"""The organizer's hand on a waiting room, and leaving it, through HTTP."""

from __future__ import annotations

import asyncio

import asyncpg
import httpx
import pytest

from arenapulse.core.ids import EventId
from arenapulse.core.settings import Settings
from arenapulse.entrypoints.draw_check import main as check_draw
from arenapulse.orders.news import Unheard
from arenapulse.runtime.db import SERVICE
from arenapulse.runtime.web.loopback import serving
from arenapulse.wiring import make_app
from arenapulse.wiring.core import make_core, make_runtime, open_core
from arenapulse.wiring.waitingroom import make_book
from tests.lining import SECONDS_MAX, Line, lined_up
from tests.worlds import Fan, make_fans

WAITING = """
SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE d.datname = current_database() AND l.relation = $1::REGCLASS AND NOT l.granted
"""


async def steer(line: Line, who: Fan, **changes: object) -> httpx.Response:
    path = f"/api/v1/events/{line.world.event_id}/waiting-room"
    return await line.client.patch(path, json=changes, headers=who.headers)


async def test_rate_pause_drain_and_a_word_are_obeyed_and_audited(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=600) as line:
        (manager,) = await make_fans(db, line.world, 1, role="MANAGER")
        fan, late = await make_fans(db, line.world, 2)
        await line.crowd(200)
        kept = await line.joined(fan)
        assert (await steer(line, fan, paused=True)).status_code == 403
        paused = await steer(line, manager, paused=True, message="Rain: we start at nine.")
        assert paused.status_code == 200, paused.text
        await line.step()
        assert await line.serving() == 0
        told = await line.until(message="Rain: we start at nine.")
        assert (told["paused"], told["perMinute"]) == (True, 0)

        await steer(line, manager, paused=False, admitPerMinute=60, draining=True, message=None)
        await line.step()
        assert 1 <= await line.serving() <= 2, "sixty a minute, not six hundred"
        await line.until(closed=True)
        refused = await line.join(late)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT003")
        assert (await line.joined(fan))["token"] == kept["token"], "who waits keeps the place"

        rows = await db.fetch(
            "SELECT actor_id, details::TEXT FROM audit_log "
            "WHERE subject_id = $1 AND action = 'waitingroom.changed' ORDER BY id",
            line.world.event_id,
        )
        assert [row["actor_id"] for row in rows] == [manager.user_id] * 2
        assert "paused" in rows[0]["details"]


async def test_a_lane_is_for_who_has_its_code_and_has_its_share(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=600) as line:
        (manager,) = await make_fans(db, line.world, 1, role="MANAGER")
        member, stranger = await make_fans(db, line.world, 2)
        path = f"/api/v1/events/{line.world.event_id}/waiting-room/lanes"
        body = {"name": "Members", "code": "MEMBER26", "share": 100}
        made = await client.post(path, json=body, headers=manager.headers)
        assert made.status_code == 201, made.text
        again = await client.post(path, json=body, headers=manager.headers)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "CONFLICT003")
        await line.crowd(100)
        await line.until(people=100)
        wrong = await line.join(stranger, laneCode="guessed")
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "VALIDATION001")
        place = await line.joined(member, laneCode=" member26 ")
        assert (place["lane"], place["position"]) == (1, 1)
        await line.step()
        assert (await line.until(place["token"], phase="TURN"))["lane"] == 1
        control = await client.get(
            f"/api/v1/events/{line.world.event_id}/waiting-room", headers=manager.headers
        )
        lanes = control.json()["data"]["lanes"]
        assert [(lane["name"], lane["people"]) for lane in lanes] == [("", 100), ("Members", 1)]


async def test_owners_read_who_opened_a_lane_and_how_its_share_changed(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        (owner,) = await make_fans(db, line.world, 1, role="OWNER")
        (manager,) = await make_fans(db, line.world, 1, role="MANAGER")
        path = f"/api/v1/events/{line.world.event_id}/waiting-room"
        sponsors = {"name": "Sponsors", "code": "GOLD-7731", "share": 20}
        made = await client.post(f"{path}/lanes", json=sponsors, headers=manager.headers)
        assert made.status_code == 201, made.text
        less = await client.patch(
            f"{path}/lanes/{made.json()['data']['lane']}", json={"share": 5}, headers=owner.headers
        )
        assert less.status_code == 200, less.text
        assert (await steer(line, manager, paused=True)).status_code == 200
        read = await client.get(
            f"/api/v1/organizations/{line.world.organization_id}/audit", headers=owner.headers
        )
        told = [
            (each["action"], each["actorId"], each["details"])
            for each in reversed(read.json()["data"])
            if each["action"].startswith("waitingroom.")
        ]
        keeper, boss = str(manager.user_id), str(owner.user_id)
        assert told == [
            ("waitingroom.lane_added", keeper, {"lane": 1, "name": "Sponsors", "share": 20}),
            ("waitingroom.share", boss, {"lane": 1, "before": 20, "after": 5}),
            (
                "waitingroom.changed",
                keeper,
                {"before": {"paused": False}, "after": {"paused": True}},
            ),
        ]
        assert "GOLD" not in read.text, "a code is money to who reads it"


async def test_who_leaves_makes_room_and_another_cannot_leave_for_them(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=600) as line:
        (manager,) = await make_fans(db, line.world, 1, role="MANAGER")
        fan, other = await make_fans(db, line.world, 2)
        place = await line.joined(fan)
        await line.crowd(20)
        await steer(line, manager, insideMax=1)
        for _ in range(3):
            await line.step()
        assert await line.serving() == 1, "one fits into the shop"
        await line.until(place["token"], phase="TURN")
        path = f"{line.path}/{place['token']}/leave"
        foreign = await client.post(path, headers=other.headers)
        assert (foreign.status_code, foreign.json()["error"]["code"]) == (404, "NOTFOUND001")
        left = await client.post(path, headers=fan.headers)
        assert left.json()["data"] == {"left": True}
        assert (await client.post(path, headers=fan.headers)).json()["data"] == {"left": False}
        await line.step()
        assert await line.serving() == 2, "a place that closed opened the next"


def test_the_command_says_that_a_service_is_not_there(capsys: object) -> None:
    assert check_draw(["verify", "0", "--url", "http://127.0.0.1:1"]) == 1


async def test_the_command_finds_everybodys_place_again(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with (
        lined_up(client, db, settings, status="SCHEDULED") as line,
        lined_up(client, db, settings, status="SCHEDULED") as undrawn,
    ):
        places = [await line.joined(fan) for fan in await make_fans(db, line.world, 5)]
        await undrawn.crowd(2)
        await line.move("ON_SALE")
        await line.step()
        drawn = [await line.until(place["token"], phase="WAITING") for place in places]
        site = make_app(settings)
        async with site.running(), serving(site) as url:

            async def checked(*words: str, of: Line = line) -> int:
                asked = ["verify", str(of.world.event_id), "--url", url, *words]
                return await asyncio.to_thread(check_draw, asked)

            assert await checked(of=undrawn) == 1
            assert "nothing was drawn yet" in capsys.readouterr().err
            for place in drawn:
                told = str(place["position"])
                assert await checked("--ticket", place["ticket"], "--place", told) == 0
                assert f"place {told} of 5" in capsys.readouterr().out
            wrong = str(drawn[0]["position"] % 5 + 1)
            assert await checked("--ticket", drawn[0]["ticket"], "--place", wrong) == 1
            assert f"you were told {wrong}" in capsys.readouterr().err
            assert await checked("--ticket", "00" * 16) == 1
            assert await checked("--ticket", "no ticket") == 1
            assert await checked("--lane", "3") == 1


async def test_what_was_being_read_when_a_rule_changed_is_not_what_is_known(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        event_id = EventId(line.world.event_id)
        core = make_core(make_runtime(settings, actor=SERVICE), news=Unheard())
        async with open_core(core):
            book = make_book(core)
            async with db.transaction():
                # Whoever reads the room comes as far as this.
                await db.execute("LOCK TABLE waiting_admissions IN ACCESS EXCLUSIVE MODE")
                before = asyncio.create_task(book.room(event_id))
                await waits(db, "waiting_admissions")
                async with core.runtime.database.transaction() as session:
                    await (await session.driver()).execute(
                        "UPDATE waiting_rooms SET is_paused = TRUE WHERE event_id = $1", event_id
                    )
                await book.forget(event_id)
                after = asyncio.create_task(book.room(event_id))
                await waits(db, "waiting_admissions", many=2)
            assert [(await room).row.is_paused for room in (before, after)] == [False, True]
            known = book.fresh(str(event_id))
            assert known is not None
            assert known.row.is_paused


async def waits(db: asyncpg.Connection, table: str, *, many: int = 1) -> None:
    """So many wait for the table."""
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            if await db.fetchval(WAITING, table) >= many:
                return
            await asyncio.sleep(0.01)
