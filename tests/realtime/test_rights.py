"""Who hears what, and until when; what organizers change reaches sockets of another process."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from arenapulse_client import ArenaPulse, RefusedError

from arenapulse.core.ids import EventId, SessionId, UserId
from arenapulse.core.settings import Settings
from arenapulse.identity.tokens import LIFETIME
from arenapulse.realtime.streams import PersonMessage, StaffTopic, Streams
from arenapulse.runtime.redis import connect
from tests.realtime.buying import seat_map
from tests.servers import SOON_SECONDS, Server, Socket, connected
from tests.worlds import Fan, Place, World, make_fans, make_world

SILENT_SECONDS_MAX = 15.0
WAIT_SECONDS_MAX = 30.0


async def ask(server: Server, method: str, path: str, fan: Fan, **more: Any) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        headers = fan.headers | more.pop("headers", {})
        url = f"{server.url}/api/v1{path}"
        answer = await client.request(method, url, headers=headers, **more)
        assert answer.is_success, answer.text
        return answer


async def say(settings: Settings, world: World, capacity: int) -> None:
    """A frame of an event that nothing happens to by itself."""
    redis = connect(settings.redis_url or "")
    await Streams(redis).publish_update(
        EventId(world.event_id),
        kind="CAPACITY",
        data={"currentCapacity": capacity},
        now=dt.datetime.now(dt.UTC),
    )
    await redis.aclose()


async def draft_of_two(db: asyncpg.Connection, settings: Settings) -> tuple[World, Fan, Fan]:
    """A draft with its owner and an analyst who may see it."""
    draft = await make_world(db, settings, status="DRAFT", sections=(Place(80),))
    (owner,) = await make_fans(db, draft, 1, role="OWNER")
    (analyst,) = await make_fans(db, draft, 1, role="ANALYST")
    return draft, owner, analyst


async def test_a_draft_is_left_with_the_membership(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    draft, owner, analyst = await draft_of_two(db, settings)
    body = {"eventId": str(draft.event_id)}
    async with (
        connected(pair[1], analyst.token) as leaver,
        connected(pair[1], owner.token) as stays,
    ):
        for socket in (leaver, stays):
            assert (await socket.emit("event:subscribe", body))["ok"] is True
        await say(settings, draft, 60)
        for socket in (leaver, stays):
            assert (await socket.hear("event:update"))["data"] == {"currentCapacity": 60}
        members = f"/organizations/{draft.organization_id}/members/{analyst.user_id}"
        await ask(pair[0], "DELETE", members, owner)

        async def changes(number: int) -> None:
            await say(settings, draft, number)
            assert (await stays.hear("event:update"))["data"] == {"currentCapacity": number}

        await falls_silent(leaver, changes)
        again = await leaver.emit("event:subscribe", body)
        assert again["error"]["code"] == "EVENT001"


async def test_what_an_organizer_changes_is_told_at_the_other_process(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(80), Place(rows=(("A", 4),))))
    manager = (await make_fans(db, world, 1, role="MANAGER"))[0]
    path = f"/events/{world.event_id}"
    section = {"eventId": str(world.event_id), "sectionId": str(world.section_ids[1])}
    async with connected(pair[1]) as socket:
        await socket.emit("event:subscribe", {"eventId": str(world.event_id)})
        await socket.emit("seats:subscribe", section)
        await ask(pair[0], "POST", f"{path}/status", manager, json={"status": "PAUSED"})
        told = await socket.hear("event:update", seconds=SOON_SECONDS)
        assert (told["type"], told["data"], told["sequence"]) == ("STATUS", {"status": "PAUSED"}, 1)
        tiers = (await ask(pair[0], "GET", path, manager)).json()["data"]["pricingTiers"]
        tiers[0]["amount"] = 5100
        prices = {"pricingTiers": tiers}
        await ask(pair[0], "PUT", f"{path}/pricing", manager, json=prices)
        told = await socket.hear("event:update", seconds=SOON_SECONDS)
        assert (told["type"], told["data"], told["sequence"]) == ("PRICE", {"price": prices}, 2)
        found = await ask(pair[0], "GET", path, manager)
        config = found.json()["data"]["capacityConfig"]
        config["sections"] = {
            str(world.section_ids[0]): {"capacity": 75},
            str(world.section_ids[1]): {"blocked": [{"row": "A", "seat": 2}]},
        }
        etag = {"If-Match": found.headers["ETag"]}
        await ask(pair[0], "PATCH", path, manager, json={"capacityConfig": config}, headers=etag)
        told = await socket.hear("event:update", seconds=SOON_SECONDS)
        assert (told["type"], told["data"], told["sequence"]) == (
            "CAPACITY",
            {"currentCapacity": 78},
            3,
        )
        assert (await socket.hear("seats:update"))["changes"] == [["A", 2, "B"]]
        view = await seat_map(pair[1], world.event_id, world.section_ids[1])
        assert view["rows"][0]["seats"] == "FBFF"
        counts: dict[str, int] = {}
        while counts != {str(world.section_ids[0]): 75, str(world.section_ids[1]): 3}:
            frame = await socket.hear("event:capacity")
            counts |= {s["sectionId"]: s["available"] for s in frame["sections"]}


STAFF_ROOMS = {"gate": {"STAFF", "MANAGER", "OWNER"}, "dashboard": {"ANALYST", "MANAGER", "OWNER"}}


def gate_frame(world: World, admitted: int) -> dict[str, Any]:
    gates = [{"gate": "A", "admitted": admitted, "perMinute": 2}]
    return {"eventId": str(world.event_id), "admitted": admitted, "perMinute": 2, "gates": gates}


async def tell_staff(settings: Settings, world: World, topic: StaffTopic, admitted: int) -> None:
    """As the slices that count gates and figures do."""
    redis = connect(settings.redis_url or "")
    payload = json.dumps(gate_frame(world, admitted)).encode()
    await Streams(redis).publish_staff(EventId(world.event_id), topic=topic, payload=payload)
    await redis.aclose()


async def hears_staff(settings: Settings, world: World, socket: Socket, topic: StaffTopic) -> None:
    """The room's channel is subscribed to a moment after the ack; its frames come every second."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while True:
            await tell_staff(settings, world, topic, 7)
            with contextlib.suppress(TimeoutError):
                assert await socket.hear(f"{topic}:update", seconds=0.2) == gate_frame(world, 7)
                return


