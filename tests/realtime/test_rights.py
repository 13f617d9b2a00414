"""Who hears what, and until when; what organizers change reaches sockets of another process."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import asyncpg
import httpx

from arenapulse.core.ids import EventId
from arenapulse.core.settings import Settings
from arenapulse.realtime.streams import Streams
from arenapulse.runtime.redis import connect
from tests.realtime.buying import seat_map
from tests.servers import Server, connected
from tests.worlds import Fan, Place, World, make_fans, make_world


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


async def test_a_draft_is_left_with_the_membership(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    draft = await make_world(db, settings, status="DRAFT", sections=(Place(80),))
    owner = (await make_fans(db, draft, 1, role="OWNER"))[0]
    analyst = (await make_fans(db, draft, 1, role="ANALYST"))[0]
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
        await asyncio.sleep(1)  # what the contract gives it
        leaver.heard.clear()
        await say(settings, draft, 70)
        assert (await stays.hear("event:update"))["data"] == {"currentCapacity": 70}
        assert await leaver.quiet(0.3) == []
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
        told = await socket.hear("event:update", seconds=1)
        assert (told["type"], told["data"], told["sequence"]) == ("STATUS", {"status": "PAUSED"}, 1)
        tiers = (await ask(pair[0], "GET", path, manager)).json()["data"]["pricingTiers"]
        tiers[0]["amount"] = 5100
        prices = {"pricingTiers": tiers}
        await ask(pair[0], "PUT", f"{path}/pricing", manager, json=prices)
        told = await socket.hear("event:update", seconds=1)
        assert (told["type"], told["data"], told["sequence"]) == ("PRICE", {"price": prices}, 2)
        found = await ask(pair[0], "GET", path, manager)
        config = found.json()["data"]["capacityConfig"]
        config["sections"] = {
            str(world.section_ids[0]): {"capacity": 75},
            str(world.section_ids[1]): {"blocked": [{"row": "A", "seat": 2}]},
        }
        etag = {"If-Match": found.headers["ETag"]}
        await ask(pair[0], "PATCH", path, manager, json={"capacityConfig": config}, headers=etag)
        told = await socket.hear("event:update", seconds=1)
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
