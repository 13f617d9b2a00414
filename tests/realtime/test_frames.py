"""Two server processes on one database and one Redis: everyone sees the same numbers."""

from __future__ import annotations

import asyncio
import uuid

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.realtime.buying import buy
from tests.servers import SOON_SECONDS, Server, connected
from tests.worlds import Fan, Place, World, make_fans, make_world

# The promise is one second.
BITE_SECONDS = 3.0


async def test_an_order_at_one_process_is_seen_at_the_other(
    pair: list[Server], world: World, fan: Fan
) -> None:
    seller, watcher = pair
    async with connected(watcher) as socket:
        ack = await socket.emit("event:subscribe", {"eventId": str(world.event_id)})
        assert ack["ok"] is True
        assert ack["snapshot"]["currentCapacity"] == 150
        assert ack["sequences"]["capacity"] == ack["snapshot"]["sequence"]
        before = ack["snapshot"]["sequence"]
        await buy(seller, fan, world.order(1, quantity=3))
        frame = await socket.hear("event:capacity", seconds=SOON_SECONDS)
        while frame["currentCapacity"] == 150:  # the first picture of a fresh event
            before = frame["sequence"]
            frame = await socket.hear("event:capacity", seconds=SOON_SECONDS)
        assert frame["sequence"] == before + 1
        assert frame["epoch"] == ack["epoch"]
        assert frame["currentCapacity"] == 147
        changed = {s["sectionId"]: s for s in frame["sections"]}
        assert changed[str(world.section_ids[1])] == {
            "sectionId": str(world.section_ids[1]),
            "capacity": 50,
            "available": 47,
            "held": 3,
            "sold": 0,
        }


async def test_frames_have_no_gap_and_the_last_one_says_what_is_so(
    pair: list[Server], world: World, fan: Fan
) -> None:
    async with connected(pair[0]) as here, connected(pair[1]) as there:
        acks = [
            await socket.emit("event:subscribe", {"eventId": str(world.event_id)})
            for socket in (here, there)
        ]
        await asyncio.gather(*(buy(pair[n % 2], fan, world.order(n % 2)) for n in range(40)))
        for socket, ack in zip((here, there), acks, strict=True):
            expected, current = ack["snapshot"]["sequence"], None
            while current != 110:
                frame = await socket.hear("event:capacity", seconds=SOON_SECONDS)
                expected += 1
                assert frame["sequence"] == expected
                current = frame["currentCapacity"]


async def test_a_client_that_was_away_gets_what_it_missed_in_order(
    pair: list[Server], world: World, fan: Fan
) -> None:
    body = {"eventId": str(world.event_id)}
    async with connected(pair[1]) as socket:
        await socket.emit("event:subscribe", body)
        await buy(pair[0], fan, world.order())
        last = await socket.hear("event:capacity")
    for left in range(1, 4):
        async with connected(pair[0]) as other:
            ack = await other.emit("event:subscribe", body)
            await buy(pair[0], fan, world.order())
            while (await other.hear("event:capacity"))["currentCapacity"] > 149 - left:
                pass
    async with connected(pair[1]) as socket:
        ack = await socket.emit("event:subscribe", body | {"since": {"capacity": last["sequence"]}})
        assert "snapshot" not in ack
        sequences: list[int] = []
        while len(sequences) < ack["sequences"]["capacity"] - last["sequence"]:
            sequences.append((await socket.hear("event:capacity"))["sequence"])
        assert sequences == list(range(last["sequence"] + 1, ack["sequences"]["capacity"] + 1))
        ahead = await socket.emit("event:subscribe", body | {"since": {"capacity": 10**9}})
        assert ahead["snapshot"]["currentCapacity"] == 146


