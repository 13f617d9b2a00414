"""Waiting in line, through HTTP: joining, the draw, being let in, ordering with a pass."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from uuid import uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.runtime.db import SERVICE, Database
from arenapulse.waitingroom import draw
from arenapulse.waitingroom.service.forgetting import forget_old
from arenapulse.waitingroom.terms import KEEP
from tests.lining import CALM, lined_up
from tests.worlds import make_fans

MINUTE = 60.0


async def test_one_person_has_one_place_however_often_they_join(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        one, other = await make_fans(db, line.world, 2)
        first = await line.join(one)
        assert first.status_code == 201, first.text
        place = first.json()["data"]
        assert (place["position"], place["ahead"]) == (1, 0)
        assert {"token", "estimatedWaitSeconds", "phase"} <= place.keys()
        assert "pass" not in place
        assert (await line.joined(other))["position"] == 2
        again = await asyncio.gather(*(line.join(one) for _ in range(20)))
        assert {answer.status_code for answer in again} == {200}
        assert {answer.json()["data"]["token"] for answer in again} == {place["token"]}
        assert {answer.json()["data"]["position"] for answer in again} == {1}
        assert (await line.read(place["token"]))["position"] == 1
        assert await line.count() == 2


async def test_tabs_that_join_in_the_same_moment_share_one_place(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        (fan,) = await make_fans(db, line.world, 1)
        answers = await asyncio.gather(*(line.join(fan) for _ in range(30)))
        assert sorted(answer.status_code for answer in answers) == [200] * 29 + [201]
        assert len({answer.json()["data"]["token"] for answer in answers}) == 1
        assert await line.count() == 1


async def test_who_comes_before_the_start_is_drawn_and_who_comes_later_stands_behind(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="SCHEDULED") as line:
        fans = await make_fans(db, line.world, 9)
        early, late = fans[:8], fans[8]
        places = [await line.joined(fan) for fan in early]
        assert {place["phase"] for place in places} == {"LOBBY"}
        before = (await client.get(f"{line.path}/draw")).json()["data"]
        assert "seed" not in before
        await line.step()
        assert await db.fetchval(
            "SELECT closed_at IS NULL FROM waiting_rooms WHERE event_id = $1", line.world.event_id
        ), "it is drawn when the sale starts, not before"
        await line.move("ON_SALE")
        await line.step()
        last = await line.joined(late)
        drawn = [await line.until(place["token"], phase="WAITING") for place in places]
        assert sorted(place["position"] for place in drawn) == [1, 2, 3, 4, 5, 6, 7, 8]
        assert (await line.until(last["token"], phase="WAITING"))["position"] == 9

        after = (await client.get(f"{line.path}/draw")).json()["data"]
        seed = bytes.fromhex(after["seed"])
        assert after["seal"] == before["seal"] == draw.seal(seed).hex()
        tickets = (await client.get(f"{line.path}/tickets")).content
        key = draw.draw_key(seed, lane=0, tickets=tickets)
        assert list(draw.places(tickets, key=key)) == [place["position"] for place in drawn]
        assert after["lanes"] == [
            {"lane": 0, "entrants": 8, "ticketsHash": after["lanes"][0]["ticketsHash"]}
        ]
        assert [draw.place_of(one, tickets=tickets, key=key) for one in draw.split(tickets)] == [
            place["position"] for place in drawn
        ]


async def test_a_pass_lets_its_person_order_any_number_of_times(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=1) as line:
        fan, other = await make_fans(db, line.world, 2)
        place = await line.joined(fan)
        behind = await line.joined(other)
        refused = await line.order(fan)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "QUEUE001")
        await line.step()
        await line.step()
        turn = await line.until(place["token"], phase="TURN")
        assert turn["ahead"] == 0
        expires = dt.datetime.fromisoformat(turn["passExpiresAt"])
        assert dt.timedelta(seconds=590) < expires - dt.datetime.now(dt.UTC)
        assert expires - dt.datetime.now(dt.UTC) <= dt.timedelta(seconds=600)
        assert (await line.read(place["token"]))["pass"] == turn["pass"], "asked again, the same"
        for _ in range(2):
            assert (await line.order(fan, turn["pass"])).status_code == 201
        waiting = await line.read(behind["token"])
        assert (waiting["phase"], waiting["ahead"]) == ("WAITING", 0)
        assert "pass" not in waiting


async def test_who_sells_for_the_organization_waits_in_no_line(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        (staff,) = await make_fans(db, line.world, 1, role="STAFF")
        (manager,) = await make_fans(db, line.world, 1, role="MANAGER")
        (fan,) = await make_fans(db, line.world, 1)
        sold = await line.order(staff, paymentMethod={"type": "box_office"})
        assert sold.status_code == 201, sold.text
        invoiced = await line.order(manager, paymentMethod={"type": "invoice"})
        assert invoiced.status_code == 201, invoiced.text
        assert (await line.order(manager)).status_code == 201
        refused = await line.order(fan, paymentMethod={"type": "box_office"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTH004")


async def test_an_event_without_a_waiting_room_has_no_line(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", enabled=False) as line:
        (fan,) = await make_fans(db, line.world, 1)
        answer = await line.join(fan)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT003")
        assert (await line.order(fan)).status_code == 201
        assert await line.count() == 0


@pytest.mark.parametrize("status", ["POSTPONED", "CANCELLED", "COMPLETED"])
async def test_nobody_lines_up_for_what_is_not_sold(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, status: str
) -> None:
    async with lined_up(client, db, settings, status=status) as line:
        (fan,) = await make_fans(db, line.world, 1)
        answer = await line.join(fan)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "EVENT003")
        assert await line.count() == 0


async def test_never_more_go_in_than_were_asked_for(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=100) as line:
        await line.crowd(1_000)
        # Seconds that are now long and now short, as a busy machine's are.
        for number in range(130):
            await line.step(CALM, seconds=(0.95, 1.0, 1.05)[number % 3])
        most = await db.fetchval(
            "WITH steps AS (SELECT at, up_to - lag(up_to, 1, 0) OVER (ORDER BY at) AS many"
            " FROM waiting_admissions WHERE event_id = $1)"
            " SELECT max(m) FROM (SELECT sum(many) OVER (ORDER BY at"
            " RANGE BETWEEN '59.9 seconds' PRECEDING AND CURRENT ROW) AS m FROM steps) x",
            line.world.event_id,
        )
        assert most <= 100
        assert await line.serving() >= 210, "and about as many as that"


async def test_a_blind_worker_lets_nobody_in_and_the_last_number_stands(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=600) as line:
        await line.crowd(100)
        await line.step()
        await line.step()
        stands = await line.serving()
        assert stands > 0
        for _ in range(5):
            await line.step(None)
        assert await line.serving() == stands
        await line.step()
        assert stands < await line.serving() <= stands + 11, "what it missed does not go in at once"


async def test_nobody_goes_in_while_nothing_is_free(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=600) as line:
        await line.crowd(100)
        await db.execute(
            "UPDATE stock SET held = capacity WHERE event_id = $1", line.world.event_id
        )
        for _ in range(3):
            await line.step()
        assert await line.serving() == 0
        await db.execute(
            "UPDATE stock SET held = held - 1 WHERE event_id = $1", line.world.event_id
        )
        await line.step()
        assert await line.serving() > 0


async def test_the_answer_says_when_there_are_fewer_places_than_people_ahead(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=60) as line:
        await line.crowd(150)
        (fan,) = await make_fans(db, line.world, 1)
        place = await line.joined(fan)
        await line.step(None)
        told = await line.until(place["token"], phase="WAITING", placesLeft=100)
        assert told["ahead"] == 150
        assert told["estimatedWaitSeconds"] == 151
        assert told["pollAfterSeconds"] == 7


async def test_whoever_waits_can_tell_the_wait_by_what_goes_in_now(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=60) as line:
        await line.crowd(150)
        await line.step()
        before = await line.until(perMinute=60)
        await line.step(replace(CALM, pool_use=0.95))
        after = await line.until(perMinute=30)
        paces = [told["lanes"][0]["perMinute"] for told in (before, after)]
        assert paces == [60, 30]
        place = await line.joined((await make_fans(db, line.world, 1))[0])
        assert place["estimatedWaitSeconds"] == 2 * (place["ahead"] + 1)


async def test_whose_time_to_go_in_is_over_gets_a_place_at_the_end(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=60) as line:
        (fan,) = await make_fans(db, line.world, 1)
        place = await line.joined(fan)
        await line.crowd(5)
        await line.step()
        await line.step()
        await line.later(601)
        missed = await line.until(place["token"], phase="MISSED")
        assert "pass" not in missed
        afresh = await line.join(fan)
        assert afresh.status_code == 201
        assert afresh.json()["data"]["position"] == 7
        assert await line.count() == 6


async def test_serving_is_the_same_for_all_and_kept_for_a_second(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=120) as line:
        await line.crowd(10)
        await line.step()
        await line.step()
        told = await line.until(people=10, serving=await line.serving())
        assert told["perMinute"] == 120
        assert told["serving"] > 0
        answer = await client.get(f"{line.path}/serving")
        assert answer.headers["cache-control"] == "public, max-age=1, stale-if-error=86400"
        assert (await client.get(f"{line.path}/serving")).content == answer.content


async def test_what_is_no_token_of_this_line_is_nobodys_place(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with (
        lined_up(client, db, settings, status="ON_SALE") as line,
        lined_up(client, db, settings, status="ON_SALE") as other,
    ):
        (fan,) = await make_fans(db, line.world, 1)
        token = str((await line.joined(fan))["token"])
        await other.joined(fan)
        changed = token[:-1] + ("A" if token[-1] != "A" else "B")
        for path in (
            f"{other.path}/{token}",
            f"{line.path}/{changed}",
            f"{line.path}/{uuid4()}",
            f"{line.path}/%FF%FE",
        ):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (
                404,
                "NOTFOUND001",
            ), path


async def test_a_line_is_forgotten_a_month_after_its_event_and_its_draw_is_not(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    count = """
        SELECT (SELECT count(*) FROM waiting_places WHERE event_id = $1),
          (SELECT count(*) FROM waiting_admissions WHERE event_id = $1),
          (SELECT count(*) FROM waiting_history WHERE event_id = $1),
          (SELECT count(*) FROM waiting_draws WHERE event_id = $1)
        """
    async with lined_up(client, db, settings, status="SCHEDULED", per_minute=600) as line:
        (fan,) = await make_fans(db, line.world, 1)
        await line.joined(fan)
        await line.crowd(4)
        await line.move("ON_SALE")
        for _ in range(3):
            await line.step()
        before = tuple(await db.fetchrow(count, line.world.event_id))
        assert (before[0], before[3]) == (5, 1)
        assert min(before) > 0
        now = dt.datetime.now(dt.UTC)
        over = "UPDATE waiting_rooms SET over_at = $2 WHERE event_id = $1"
        await db.execute(over, line.world.event_id, now - KEEP + dt.timedelta(minutes=1))
        database = Database(settings.database_url or "", pool_size=1, actor=SERVICE)
        try:
            await database.open()
            await forget_old(database, now=now)
            assert tuple(await db.fetchrow(count, line.world.event_id)) == before
            await forget_old(database, now=now + dt.timedelta(minutes=2))
        finally:
            await database.close()
        assert tuple(await db.fetchrow(count, line.world.event_id)) == (0, 0, 0, 1)