@pytest.mark.parametrize("topic", STAFF_ROOMS)
async def test_staff_rooms_are_entered_by_right_alone(
    pair: list[Server], db: asyncpg.Connection, settings: Settings, world: World, topic: StaffTopic
) -> None:
    body = {"eventId": str(world.event_id)}
    elsewhere = await make_world(db, settings)
    stranger = (await make_fans(db, elsewhere, 1, role="OWNER"))[0]
    for token, code in ((None, "AUTH003"), (stranger.token, "EVENT001")):
        async with connected(pair[0], token) as socket:
            ack = await socket.emit(f"{topic}:subscribe", body)
            assert (ack["ok"], ack["error"]["code"]) == (False, code)
            await tell_staff(settings, world, topic, 7)
            assert await socket.quiet(0.3) == []
    for role in ("STAFF", "ANALYST", "MANAGER", "OWNER"):
        member = (await make_fans(db, world, 1, role=role))[0]
        async with connected(pair[0], member.token) as socket:
            ack = await socket.emit(f"{topic}:subscribe", body)
            if role not in STAFF_ROOMS[topic]:
                assert (ack["ok"], ack["error"]["code"]) == (False, "AUTH004")
                continue
            assert ack == {"ok": True}
            await hears_staff(settings, world, socket, topic)
            assert await socket.emit(f"{topic}:unsubscribe", body) == {"ok": True}
            await forget(socket)
            await tell_staff(settings, world, topic, 8)
            assert await socket.quiet(0.3) == []


