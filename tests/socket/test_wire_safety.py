"""Descriptors are numbers that the kernel gives out again: no frame may reach a stranger."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
import threading
import time
from collections.abc import Callable

import pytest
import uvloop

from arenapulse.runtime.socket.fanout import Connection, Fanout
from arenapulse.runtime.socket.metrics import Counters
from arenapulse.runtime.socket.wire import Wire
from tests.socket.conftest import Served
from tests.socket.rawws import Closed, connect

CHURN_SECONDS = 2.0
CHURNERS = 6


class Line:
    """An outlet with nothing but a wire."""

    def __init__(self, wire: Wire) -> None:
        self.wire: Wire | None = wire

    def backlog(self) -> int:
        assert self.wire is not None
        return self.wire.backlog()

    def push(self, text: str) -> None: ...
    def push_frame(self, text: str, framed: bytes) -> None:
        assert self.wire is not None
        self.wire.write(framed)

    def cut(self) -> None: ...
    def end(self) -> None: ...


async def accepted() -> tuple[asyncio.Transport, socket.socket]:
    """A server-side transport and its client's socket."""
    loop = asyncio.get_running_loop()
    made: asyncio.Future[asyncio.Transport] = loop.create_future()

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            made.set_result(transport)  # type: ignore[arg-type]

    server = await loop.create_server(Protocol, "127.0.0.1", 0)
    client = socket.socket()
    client.setblocking(False)
    await loop.sock_connect(client, server.sockets[0].getsockname())
    transport = await made
    server.close()
    return transport, client


def reuse(number: int) -> tuple[socket.socket, socket.socket]:
    """A pair whose first end has the descriptor's number."""
    spare: list[socket.socket] = []
    try:
        for _ in range(50):
            one, other = socket.socketpair()
            if one.fileno() == number:
                return one, other
            if other.fileno() == number:
                return other, one
            spare += [one, other]
    finally:
        for each in spare:
            each.close()
    raise AssertionError("the descriptor was not given out again")


async def scenario(ending: str) -> None:
    counters = Counters()
    fanout = Fanout(counters=counters, rooms_max=4, buffer_bytes_max=65_536, stalled_seconds_max=30)
    transport, client = await accepted()
    wire = Wire(transport, counters=counters)
    fanout.add(Connection("sid", outlet=Line(wire)))
    fanout.join("sid", room="hall")
    assert fanout.emit_local("hall", event="e", payload=b"1") == 1
    number = wire.fd
    if ending == "abort":
        transport.abort()
    elif ending == "close":
        transport.close()
    else:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
    for _ in range(200):
        await asyncio.sleep(0.005)
        try:
            os.fstat(number)
        except OSError:
            break
    stranger, witness = reuse(number)
    with stranger, witness, client:
        witness.setblocking(False)
        assert fanout.emit_local("hall", event="secret", payload=b"2") == 0
        assert fanout.emit_to("sid", event="secret", payload=b"3") is True
        wire.write(b"secret")
        wire.close(1000)
        with pytest.raises(BlockingIOError):
            witness.recv(100)
    assert wire.transport is None


@pytest.mark.parametrize("ending", ["abort", "close", "reset by the client"])
@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_closed_descriptor_that_was_given_out_again_gets_nothing(loop: str, ending: str) -> None:
    factory = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(scenario(ending))


def test_in_a_crowd_that_comes_and_goes_everybody_gets_their_own_frames_only(
    serve_fanout: Callable[..., Served],
) -> None:
    server = serve_fanout()
    wrong: list[object] = []
    rounds = [0] * CHURNERS
    until = time.monotonic() + CHURN_SECONDS

    def churn(number: int) -> None:
        chance = random.Random(number)
        while time.monotonic() < until:
            room = f"{number}:{rounds[number]}"
            with contextlib.suppress(Closed, OSError), connect(server.port) as client:
                client.call("join", room)
                for n in range(chance.randrange(6)):
                    client.send(f'42["shout",{{"room":"{room}","to":"{room}","n":{n}}}]')
                if client.call("echo", room) != room:
                    wrong.append(room)
                wrong.extend(e for e in client.events if e[1]["to"] != room)
            rounds[number] += 1

    threads = [threading.Thread(target=churn, args=(n,)) for n in range(CHURNERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert min(rounds) > 5
