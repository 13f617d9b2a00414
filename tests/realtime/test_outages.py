"""Redis killed, a server killed, a line cut: every client ends with the numbers of the database.

The clients are the published ones, Python's and TypeScript's; the Redis is this test's own process.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from collections.abc import Callable

import asyncpg
import httpx
import pytest
from arenapulse_client import ArenaPulse, EventState, SeatState, StaffState

from arenapulse.core.ids import EventId
from arenapulse.core.settings import Settings
from arenapulse.inventory import seatstates
from arenapulse.inventory.schemas import SeatBits
from arenapulse.realtime.streams import STREAM_MAX, Streams, key
from arenapulse.runtime.redis import connect
from tests.lines import Line
from tests.realtime.buying import buy
from tests.realtime.ownredis import OwnRedis
from tests.realtime.typescript import TypescriptState, typescript
from tests.servers import Server, start_server, stop
from tests.worlds import Fan, Place, World, make_fans, make_world

RIGHT_SECONDS = 60.0


Followed = list[tuple[EventState | TypescriptState, SeatState | None]]


class RightSeats:
    live = True

    def __init__(self, letters: str) -> None:
        self.rows = {"A": letters}


@pytest.fixture
async def hall(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings, sections=(Place(rows=(("A", 40),)), Place(100)))


@pytest.fixture
async def buyer(db: asyncpg.Connection, hall: World) -> Fan:
    return (await make_fans(db, hall, 1))[0]


async def follow(arena: ArenaPulse, hall: World) -> tuple[EventState, SeatState]:
    event = await arena.follow_event(str(hall.event_id))
    return event, await arena.follow_seats(str(hall.event_id), str(hall.section_ids[0]))


async def ends_right(db: asyncpg.Connection, hall: World, followed: Followed) -> None:
    """Waits until each client is live and shows what the database says; fails with both."""
    free, rows, letters, status = await _truth(db, hall)
    for event, section in followed:
        # The TypeScript client follows events alone.
        seats = section or RightSeats(letters)
        try:
            async with asyncio.timeout(RIGHT_SECONDS):
                while (  # noqa: ASYNC110 - polls the subject itself
                    not (event.live and seats.live)
                    or event.current_capacity != free
                    or _counts(event) != rows
                    or seats.rows != {"A": letters}
                    or event.status != status
                ):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            shown = (event.current_capacity, _counts(event), seats.rows["A"], event.status)
            lives = (event.live, seats.live)
            assert (lives, *shown) == ((True, True), free, rows, letters, status)


def _counts(event: EventState | TypescriptState) -> dict[str, tuple[int, int, int]]:
    return {s: (n["available"], n["held"], n["sold"]) for s, n in event.sections.items()}


async def _truth(
    db: asyncpg.Connection, hall: World
) -> tuple[int, dict[str, tuple[int, int, int]], str, str]:
    found = await db.fetch("SELECT * FROM stock WHERE event_id = $1 ORDER BY id", hall.event_id)
    rows = {
        str(r["section_id"]): (
            r["capacity"] - r["held"] - r["sold"] - r["blocked"],
            r["held"],
            r["sold"],
        )
        for r in found
    }
    seated = found[0]
    bits = SeatBits(
        *(seated["section_id"], seated["seats"], seated["taken_seats"], seated["sold_seats"]),
        *(seated["blocked_seats"], 0, seated["rev"]),
    )
    status = await db.fetchval("SELECT status::TEXT FROM events WHERE id = $1", hall.event_id)
    return sum(free for free, _, _ in rows.values()), rows, seatstates.letters(bits), status


async def move(server: Server, staff: Fan, hall: World, status: str) -> None:
    async with httpx.AsyncClient() as client:
        url = f"{server.url}/api/v1/events/{hall.event_id}/status"
        answer = await client.post(url, json={"status": status}, headers=staff.headers)
        assert answer.status_code == 200, answer.text


def seats(*numbers: int) -> dict[str, object]:
    return {"seats": [{"row": "A", "seat": n} for n in numbers], "quantity": len(numbers)}


async def test_redis_killed_and_restarted_and_a_server_killed(
    own_redis: OwnRedis,
    settings: Settings,
    db: asyncpg.Connection,
    hall: World,
    buyer: Fan,
) -> None:
    manager = (await make_fans(db, hall, 1, role="MANAGER"))[0]
    served = settings.model_copy(update={"redis_url": own_redis.url})
    made = [await start_server(served) for _ in range(2)]
    lines = [Line(server.port) for server in made]
    for line in lines:
        await line.mend()
    try:
        async with contextlib.AsyncExitStack() as stack:
            arenas = [
                await stack.enter_async_context(
                    ArenaPulse(f"http://127.0.0.1:{line.port}", delay_seconds=0.1)
                )
                for line in lines
            ]
            followed: Followed = [await follow(arena, hall) for arena in arenas]
            for line in lines:
                url = f"http://127.0.0.1:{line.port}"
                node = await stack.enter_async_context(typescript(url, event_id=hall.event_id))
                followed.append((node, None))
            await ends_right(db, hall, followed)
            await _redis_outage(own_redis, made, followed, db, hall, buyer, manager)
            # Sold while one of the clients is cut off.
            lines[1].cut()
            await _until(lambda: not arenas[1].connected)
            await buy(made[0], buyer, hall.order(**seats(21, 22)))
            await move(made[0], manager, hall, "PAUSED")
            await lines[1].mend()
            await ends_right(db, hall, followed)
            # A server dies; its client comes back to another one by the same address.
            made[1].kill()
            await move(made[0], manager, hall, "ON_SALE")
            await buy(made[0], buyer, hall.order(**seats(31, 32, 33)))
            made[1] = await start_server(served, port=made[1].port)
            await buy(made[1], buyer, hall.order(1, quantity=5))
            await ends_right(db, hall, followed)
    finally:
        for line in lines:
            with contextlib.suppress(AssertionError):
                line.cut()
        stop(server.process for server in made)


@pytest.mark.parametrize("past_replay", [False, True], ids=["within-replay", "past-replay"])
async def test_a_line_cut_and_mended(
    pair: list[Server],
    settings: Settings,
    db: asyncpg.Connection,
    hall: World,
    buyer: Fan,
    past_replay: bool,
) -> None:
    """Which of the two it is, the acks say: the missed frames, or a snapshot."""
    manager = (await make_fans(db, hall, 1, role="MANAGER"))[0]
    line = Line(pair[1].port)
    await line.mend()
    url = f"http://127.0.0.1:{line.port}"
    async with (
        ArenaPulse(url, delay_seconds=0.1) as cut_off,
        ArenaPulse(pair[1].url) as steady,
        typescript(url, event_id=hall.event_id) as node,
    ):
        followed = [await follow(arena, hall) for arena in (cut_off, steady)]
        await ends_right(db, hall, [*followed, (node, None)])
        acks = _acks_of(cut_off)
        line.cut()
        await _until(lambda: not cut_off.connected and not node.live)
        await buy(pair[0], buyer, hall.order(**seats(21, 22)))
        await buy(pair[0], buyer, hall.order(1, quantity=3))
        await move(pair[0], manager, hall, "PAUSED")
        await ends_right(db, hall, followed[1:])
        if past_replay:
            await _outrun_the_replay(settings, hall)
        await line.mend()
        await ends_right(db, hall, [*followed, (node, None)])
        assert {("snapshot" in ack) for ack in acks} == {past_replay}
        assert len(acks) >= 2
        line.cut()


async def test_staff_are_back_in_their_room_after_a_cut(
    pair: list[Server], settings: Settings, db: asyncpg.Connection, hall: World
) -> None:
    guard = (await make_fans(db, hall, 1, role="STAFF"))[0]
    line = Line(pair[1].port)
    await line.mend()
    url = f"http://127.0.0.1:{line.port}"
    async with ArenaPulse(url, token=guard.token, delay_seconds=0.1) as arena:
        gates = await arena.follow_staff("gate", str(hall.event_id))
        await _hears_gates(settings, hall, gates, admitted=1)
        line.cut()
        await _until(lambda: not arena.connected and not gates.live)
        await line.mend()
        await _until(lambda: gates.live)
        await _hears_gates(settings, hall, gates, admitted=2)
        line.cut()


async def _hears_gates(
    settings: Settings, hall: World, gates: StaffState, *, admitted: int
) -> None:
    """The room's channel is subscribed to a moment after the ack."""
    redis = connect(settings.redis_url or "")
    frame = {"eventId": str(hall.event_id), "admitted": admitted, "perMinute": 0, "gates": []}
    async with asyncio.timeout(RIGHT_SECONDS):
        while gates.latest != frame:
            await Streams(redis).publish_staff(
                EventId(hall.event_id), topic="gate", payload=json.dumps(frame).encode()
            )
            await asyncio.sleep(0.05)
    await redis.aclose()


