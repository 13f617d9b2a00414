"""When tokens of sockets end is remembered once a socket, however often it brings another."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any
from uuid import uuid4

import asyncpg

from arenapulse.core.ids import SessionId, UserId
from arenapulse.core.settings import Settings
from arenapulse.realtime.rooms import Rooms
from arenapulse.runtime.socket.fanout import Connection
from arenapulse.runtime.socket.upstream import outlet_of
from arenapulse.wiring import make_app
from tests.worlds import World, make_fans

REFRESHES = 200


async def test_refreshes_by_the_hundred_leave_one_entry(
    db: asyncpg.Connection, settings: Settings, world: World
) -> None:
    (fan,) = await make_fans(db, world, 1)
    now = dt.datetime.now(dt.UTC)
    app = make_app(settings)
    async with app.running():
        sockets = app.sockets
        engine: Any = sockets.sio.eio
        sockets.fanout.add(Connection("fan", outlet=outlet_of(engine.open_session())))
        handler: Any = sockets._connect_handler
        rooms: Rooms = handler.__self__
        for number in range(REFRESHES):
            token, _ = world.tokens.mint(
                UserId(fan.user_id),
                session_id=SessionId(uuid4()),
                roles=frozenset(),
                signed_in_at=now,
                now=now + dt.timedelta(seconds=number - REFRESHES),
            )
            answer = await sockets.dispatch("fan", "auth:refresh", [{"token": token}])
            assert answer.data.ok is True
        assert list(rooms._expiries) == ["fan"]
        sockets.fanout.remove("fan")
        async with asyncio.timeout(20):
            while rooms._expiries:  # noqa: ASYNC110 - polls the subject itself
                await asyncio.sleep(0.02)
