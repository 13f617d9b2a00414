"""Real time in a process that has sockets: rooms, frames, snapshots."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from arenapulse.core.settings import Settings
from arenapulse.realtime import hot, routes
from arenapulse.realtime.broadcast import Broadcast
from arenapulse.realtime.rights import Rights
from arenapulse.realtime.rooms import Rooms
from arenapulse.realtime.snapshots import Snapshots
from arenapulse.runtime.socket.limits import SocketSettings
from arenapulse.runtime.socket.metrics import show
from arenapulse.runtime.socket.server import SocketServer, make_server
from arenapulse.wiring.parts import House, Part

UNLIMITED: Final = 1_000_000


def make_sockets(settings: Settings) -> SocketServer:
    limits = SocketSettings(
        stock=settings.stock_socket_path,
        allowed_origins=frozenset(settings.cors_origin_list),
        trusted_proxies=settings.proxies,
        connections_max=settings.sockets_max,
        connections_per_address_max=settings.sockets_per_address_max,
    )
    if not settings.rate_limits:
        limits = replace(
            limits,
            connections_per_address_max=limits.connections_max,
            handshakes_per_second=UNLIMITED,
            handshakes_burst=UNLIMITED,
        )
    server = make_server(settings=limits)
    show(server.counters)
    return server


def make_broadcast(house: House, *, sockets: SocketServer) -> Broadcast:
    runtime, told = house.core.runtime, house.core.told
    return Broadcast(
        runtime.redis,
        server=sockets,
        streams=told.streams,
        seats=told.seats,
        newsroom=told.newsroom,
        seating=told.frames,
    )


def part(house: House, *, sockets: SocketServer, broadcast: Broadcast) -> Part:
    core, access = house.core, house.access
    runtime, told = core.runtime, core.told
    snapshots = Snapshots(
        runtime.database, access=access, streams=told.streams, salebook=core.salebook
    )
    rooms = Rooms(
        sockets,
        access=access,
        broadcast=broadcast,
        snapshots=snapshots,
        streams=told.streams,
        seating=told.frames,
        rights=Rights(access=access, salebook=core.salebook),
    )

    @asynccontextmanager
    async def living() -> AsyncGenerator[None, None]:
        await broadcast.start()
        await rooms.start()
        try:
            yield
        finally:
            await rooms.stop()
            await broadcast.stop()
            await sockets.stop()

    availability = hot.ReadAvailability(access=access, snapshots=snapshots)
    return Part(routers=(routes.router,), hot_routes=(hot.route(availability),), living=living)