async def test_availability_and_frames_share_their_sequence(
    pair: list[Server], world: World, fan: Fan
) -> None:
    async with connected(pair[0]) as socket, httpx.AsyncClient() as client:
        await socket.emit("event:subscribe", {"eventId": str(world.event_id)})
        await buy(pair[1], fan, world.order())
        frame = await socket.hear("event:capacity")
        while frame["currentCapacity"] != 149:
            frame = await socket.hear("event:capacity")
        answer = await client.get(f"{pair[1].url}/api/v1/events/{world.event_id}/availability")
        view = answer.json()["data"]
        assert (view["sequence"], view["epoch"]) == (frame["sequence"], frame["epoch"])
        assert view["currentCapacity"] == 149
        assert [s["sectionId"] for s in view["sections"]] == [str(i) for i in world.section_ids]
        assert view["serverTime"].endswith("Z")


async def test_availability_is_exact_in_every_process_at_once(
    pair: list[Server], world: World, fan: Fan
) -> None:
    async with httpx.AsyncClient() as client:
        for sold in range(1, 11):
            await buy(pair[sold % 2], fan, world.order())
            for server in pair:
                answer = await client.get(
                    f"{server.url}/api/v1/events/{world.event_id}/availability"
                )
                assert answer.json()["data"]["currentCapacity"] == 150 - sold


async def test_selling_out_is_told_at_once(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(2),))
    staff = (await make_fans(db, world, 1, role="STAFF"))[0]
    async with connected(pair[1]) as socket:
        await socket.emit("event:subscribe", {"eventId": str(world.event_id)})
        box = {"type": "box_office"}
        order = await buy(pair[0], staff, world.order(quantity=2, paymentMethod=box))
        update = await socket.hear("event:update", seconds=SOON_SECONDS)
        assert (update["type"], update["data"], update["sequence"]) == (
            "STATUS",
            {"status": "SOLD_OUT"},
            1,
        )
        async with httpx.AsyncClient() as client:
            await client.post(
                f"{pair[0].url}/api/v1/orders/{order['orderId']}/cancel", headers=staff.headers
            )
        back = await socket.hear("event:update", seconds=SOON_SECONDS)
        assert (back["data"], back["sequence"]) == ({"status": "ON_SALE"}, 2)


async def test_an_order_is_told_to_its_person_alone_on_every_device(
    pair: list[Server], db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    stranger = (await make_fans(db, world, 1))[0]
    order = await buy(pair[0], fan, world.order(quantity=2))
    async with (
        connected(pair[0], fan.token) as phone,
        connected(pair[1], fan.token) as laptop,
        connected(pair[1], stranger.token) as other,
    ):
        # The subscription of a person's channel is asynchronous: a subscribed event proves it.
        for socket in (phone, laptop, other):
            await socket.emit("event:subscribe", {"eventId": str(world.event_id)})
        async with httpx.AsyncClient() as client:
            await client.post(
                f"{pair[0].url}/api/v1/orders/{order['orderId']}/cancel", headers=fan.headers
            )
        for socket in (phone, laptop):
            update = await socket.hear("order:update", seconds=SOON_SECONDS)
            assert (update["orderId"], update["status"]) == (order["orderId"], "CANCELLED")
            tickets = [await socket.hear("ticket:update", seconds=SOON_SECONDS) for _ in range(2)]
            assert tickets == [ticket | {"status": "VOID"} for ticket in order["tickets"]]
        names = {name for name, _ in await other.quiet(0.5)}
        assert names.isdisjoint({"order:update", "ticket:update"})


async def test_bad_tokens_are_refused_and_drafts_are_invisible(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    draft = await make_world(db, settings, status="DRAFT")
    member = (await make_fans(db, draft, 1, role="ANALYST"))[0]
    async with connected(pair[0], "rubbish") as socket:
        assert socket.refused["data"]["code"] == "AUTH003"
    async with connected(pair[0]) as visitor, connected(pair[0], member.token) as insider:
        body = {"eventId": str(draft.event_id)}
        refused = await visitor.emit("event:subscribe", body)
        assert (refused["ok"], refused["error"]["code"]) == (False, "EVENT001")
        assert (await insider.emit("event:subscribe", body))["ok"] is True


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, "VALIDATION001"),
        ("text", "VALIDATION001"),
        ({"eventId": 7}, "VALIDATION001"),
        ({"eventId": "x"}, "VALIDATION001"),
        ({"eventId": str(uuid.uuid4())}, "EVENT001"),
        ({"eventId": str(uuid.uuid4()), "since": {"capacity": -1}}, "VALIDATION001"),
        ({"eventId": str(uuid.uuid4()), "since": 3}, "VALIDATION001"),
        ({"eventId": str(uuid.uuid4()), "more": 1}, "VALIDATION001"),
    ],
)
async def test_wrong_subscriptions_are_refused(
    pair: list[Server], payload: object, code: str
) -> None:
    async with connected(pair[0]) as socket:
        ack = await socket.emit("event:subscribe", payload)
        assert (ack["ok"], ack["error"]["code"]) == (False, code)


