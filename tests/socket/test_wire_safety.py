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
from pathlib import Path

import pytest
import uvloop

from arenapulse.runtime.socket import limits
from arenapulse.runtime.socket.fanout import Connection, Fanout
from arenapulse.runtime.socket.metrics import Counters
from arenapulse.runtime.socket.wire import Wire, frame
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
    raw = transport.get_extra_info("socket").fileno()
    if ending == "abort":
        transport.abort()
    elif ending == "close":
        transport.close()
    else:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
    await closed(raw)
    # The transport's number is somebody else's before the fan-out has heard of the ending.
    stranger, witness = reuse(raw)
    with stranger, witness:
        fanout.emit_local("hall", event="secret", payload=b"2")
        assert fanout.emit_to("sid", event="secret", payload=b"3") is True
        heard_nothing(witness)
    # And so is the wire's own, once it was let go.
    number = wire.fd
    wire.release()
    if number >= 0:
        await closed(number)
        stranger, witness = reuse(number)
    else:
        stranger, witness = socket.socketpair()
    with stranger, witness, client:
        assert fanout.emit_local("hall", event="secret", payload=b"4") == 0
        assert fanout.emit_to("sid", event="secret", payload=b"5") is True
        wire.write(b"secret")
        wire.close(1000)
        heard_nothing(witness)
    assert wire.transport is None


async def test_where_descriptors_are_scarce_frames_go_by_the_transport(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "DUPLICATES_SHARE", 0.0)
    counters = Counters()
    fanout = Fanout(counters=counters, rooms_max=4, buffer_bytes_max=65_536, stalled_seconds_max=30)
    transport, client = await accepted()
    before = files_open()
    wire = Wire(transport, counters=counters)
    assert wire.fd == -1
    assert files_open() == before
    fanout.add(Connection("sid", outlet=Line(wire)))
    fanout.join("sid", room="hall")
    for n in range(3):
        assert fanout.emit_local("hall", event="e", payload=b"%d" % n) == 1
    heard = b""
    async with asyncio.timeout(20):
        while heard.count(b"42[") < 3:
            heard += await asyncio.get_running_loop().sock_recv(client, 1_000)
    assert heard == b"".join(frame(b'42["e",%d]' % n) for n in range(3))
    transport.abort()
    client.close()


async def test_a_full_kernel_buffer_sends_what_follows_behind_it_until_it_has_drained() -> None:
    """Every byte once and in order, whichever way it takes."""
    counters = Counters()
    fanout = Fanout(
        counters=counters, rooms_max=4, buffer_bytes_max=10_000_000, stalled_seconds_max=30
    )
    transport, client = await accepted()
    connection = Connection("sid", outlet=Line(Wire(transport, counters=counters)))
    fanout.add(connection)
    for room in ("hall", "stand"):
        fanout.join("sid", room=room)
    sent, n = b"", 0
    while counters.partial_writes == 0:
        for room in ("hall", "stand"):
            text = b"%d%s" % (n, b"x" * 5_000)
            assert fanout.emit_local(room, event=room, payload=b'"%s"' % text) == 1
            sent += frame(b'42["%s","%s"]' % (room.encode(), text))
        fanout.emit_to("sid", event="own", payload=b"%d" % n)
        sent += frame(b'42["own",%d]' % n)
        n += 1
    assert connection.fd == -1
    heard = b""
    async with asyncio.timeout(20):
        while len(heard) < len(sent):
            heard += await asyncio.get_running_loop().sock_recv(client, 100_000)
    assert heard == sent
    assert fanout.emit_local("hall", event="e", payload=b"1") == 1
    assert connection.fd >= 0
    assert fanout.emit_local("stand", event="e", payload=b"2") == 1
    transport.abort()
    client.close()


def files_open() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def closed(number: int) -> None:
    for _ in range(2_000):
        await asyncio.sleep(0.005)
        try:
            os.fstat(number)
        except OSError:
            return
    raise AssertionError("the descriptor stayed open")


def heard_nothing(witness: socket.socket) -> None:
    witness.setblocking(False)
    with pytest.raises(BlockingIOError):
        witness.recv(100)


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
