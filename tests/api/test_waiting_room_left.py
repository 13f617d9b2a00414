"""Places that are given up, or changed for one of a lane whose code came later, through HTTP."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from arenapulse.runtime.ratelimit import RateClass
from arenapulse.waitingroom.errors import ProofNeeded
from arenapulse.waitingroom.service.leaving import LEAVES_MAX
from tests.conftest import client_of
from tests.lining import Line, lined_up
from tests.worlds import Fan, make_fans


async def leave(line: Line, fan: Fan, place: dict[str, Any]) -> httpx.Response:
    return await line.client.post(f"{line.path}/{place['token']}/leave", headers=fan.headers)


async def open_lane(line: Line, code: str = "MEMBER26") -> None:
    (manager,) = await make_fans(line.db, line.world, 1, role="MANAGER")
    made = await line.client.post(
        f"/api/v1/events/{line.world.event_id}/waiting-room/lanes",
        json={"name": "Members", "code": code, "share": 50},
        headers=manager.headers,
    )
    assert made.status_code == 201, made.text
    await line.client.get(f"{line.path}/serving")


async def test_a_place_that_was_given_up_is_nobodys_turn(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=600) as line:
        fan, other = await make_fans(db, line.world, 2)
        place = await line.joined(fan)
        kept = await line.joined(other)
        assert (await leave(line, fan, place)).json()["data"] == {"left": True}
        await line.step()
        await line.step()
        await line.until(kept["token"], phase="TURN")
        gone = await client.get(f"{line.path}/{place['token']}")
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "NOTFOUND001")
        again = await line.joined(fan)
        assert again["position"] == 3, "who comes back stands at the end"
        assert (await line.read(kept["token"]))["pass"], "and asked again it is told at once"


async def test_who_has_bought_makes_room_and_may_still_come_back_in_their_time(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=600) as line:
        (fan,) = await make_fans(db, line.world, 1)
        place = await line.joined(fan)
        await line.step()
        await line.step()
        turn = await line.until(place["token"], phase="TURN")
        assert (await leave(line, fan, place)).json()["data"] == {"left": True}
        assert (await leave(line, fan, place)).json()["data"] == {"left": False}
        for found in (await line.read(place["token"]), await line.joined(fan)):
            assert (found["token"], found["pass"]) == (place["token"], turn["pass"])
        assert (await line.order(fan, turn["pass"])).status_code == 201


async def test_places_that_were_left_use_nobodys_turn_up(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=60) as line:
        await line.crowd(5_000)
        await db.execute(
            "DELETE FROM waiting_places WHERE event_id = $1 AND number BETWEEN 2 AND 4990",
            line.world.event_id,
        )
        for _ in range(6):
            await line.step()
        went = await db.fetchval(
            "SELECT count(*) FROM waiting_places WHERE event_id = $1 AND number <= $2",
            *(line.world.event_id, await line.serving()),
        )
        assert 5 <= went <= 7, "one a second went in, though thousands had left before them"
        (manager,) = await make_fans(db, line.world, 1, role="MANAGER")
        told = await client.get(
            f"/api/v1/events/{line.world.event_id}/waiting-room", headers=manager.headers
        )
        assert told.json()["data"]["inside"] == went


async def test_who_left_before_the_draw_holds_nobody_up_after_it(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="SCHEDULED", per_minute=600) as line:
        fans = await make_fans(db, line.world, 6)
        places = [await line.joined(fan) for fan in fans]
        for fan, place in zip(fans[:4], places, strict=False):
            await leave(line, fan, place)
        await line.move("ON_SALE")
        await line.step()
        (late,) = await make_fans(db, line.world, 1)
        last = await line.joined(late)
        for _ in range(3):
            await line.step()
        for place in (*places[4:], last):
            await line.until(place["token"], phase="TURN")


async def test_who_comes_and_goes_is_told_to_stop(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        (fan,) = await make_fans(db, line.world, 1)
        for _ in range(LEAVES_MAX):
            assert (await leave(line, fan, await line.joined(fan))).status_code == 200
        place = await line.joined(fan)
        refused = await leave(line, fan, place)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "RATE001")
        assert await line.count() == 1


async def test_a_code_that_comes_later_changes_the_lane_of_who_waits(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=60) as line:
        await line.crowd(100)
        (fan,) = await make_fans(db, line.world, 1)
        before = await line.joined(fan)
        assert (before["lane"], before["position"]) == (0, 101)
        await open_lane(line)
        await line.until(people=101)
        moved = await line.joined(fan, laneCode="member26")
        assert (moved["lane"], moved["position"]) == (1, 1)
        assert await line.count() == 101, "one person has one place"
        assert (await line.joined(fan))["token"] == moved["token"]
        assert (await line.joined(fan, laneCode="MEMBER26"))["token"] == moved["token"]


async def test_whose_turn_it_is_keeps_it_whatever_code_they_have(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=60) as line:
        (fan,) = await make_fans(db, line.world, 1)
        place = await line.joined(fan)
        await open_lane(line)
        await line.step()
        await line.step()
        turn = await line.until(place["token"], phase="TURN")
        kept = await line.joined(fan, laneCode="MEMBER26")
        assert (kept["token"], kept["pass"]) == (place["token"], turn["pass"])


async def test_codes_of_lanes_are_not_tried_one_after_the_other(
    db: asyncpg.Connection, settings: Settings
) -> None:
    strict = settings.model_copy(update={"rate_limits": True})
    async with (
        client_of(strict) as client,
        lined_up(client, db, settings, status="ON_SALE") as line,
    ):
        await open_lane(line)
        (fan,) = await make_fans(db, line.world, 1)
        tried = [(await line.join(fan, laneCode=f"M{n}")).status_code for n in range(25)]
        assert (tried[0], tried[-1]) == (422, 429)
        assert tried.count(422) <= 20


async def test_a_stadium_behind_one_address_joins_by_its_code(
    db: asyncpg.Connection, settings: Settings
) -> None:
    strict = settings.model_copy(update={"rate_limits": True})
    async with (
        client_of(strict) as client,
        lined_up(client, db, settings, status="ON_SALE") as line,
    ):
        await open_lane(line)
        fans = await make_fans(db, line.world, RateClass.PROMO.per_address + 5)
        joined = [await line.join(fan, laneCode="MEMBER26") for fan in fans]
        # A crowd may be asked for a proof of being human; its code is no guess.
        assert joined[0].status_code == 201
        refused = [each.json()["error"]["message"] for each in joined if each.status_code != 201]
        assert set(refused) <= {ProofNeeded.message}
        # Guesses count, whoever makes them.
        tried = [(await line.join(fan, laneCode="guessed")).status_code for fan in fans]
        assert (tried.count(422), tried[-1]) == (RateClass.PROMO.per_address, 429)


async def test_what_is_told_of_a_draft_is_kept_by_nobody(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="DRAFT") as line:
        (staff,) = await make_fans(db, line.world, 1, role="MANAGER")
        for below in ("serving", "draw"):
            told = await client.get(f"{line.path}/{below}", headers=staff.headers)
            assert (told.status_code, told.headers["cache-control"]) == (200, "no-store")