def _acks_of(arena: ArenaPulse) -> list[dict[str, object]]:
    """The acks that it gets from now on."""
    acks: list[dict[str, object]] = []
    call = arena.call

    async def noted(name: str, body: dict[str, object], **more: object) -> dict[str, object]:
        ack = await call(name, body, **more)
        acks.append(ack)
        return ack

    arena.call = noted  # type: ignore[method-assign]
    return acks


async def _outrun_the_replay(settings: Settings, hall: World) -> None:
    """More frames than a stream keeps: of updates in truth, of the slower others by their cap."""
    redis = connect(settings.redis_url or "")
    streams, event_id = Streams(redis), EventId(hall.event_id)
    for _ in range(2 * STREAM_MAX):
        await streams.publish_update(
            event_id, kind="STATUS", data={"status": "PAUSED"}, now=dt.datetime.now(dt.UTC)
        )
    assert await redis.xlen(key(event_id, "stream:update")) < 1.5 * STREAM_MAX
    for name in ("stream:capacity", f"seats:{hall.section_ids[0]}:stream"):
        assert await redis.xtrim(key(event_id, name), maxlen=0, approximate=False) > 0
    await redis.aclose()


async def _redis_outage(
    own_redis: OwnRedis,
    made: list[Server],
    followed: Followed,
    db: asyncpg.Connection,
    hall: World,
    buyer: Fan,
    manager: Fan,
) -> None:
    await buy(made[0], buyer, hall.order(**seats(1, 2, 3)))
    await ends_right(db, hall, followed)
    python = [event for event, _ in followed if isinstance(event, EventState)]
    epochs = {event.epoch for event in python}
    own_redis.kill()
    # Selling goes on without it, and nobody hears of it.
    await buy(made[1], buyer, hall.order(**seats(11, 12)))
    await buy(made[0], buyer, hall.order(1, quantity=4))
    await move(made[0], manager, hall, "PAUSED")
    await own_redis.start()
    await move(made[1], manager, hall, "ON_SALE")
    await ends_right(db, hall, followed)
    assert len(epochs) == 1
    assert {event.epoch for event in python}.isdisjoint(epochs)


async def _until(true: Callable[[], bool], *, seconds: float = 40.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - polls the subject itself
            await asyncio.sleep(0.01)
