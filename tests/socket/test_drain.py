"""A server that goes away tells its clients one by one, and takes no new ones."""

from __future__ import annotations

import asyncio
import random
import selectors
import time
from collections.abc import Callable

import httpx

from arenapulse.runtime.socket.limits import SocketSettings
from arenapulse.runtime.socket.server import make_server
from tests.socket.conftest import Served
from tests.socket.rawws import RawSocket, connect

CLIENTS = 40
SECONDS = 3.0


def test_clients_are_sent_away_over_the_time_given(serve: Callable[..., Served]) -> None:
    server = serve(ping_interval_seconds=25)
    crowd = [connect(server.port) for _ in range(CLIENTS)]
    controller = crowd[0]
    assert controller.call("drain", {"seconds": SECONDS}) == {"ok": True}
    begun = time.monotonic()
    newcomer = RawSocket(server.port)
    assert newcomer.status == (403 if server.stock else 503)
    polling = {"EIO": "4", "transport": "polling"}
    assert httpx.get(f"{server.url}/socket.io/", params=polling).status_code == 503
    moments: list[float] = []
    with selectors.DefaultSelector() as selector:
        for client in crowd:
            selector.register(client.raw, selectors.EVENT_READ, client)
        while len(moments) < CLIENTS:
            assert time.monotonic() - begun < SECONDS + 20
            for key, _ in selector.select(0.1):
                client = key.data
                selector.unregister(client.raw)
                code = client.closes()
                assert server.stock or code == 1012
                moments.append(time.monotonic() - begun)
    # Full jitter: 40 uniform moments; the chance that a half stays empty is 2 in 10^12.
    assert min(moments) < SECONDS / 2 < max(moments) < SECONDS + 10


def test_the_moments_are_uniform_over_the_time() -> None:
    """The same draw for the same chance, whatever the crowd does meanwhile."""

    async def drained() -> float:
        server = make_server(settings=SocketSettings())
        begun = time.monotonic()
        await server.drain(30, rng=random.Random(1))
        return time.monotonic() - begun

    # Nobody there: nothing to wait for.
    assert asyncio.run(drained()) < 10