@pytest.mark.parametrize("payload", [None, {}, {"eventId": "x"}, {"eventId": 1}])
async def test_wrong_staff_subscriptions_are_refused(pair: list[Server], payload: object) -> None:
    async with connected(pair[0]) as socket:
        for name in ("gate:subscribe", "dashboard:subscribe", "gate:unsubscribe"):
            ack = await socket.emit(name, payload)
            assert (ack["ok"], ack["error"]["code"]) == (False, "VALIDATION001")


async def test_a_staff_room_is_left_with_the_role(
    pair: list[Server], db: asyncpg.Connection, settings: Settings, world: World
) -> None:
    owner = (await make_fans(db, world, 1, role="OWNER"))[0]
    guard = (await make_fans(db, world, 1, role="STAFF"))[0]
    body = {"eventId": str(world.event_id)}
    async with connected(pair[1], guard.token) as leaver, connected(pair[1], owner.token) as stays:
        for socket in (leaver, stays):
            assert await socket.emit("gate:subscribe", body) == {"ok": True}
            await hears_staff(settings, world, socket, "gate")
        members = f"/organizations/{world.organization_id}/members/{guard.user_id}"
        await ask(pair[0], "PATCH", members, owner, json={"role": "ANALYST"})

        async def counts(_number: int) -> None:
            await hears_staff(settings, world, stays, "gate")

        await falls_silent(leaver, counts)
        ack = await leaver.emit("gate:subscribe", body)
        assert ack["error"]["code"] == "AUTH004"
        assert await leaver.emit("dashboard:subscribe", body) == {"ok": True}


