"""Ending a lane and giving it another code, through HTTP."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from tests.lining import Line, lined_up
from tests.worlds import Fan, make_fans


def lanes_of(line: Line) -> str:
    return f"/api/v1/events/{line.world.event_id}/waiting-room/lanes"


async def opened(line: Line, manager: Fan, *, code: str = "MEMBER26", share: int = 50) -> int:
    body = {"name": "Members", "code": code, "share": share}
    made = await line.client.post(lanes_of(line), json=body, headers=manager.headers)
    assert made.status_code == 201, made.text
    assert made.json()["data"]["ended"] is False
    return int(made.json()["data"]["lane"])


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_an_ended_lane_takes_nobody_new_and_lets_in_who_waits_there(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=600) as line:
        (manager,) = await make_fans(db, line.world, 1, role="MANAGER")
        member, late = await make_fans(db, line.world, 2)
        lane = await opened(line, manager)
        place = await line.joined(member, laneCode="MEMBER26")
        path = f"{lanes_of(line)}/{lane}"
        assert code_of(await client.delete(path, headers=late.headers)) == (403, "AUTH004")
        ended = await client.delete(path, headers=manager.headers)
        assert ended.status_code == 200, ended.text
        told = ended.json()["data"]
        assert (told["ended"], told["hasCode"], told["people"]) == (True, False, 1)
        assert (await client.delete(path, headers=manager.headers)).json() == ended.json()

        refused = await line.join(late, laneCode="MEMBER26")
        assert code_of(refused) == (422, "VALIDATION001")
        kept = await line.joined(member)
        assert (kept["token"], kept["lane"]) == (place["token"], lane)
        lanes = (await line.read("serving"))["lanes"]
        assert [each.get("ended", False) for each in lanes] == [False, True]
        await line.step()
        assert (await line.until(place["token"], phase="TURN"))["lane"] == lane

        # Whose turn was missed comes back at the end of everybody's line: theirs takes nobody new.
        await db.execute(
            "UPDATE waiting_admissions SET at = at - INTERVAL '11 minutes' WHERE event_id = $1",
            line.world.event_id,
        )
        await line.until(place["token"], phase="MISSED")
        again = await line.join(member)
        assert (again.status_code, again.json()["data"]["lane"]) == (201, 0)

        acts = await db.fetch(
            "SELECT action, actor_id FROM audit_log WHERE subject_id = $1 "
            "AND action LIKE 'waitingroom.lane%' ORDER BY id",
            line.world.event_id,
        )
        assert [tuple(row) for row in acts] == [
            ("waitingroom.lane_added", manager.user_id),
            ("waitingroom.lane_ended", manager.user_id),
        ]


async def test_another_code_ends_the_one_of_before_and_opens_an_ended_lane_again(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        (manager,) = await make_fans(db, line.world, 1, role="MANAGER")
        first, second, third = await make_fans(db, line.world, 3)
        path = f"{lanes_of(line)}/{await opened(line, manager)}"
        changed = await client.patch(path, json={"code": "GOLD26"}, headers=manager.headers)
        assert changed.status_code == 200, changed.text
        assert (changed.json()["data"]["share"], changed.json()["data"]["hasCode"]) == (50, True)
        leaked = await line.join(first, laneCode="MEMBER26")
        assert code_of(leaked) == (422, "VALIDATION001")
        assert (await line.joined(second, laneCode=" gold26 "))["lane"] == 1

        assert (await client.delete(path, headers=manager.headers)).status_code == 200
        opened_again = await client.patch(
            path, json={"code": "BLUE26", "share": 10}, headers=manager.headers
        )
        told = opened_again.json()["data"]
        assert (told["ended"], told["share"], told["people"]) == (False, 10, 1)
        assert (await line.joined(third, laneCode="BLUE26"))["lane"] == 1

        audit = await db.fetch(
            "SELECT details::TEXT FROM audit_log WHERE subject_id = $1 AND action LIKE 'waiting%'",
            line.world.event_id,
        )
        assert not [row for row in audit if "26" in row[0]], "a code is money to who reads it"


async def test_everybodys_lane_has_no_code_and_no_end_and_codes_are_each_of_one_lane(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        (manager,) = await make_fans(db, line.world, 1, role="MANAGER")
        path = lanes_of(line)
        lane = await opened(line, manager)
        sponsors = {"name": "Sponsors", "code": "GOLD26", "share": 5}
        other = await client.post(path, json=sponsors, headers=manager.headers)
        assert other.status_code == 201, other.text
        for refused in (
            await client.delete(f"{path}/0", headers=manager.headers),
            await client.patch(f"{path}/0", json={"code": "ALL26"}, headers=manager.headers),
            await client.patch(f"{path}/{lane}", json={"code": "gold26"}, headers=manager.headers),
        ):
            assert code_of(refused) == (409, "CONFLICT003")
        assert code_of(await client.delete(f"{path}/7", headers=manager.headers)) == (
            *(404, "NOTFOUND001"),
        )
        nothing = await client.patch(f"{path}/{lane}", json={}, headers=manager.headers)
        assert code_of(nothing) == (422, "VALIDATION001")
        rows = await db.fetch(
            "SELECT code_key, share FROM waiting_lanes WHERE event_id = $1 ORDER BY lane",
            line.world.event_id,
        )
        assert [tuple(row) for row in rows] == [(None, 100), ("member26", 50), ("gold26", 5)]


async def test_a_lane_that_is_asked_for_again_by_its_key_is_the_one_that_was_made(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        (manager,) = await make_fans(db, line.world, 1, role="MANAGER")
        (fan,) = await make_fans(db, line.world, 1)
        body = {"name": "Members", "code": "MEMBER26", "share": 50}
        headers = {**manager.headers, "Idempotency-Key": str(uuid4())}
        made = await client.post(lanes_of(line), json=body, headers=headers)
        assert made.status_code == 201, made.text
        again = await client.post(lanes_of(line), json=body, headers=headers)
        assert (again.status_code, again.json()) == (201, made.json())
        assert again.headers["Idempotent-Replayed"] == "true"
        other = await client.post(lanes_of(line), json=body | {"share": 1}, headers=headers)
        assert code_of(other) == (409, "IDEMPOTENCY001")
        assert (await line.joined(fan, laneCode="MEMBER26"))["lane"] == 1
