"""A new secret signs tokens, server by server, while sockets are open and orders come in."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx

from arenapulse.core.settings import Settings
from tests.realtime.buying import buy
from tests.servers import SOON_SECONDS, Server, Socket, connected, start_server, stop
from tests.worlds import Fan, World

NEXT = "the-next-secret-" + "z" * 32


async def _counted_down(socket: Socket, *, after: int, to: int) -> int:
    """The sequence of the frame that shows so many free places; none is missing before it."""
    while True:
        frame = await socket.hear("event:capacity", seconds=SOON_SECONDS)
        after += 1
        assert frame["sequence"] == after
        if frame["currentCapacity"] == to:
            return after


async def _signed_up(server: Server) -> str:
    person = {"email": f"{uuid4()}@fans.test", "password": "a-long-pass-phrase-7"}
    async with httpx.AsyncClient(base_url=server.url) as client:
        answer = await client.post("/api/v1/auth/register", json=person | {"fullName": "Fan"})
        return str(answer.json()["data"]["token"])


async def test_sockets_and_orders_live_through_a_rotation_of_the_signing_keys(
    settings: Settings, world: World, fan: Fan
) -> None:
    # First every server knows the next secret, then one after the other signs with it.
    old = await start_server(settings, ARENAPULSE_FORMER_SECRETS=NEXT)
    new = None
    try:
        async with connected(old, fan.token) as socket:
            ack = await socket.emit("event:subscribe", {"eventId": str(world.event_id)})
            ahead = settings.model_copy(update={"secret": NEXT})
            new, *_ = await asyncio.gather(
                start_server(ahead, ARENAPULSE_FORMER_SECRETS=settings.secret or ""),
                *(buy(old, fan, world.order()) for _ in range(5)),
            )
            # Both take the tokens of both.
            fresh = await _signed_up(new)
            stranger = Fan(uuid4(), fresh)
            async with connected(old, fresh) as theirs, connected(new, fan.token) as mine:
                for each in (theirs, mine):
                    await each.emit("event:subscribe", {"eventId": str(world.event_id)})
                order = await buy(new, fan, world.order())
                while await mine.hear("order:update", seconds=SOON_SECONDS) != order:
                    pass
                placed = await buy(old, stranger, world.order())
                assert await theirs.hear("order:update", seconds=SOON_SECONDS) == placed
            # The socket of before has missed nothing, and takes a token of the new key.
            last = await _counted_down(socket, after=ack["snapshot"]["sequence"], to=143)
            assert (await socket.emit("auth:refresh", {"token": fresh}))["ok"] is True
            await buy(new, stranger, world.order())
            last = await _counted_down(socket, after=last, to=142)
        # Its server goes: the token of the old key opens the next one where it was.
        stop([old.process])
        await buy(new, fan, world.order())
        async with connected(new, fan.token) as socket:
            again = {"eventId": str(world.event_id), "since": {"capacity": last}}
            ack = await socket.emit("event:subscribe", again)
            assert "snapshot" not in ack
            assert await _counted_down(socket, after=last, to=141) >= ack["sequences"]["capacity"]
    finally:
        stop([each.process for each in (old, new) if each is not None])