@pytest.mark.asvs("V4.4.3")
async def test_a_token_that_runs_out_takes_personal_staff_and_draft_rooms_with_it(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    draft = await make_world(db, settings, status="DRAFT", sections=(Place(80),))
    owner = (await make_fans(db, draft, 1, role="OWNER"))[0]
    body = {"eventId": str(draft.event_id)}
    short = mint(draft, owner, seconds=6)
    async with connected(pair[0], short) as socket:
        assert (await socket.emit("event:subscribe", body))["ok"] is True
        assert await socket.emit("gate:subscribe", body) == {"ok": True}
        await hears_staff(settings, draft, socket, "gate")
        assert await socket.hear("auth:expired") == {}

        async def everything(number: int) -> None:
            await tell_staff(settings, draft, "gate", 8)
            await tell_person(settings, owner)
            await say(settings, draft, number)

        await falls_silent(socket, everything)
        assert (await socket.emit("event:subscribe", body))["error"]["code"] == "EVENT001"
        # The same open socket is the person again with a fresh token.
        assert await socket.emit("auth:refresh", {"token": owner.token}) == {"ok": True}
        assert (await socket.emit("event:subscribe", body))["ok"] is True
        await hears_person(settings, owner, socket)


async def test_staff_with_a_fresh_token_are_back_in_their_room(
    pair: list[Server], db: asyncpg.Connection, settings: Settings, world: World
) -> None:
    guard = (await make_fans(db, world, 1, role="STAFF"))[0]
    async with ArenaPulse(pair[0].url, token=mint(world, guard, seconds=3)) as arena:
        gates = await arena.follow_staff("gate", str(world.event_id))
        expired = asyncio.Event()
        arena.on("auth:expired", lambda _message: expired.set())
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            await expired.wait()
        assert not gates.live
        await arena.renew(guard.token)
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            while gates.latest != gate_frame(world, 9):
                await tell_staff(settings, world, "gate", 9)
                await asyncio.sleep(0.05)
        assert gates.live


async def test_who_was_refused_is_not_taken_for_a_follower(
    pair: list[Server], db: asyncpg.Connection, world: World
) -> None:
    analyst = (await make_fans(db, world, 1, role="ANALYST"))[0]
    async with ArenaPulse(pair[0].url, token=analyst.token) as arena:
        for _ in range(2):
            with pytest.raises(RefusedError, match="AUTH004"):
                await arena.follow_staff("gate", str(world.event_id))


@pytest.mark.asvs("V4.4.4")
async def test_another_persons_token_leaves_the_first_ones_rooms(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    draft = await make_world(db, settings, status="DRAFT", sections=(Place(80),))
    owner = (await make_fans(db, draft, 1, role="OWNER"))[0]
    fan = (await make_fans(db, draft, 1))[0]
    body = {"eventId": str(draft.event_id)}
    async with connected(pair[0], owner.token) as socket:
        assert (await socket.emit("event:subscribe", body))["ok"] is True
        assert await socket.emit("gate:subscribe", body) == {"ok": True}
        assert await socket.emit("auth:refresh", {"token": fan.token}) == {"ok": True}
        await hears_person(settings, fan, socket)

        async def everything(number: int) -> None:
            await tell_staff(settings, draft, "gate", 8)
            await tell_person(settings, owner)
            await say(settings, draft, number)

        await falls_silent(socket, everything)


@pytest.mark.parametrize("message", ["ticket:update", "queue:update"])
async def test_personal_frames_reach_every_device_of_their_person_alone(
    pair: list[Server],
    db: asyncpg.Connection,
    settings: Settings,
    world: World,
    message: PersonMessage,
) -> None:
    person, stranger = await make_fans(db, world, 2)
    async with (
        connected(pair[0], person.token) as phone,
        connected(pair[1], person.token) as laptop,
        connected(pair[1], stranger.token) as other,
        connected(pair[1]) as visitor,
    ):
        for socket in (phone, laptop):
            await hears_person(settings, person, socket, message)
        for socket in (other, visitor):
            assert await socket.quiet(0.3) == []


async def falls_silent(leaver: Socket, tell: Callable[[int], Awaitable[None]]) -> None:
    """The contract gives it a second, a busy machine a few: what the room is told is not heard."""
    async with asyncio.timeout(SILENT_SECONDS_MAX):
        for number in itertools.count(61):
            await forget(leaver)
            await tell(number)
            if await leaver.quiet(0.5) == []:
                return


async def forget(socket: Socket) -> None:
    """What was told several times until it was heard once."""
    await socket.quiet(0.2)
    socket.heard.clear()


async def tell_person(
    settings: Settings, fan: Fan, message: PersonMessage = "queue:update"
) -> None:
    redis = connect(settings.redis_url or "")
    await Streams(redis).publish_person(UserId(fan.user_id), event=message, payload=b'{"n":1}')
    await redis.aclose()


async def hears_person(
    settings: Settings, fan: Fan, socket: Socket, message: PersonMessage = "queue:update"
) -> None:
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while True:
            await tell_person(settings, fan, message)
            with contextlib.suppress(TimeoutError):
                assert await socket.hear(message, seconds=0.2) == {"n": 1}
                return


def mint(world: World, fan: Fan, *, seconds: float) -> str:
    """A token with so much left to live."""
    now = dt.datetime.now(dt.UTC)
    return world.tokens.mint(
        UserId(fan.user_id),
        session_id=SessionId(uuid4()),
        roles=frozenset(),
        signed_in_at=now,
        now=now - LIFETIME + dt.timedelta(seconds=seconds),
    )[0]


async def test_who_loses_the_right_while_a_subscription_is_under_way_does_not_keep_the_room(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    draft, owner, analyst = await draft_of_two(db, settings)
    body = {"eventId": str(draft.event_id)}
    async with (
        connected(pair[1], analyst.token) as leaver,
        connected(pair[1], owner.token) as stays,
    ):
        assert (await stays.emit("event:subscribe", body))["ok"] is True
        # The right is looked at, then the counts cannot be read.
        async with db.transaction():
            await db.execute("LOCK TABLE stock IN ACCESS EXCLUSIVE MODE")
            coming = asyncio.create_task(leaver.emit("event:subscribe", body))
            await asyncio.wait({coming}, timeout=0.5)
            assert not coming.done()
            members = f"/organizations/{draft.organization_id}/members/{analyst.user_id}"
            await ask(pair[0], "DELETE", members, owner)
            await asyncio.sleep(1)  # what the contract gives it
        assert (await coming)["ok"] is True

        async def changes(number: int) -> None:
            await say(settings, draft, number)
            while (await stays.hear("event:update"))["data"] != {"currentCapacity": number}:
                pass

        # And once more, since it joined after that.
        await falls_silent(leaver, changes)
