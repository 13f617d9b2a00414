"""Sockets past their measure, slow ones, many at once, and those whose server goes away."""

from __future__ import annotations

import asyncio
import datetime as dt
import resource
import signal
import socket

import asyncpg
import httpx
import pytest
import websockets
from arenapulse_client import ArenaPulse

from arenapulse.core.ids import EventId
from arenapulse.core.settings import Settings
from arenapulse.realtime.streams import Streams
from arenapulse.runtime.redis import connect
from arenapulse.runtime.socket.limits import SocketSettings
from tests.realtime.buying import buy
from tests.servers import SOON_SECONDS, Server, Socket, connected, start_server, stop
from tests.worlds import Fan, Place, World, make_fans, make_world

ROOMS_MAX = SocketSettings().rooms_max
STORM = 300
FLOOD = 400


async def test_a_socket_listens_to_no_more_than_it_may(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    places = tuple(Place(rows=(("A", 2),)) for _ in range(ROOMS_MAX + 1))
    world = await make_world(db, settings, sections=places)
    event = {"eventId": str(world.event_id)}
    async with connected(pair[0]) as client:
        await client.emit("event:subscribe", event)
        for section_id in world.section_ids[: ROOMS_MAX - 1]:
            # The contract lets a socket say 20 messages a second.
            await asyncio.sleep(0.04)
            ack = await client.emit("seats:subscribe", event | {"sectionId": str(section_id)})
            assert ack["ok"] is True
        more = event | {"sectionId": str(world.section_ids[ROOMS_MAX])}
        ack = await client.emit("seats:subscribe", more)
        assert (ack["ok"], ack["error"]["code"]) == (False, "RATE001")
        known = event | {"sectionId": str(world.section_ids[0])}
        assert (await client.emit("seats:subscribe", known))["ok"] is True
        assert (await client.emit("seats:unsubscribe", known))["ok"] is True
        assert (await client.emit("seats:subscribe", more))["ok"] is True


async def test_a_refused_identity_is_not_taken_on(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    """No room is left for the person's own, by which they would be signed out."""
    places = tuple(Place(rows=(("A", 2),)) for _ in range(ROOMS_MAX))
    world = await make_world(db, settings, sections=places)
    guard = (await make_fans(db, world, 1, role="STAFF"))[0]
    event = {"eventId": str(world.event_id)}
    seats = [event | {"sectionId": str(section_id)} for section_id in world.section_ids]
    async with connected(pair[0]) as visitor:
        for body in seats:
            # The contract lets a socket say 20 messages a second.
            await asyncio.sleep(0.04)
            assert (await visitor.emit("seats:subscribe", body))["ok"] is True
        refused = await visitor.emit("auth:refresh", {"token": guard.token})
        assert (refused["ok"], refused["error"]["code"]) == (False, "RATE001")
        await visitor.emit("seats:unsubscribe", seats[0])
        refused = await visitor.emit("gate:subscribe", event)
        assert (refused["ok"], refused["error"]["code"]) == (False, "AUTH003")
        assert (await visitor.emit("auth:refresh", {"token": guard.token}))["ok"] is True
        await visitor.emit("seats:unsubscribe", seats[1])
        assert (await visitor.emit("gate:subscribe", event))["ok"] is True


async def test_who_read_too_slowly_gets_the_true_numbers(
    pair: list[Server], settings: Settings, world: World, fan: Fan
) -> None:
    raw = socket.create_connection(("127.0.0.1", pair[0].port))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    raw.setblocking(False)
    url = f"ws://127.0.0.1:{pair[0].port}/socket.io/?EIO=4&transport=websocket"
    async with websockets.connect(url, sock=raw, max_queue=1, ping_interval=None) as connection:
        slow = Socket(connection)
        await slow.open(None)
        await slow.emit("event:subscribe", {"eventId": str(world.event_id)})
        await _flood(settings, world)
        await buy(pair[1], fan, world.order(quantity=7))
        async with connected(pair[0]) as quick:
            ack = await quick.emit("event:subscribe", {"eventId": str(world.event_id)})
            assert ack["snapshot"]["currentCapacity"] == 143
        while (frame := await slow.hear("event:capacity"))["currentCapacity"] != 143:
            pass
        assert len(frame["sections"]) == 2, "not the whole picture"
        updates = [name for name, _ in slow.heard].count("event:update")
        assert updates < FLOOD, "nothing was dropped: the test shows nothing"
        await slow.hear("event:position", seconds=SOON_SECONDS)


async def _flood(settings: Settings, world: World) -> None:
    """More than a socket that does not read is kept for."""
    redis = connect(settings.redis_url or "")
    now = dt.datetime.now(dt.UTC)
    for _ in range(FLOOD):
        tiers = [{"name": "x" * 4_000}]
        await Streams(redis).publish_update(
            EventId(world.event_id), kind="PRICE", data={"price": {"pricingTiers": tiers}}, now=now
        )
    await redis.aclose()


async def test_a_burst_of_reconnects_is_survived_and_everyone_has_the_numbers(
    pair: list[Server], world: World, fan: Fan
) -> None:
    body = {"eventId": str(world.event_id)}

    async def comes_back() -> tuple[int, int]:
        async with connected(pair[0]) as client:
            ack = await client.emit("event:subscribe", body)
            free = ack["snapshot"]["currentCapacity"]
            while free != 145:
                free = (await client.hear("event:capacity"))["currentCapacity"]
            return ack["sequences"]["capacity"], free

    async with asyncio.timeout(90):
        coming = [asyncio.create_task(comes_back()) for _ in range(STORM)]
        await buy(pair[1], fan, world.order(quantity=5))
        ends = await asyncio.gather(*coming)
    assert [free for _, free in ends] == [145] * STORM


@pytest.mark.asvs("V4.4.2")
async def test_a_foreign_origin_is_refused_and_counted_and_our_own_is_open(
    settings: Settings,
) -> None:
    server = await start_server(settings, ARENAPULSE_CORS_ORIGINS="https://tickets.example")
    url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"

    async def figures() -> dict[str, float]:
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"{server.url}/metrics")).text
        lines = [line for line in text.splitlines() if line.startswith("arenapulse_sockets")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    try:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(url, origin=websockets.Origin("https://evil.example"))
        assert refused.value.response.status_code == 403
        for origin in ("https://tickets.example", server.url):
            async with websockets.connect(url, origin=websockets.Origin(origin)) as connection:
                await Socket(connection).open(None)
                async with asyncio.timeout(30):
                    while (  # noqa: ASYNC110 - polls the subject itself
                        seen := await figures()
                    )["arenapulse_sockets_open"] != 1:
                        await asyncio.sleep(0.02)
                assert seen['arenapulse_sockets{what="refused"}'] == 1
        assert (await figures())['arenapulse_sockets{what="handshakes"}'] == 2
    finally:
        stop([server.process])


async def test_a_server_opens_as_many_sockets_as_the_system_lets_it(settings: Settings) -> None:
    limit = resource.RLIMIT_NOFILE
    soft, hard = resource.getrlimit(limit)
    assert hard > 600
    resource.setrlimit(limit, (600, hard))
    try:
        server = await start_server(settings)
    finally:
        resource.setrlimit(limit, (soft, hard))
    try:
        assert resource.prlimit(server.process.pid, limit) == (hard, hard)
    finally:
        stop([server.process])


async def test_a_server_that_leaves_says_so_and_serves_while_its_sockets_go(
    settings: Settings, world: World, fan: Fan
) -> None:
    leaving = await start_server(settings, ARENAPULSE_DRAIN="60")
    try:
        async with httpx.AsyncClient(base_url=leaving.url) as client:
            crowd = [await followed_by(leaving, world) for _ in range(40)]
            leaving.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(30):
                while (  # noqa: ASYNC110 - polls the subject itself
                    ready := await client.get("/health/ready")
                ).status_code == 200:
                    await asyncio.sleep(0.02)
            assert (ready.status_code, ready.json()["data"]["status"]) == (503, "leaving")
            await buy(leaving, fan, world.order(quantity=2))
            # Forty uniform moments of a minute: that none is in its first half is 1 in 10^12.
            await asyncio.wait(
                [asyncio.create_task(c.wait_closed()) for c in crowd],
                return_when=asyncio.FIRST_COMPLETED,
                timeout=30,
            )
            gone = [c.close_code for c in crowd if c.close_code is not None]
            assert set(gone) == {1012}
            assert len(gone) < len(crowd)
            with pytest.raises(websockets.InvalidStatus):
                await followed_by(leaving, world)
        # A second Ctrl-C does not wait for the rest.
        leaving.process.send_signal(signal.SIGINT)
        leaving.process.wait(15)
        for connection in crowd:
            await connection.close()
    finally:
        stop([leaving.process])


async def followed_by(server: Server, world: World) -> websockets.ClientConnection:
    """A socket that follows the event."""
    url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
    connection = await websockets.connect(url)
    client = Socket(connection)
    await client.open(None)
    await client.emit("event:subscribe", {"eventId": str(world.event_id)})
    return connection


async def test_a_draining_server_moves_its_clients_to_another_where_they_go_on(
    pair: list[Server], settings: Settings, world: World, fan: Fan
) -> None:
    leaving = await start_server(settings)
    try:
        async with ArenaPulse(leaving.url, delay_seconds=0.05) as arena:
            event = await arena.follow_event(str(world.event_id))
            said: list[tuple[dict[str, object], dict[str, object]]] = []
            _spy(arena, said)
            # What a load balancer does: the same address leads to another process.
            arena.url = pair[1].url
            leaving.process.send_signal(signal.SIGTERM)
            await buy(pair[0], fan, world.order(quantity=4))
            async with asyncio.timeout(45):
                while not said:  # noqa: ASYNC110 - polls the subject itself
                    await asyncio.sleep(0.01)
                await buy(pair[0], fan, world.order(quantity=5))
                while event.current_capacity != 141 or not event.live:
                    await event.changed()
            body, ack = said[0]
            assert body.keys() == {"eventId", "since"}
            assert "snapshot" not in ack
        # uvicorn ends by the signal once all is closed.
        assert leaving.process.wait(15) == -signal.SIGTERM
    finally:
        stop([leaving.process])


def _spy(arena: ArenaPulse, said: list[tuple[dict[str, object], dict[str, object]]]) -> None:
    call = arena.call

    async def noted(name: str, body: dict[str, object], **more: object) -> dict[str, object]:
        ack = await call(name, body, **more)
        said.append((dict(body), ack))
        return ack

    arena.call = noted  # type: ignore[method-assign]