async def registered(server: Server) -> tuple[uuid.UUID, str, str]:
    """Somebody new: their id, token and refresh token."""
    body = {
        "email": f"{uuid.uuid4()}@fans.test",
        "password": "a-long-pass-phrase-7",
        "fullName": "Fan",
    }
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{server.url}/api/v1/auth/register",
            json=body,
            headers={"X-Token-Transport": "body"},
        )
    made = answer.json()["data"]
    return uuid.UUID(made["userId"]), made["token"], made["refreshToken"]


@pytest.mark.parametrize("how", ["signed out", "disabled", "no ADMIN any more"])
async def test_who_is_out_is_out_of_open_sockets(
    pair: list[Server], db: asyncpg.Connection, world: World, how: str
) -> None:
    """Within a second, on another process; the rest is for a machine that is busy."""
    user_id, token, refresh = await registered(pair[0])
    (admin,) = await make_fans(db, world, 1, platform="ADMIN")
    async with httpx.AsyncClient(base_url=f"{pair[0].url}/api/v1") as client:
        if how == "no ADMIN any more":
            await db.execute("UPDATE users SET roles = '{ADMIN}' WHERE id = $1", user_id)
            fresh = await client.post("/auth/refresh", json={"refreshToken": refresh})
            token = fresh.json()["data"]["token"]
        async with connected(pair[1], token) as socket:
            await socket.emit("event:subscribe", {"eventId": str(world.event_id)})
            if how == "signed out":
                headers = {"Authorization": f"Bearer {token}"}
                done = await client.post("/auth/logout", headers=headers)
            else:
                wanted = {"disabled": True} if how == "disabled" else {"roles": []}
                path = f"/admin/users/{user_id}"
                done = await client.patch(path, json=wanted, headers=admin.headers)
            assert done.status_code == 200, done.text
            await socket.hear("auth:expired", seconds=BITE_SECONDS)
            again = await socket.emit("auth:refresh", {"token": token})
            assert (again["ok"], again["error"]["code"]) == (False, "AUTH003")
            visitor = await socket.emit("event:subscribe", {"eventId": str(world.event_id)})
            assert visitor["ok"] is True


async def test_a_placement_is_told_to_the_persons_devices(
    pair: list[Server], db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    stranger = (await make_fans(db, world, 1))[0]
    async with (
        connected(pair[0], fan.token) as phone,
        connected(pair[1], fan.token) as laptop,
        connected(pair[1], stranger.token) as other,
    ):
        for socket in (phone, laptop, other):
            await socket.emit("event:subscribe", {"eventId": str(world.event_id)})
        order = await buy(pair[0], fan, world.order(quantity=2))
        for socket in (phone, laptop):
            assert await socket.hear("order:update", seconds=SOON_SECONDS) == order
        assert [name for name, _ in await other.quiet(0.3)].count("order:update") == 0
