"""Clients that stop reading: memory stays bounded, the others get everything."""

from __future__ import annotations

import contextlib
import resource
import selectors
import threading
import time
from collections.abc import Callable

import httpx

from arenapulse.runtime.socket.limits import SocketSettings
from tests.socket.conftest import Served
from tests.socket.rawws import RawSocket, connect, until

Serve = Callable[..., Served]
FRAMES = 300
FRAME_BYTES = 16_000
STALLED = 100
HEALTHY = 2_000
ROUNDS = 50
# Longer than it takes until all of them have stalled, so that the peak is seen.
PATIENCE_SECONDS = 6.0
# What waits for one of them: 64 kB and one frame. All that they do not read would be 60 MB. The
# kernel has another 128 kB each, which is not our memory.
BACKLOG_BYTES_MAX = STALLED * (SocketSettings().buffer_bytes_max + FRAME_BYTES + 100)
GROWTH_BYTES_MAX = BACKLOG_BYTES_MAX + 8_000_000
ROUND_SECONDS_MAX = 30.0


class Readers(threading.Thread):
    """Reads what comes to the healthy and counts the frames of each."""

    def __init__(self, clients: list[RawSocket]) -> None:
        super().__init__(daemon=True)
        self.bytes_of = dict.fromkeys((c.raw for c in clients), 0)
        self.ending = threading.Event()

    def run(self) -> None:
        with selectors.DefaultSelector() as selector:
            for raw in self.bytes_of:
                selector.register(raw, selectors.EVENT_READ)
            while not self.ending.is_set():
                for key, _ in selector.select(0.02):
                    self.bytes_of[key.fileobj] += len(key.fileobj.recv(1 << 18))  # type: ignore[union-attr]

    def have(self, count: int) -> bool:
        """Whether everybody has so many bytes; nobody may have more."""
        assert max(self.bytes_of.values()) <= count
        return min(self.bytes_of.values()) == count


def burst(controller: RawSocket, room: str) -> None:
    order = {"room": room, "frames": FRAMES, "bytes": FRAME_BYTES, "pause": 0.004}
    assert controller.call("burst", order) == {"ok": True}


def test_the_stalled_are_bounded_and_closed_and_the_healthy_unharmed(
    serve_fanout: Serve,
) -> None:
    """A hundred who never read among two thousand who do.

    Each frame is sent once everybody healthy has the last one, so no clock judges the machine.
    """
    # On many machines a process may have a thousand files open unless it asks for more.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    server = serve_fanout(
        stalled_seconds_max=PATIENCE_SECONDS, ping_interval_seconds=300, ping_timeout_seconds=60
    )
    controller, hall = connect(server.port), {"room": "hall"}
    stalled = [connect(server.port, auth=hall, receive_bytes=4_096) for _ in range(STALLED)]
    healthy = [connect(server.port, auth=hall) for _ in range(HEALTHY)]
    before = controller.call("state")
    assert before["engine"] == STALLED + HEALTHY + 1
    readers = Readers(healthy)
    readers.start()
    one = {"room": "hall", "frames": 1, "bytes": FRAME_BYTES, "pause": 0}
    frame_bytes = len(f'42["burst",{{"pad":"{"x" * FRAME_BYTES}"}}]') + 4
    rss, backlog = before["rss"], 0
    for number in range(1, ROUNDS + 1):
        assert controller.call("burst", one) == {"ok": True}
        assert until(lambda: readers.have(number * frame_bytes), seconds=ROUND_SECONDS_MAX), number  # noqa: B023 - called at once
        state = controller.call("state")
        rss, backlog = max(rss, state["rss"]), max(backlog, state["backlog"])
    assert state["counters"]["slow_dropped"] >= STALLED, "nobody stalled: the test shows nothing"
    assert 0 < backlog <= BACKLOG_BYTES_MAX
    assert rss - before["rss"] < GROWTH_BYTES_MAX
    assert until(lambda: controller.call("state")["counters"]["slow_closed"] == STALLED)
    readers.ending.set()
    readers.join()
    after = controller.call("state")
    assert after["engine"] == HEALTHY + 1
    assert after["resynced"] == []
    assert {s for s, _ in after["gone"]} <= {c.sid for c in stalled}


def test_who_reads_again_in_time_gets_one_resync_and_then_newer_frames(serve: Serve) -> None:
    server = serve(stalled_seconds_max=30, ping_timeout_seconds=60)
    controller, slow = connect(server.port), connect(server.port, receive_bytes=4_096)
    slow.call("join", "hall")
    burst(controller, "hall")
    assert controller.call("state")["counters"]["slow_dropped"] > 0
    names = []
    while not names or names[-1] != "resync":
        names.append(slow.event()[0])
    assert names.count("resync") == 1
    assert 0 < names.count("burst") < FRAMES
    controller.call("shout", {"room": "hall", "n": 1})
    assert slow.event() == ("shout", {"n": 1})
    assert controller.call("state")["resynced"] == [slow.sid]


def test_acks_are_never_dropped_but_whoever_lets_them_pile_up_is_closed(
    serve_fanout: Serve,
) -> None:
    server = serve_fanout(ping_timeout_seconds=60)
    controller, greedy = connect(server.port), connect(server.port, receive_bytes=4_096)
    text = "x" * 30_000
    greedy.raw.settimeout(5)
    with contextlib.suppress(OSError):  # cut off while it is asking
        for _ in range(100):
            greedy.send(f'421["echo","{text}"]')
    assert until(lambda: controller.call("state")["counters"]["slow_closed"] == 1)
    assert until(lambda: controller.call("state")["engine"] == 1)


def test_pings_of_a_client_that_does_not_read_pile_up_no_further(serve_fanout: Serve) -> None:
    server = serve_fanout(messages_per_second=50, messages_burst=200)
    controller, rude = connect(server.port), connect(server.port, receive_bytes=4_096)
    ping = bytes((0x89, 0xFD)) + b"\0\0\0\0" + b"x" * 125
    with contextlib.suppress(OSError):
        for _ in range(2_000):
            rude.raw.sendall(ping)
    assert until(lambda: controller.call("state")["counters"]["rate_closed"] == 1)


def test_a_poller_that_does_not_fetch_is_bounded_and_closed(serve: Serve) -> None:
    server = serve(stalled_seconds_max=1, ping_timeout_seconds=60)
    controller = connect(server.port)
    query = {"EIO": "4", "transport": "polling"}
    with httpx.Client(base_url=server.url, timeout=20) as http:
        opened = http.get("/socket.io/", params=query)
        query["sid"] = httpx.Response(200, text=opened.text[1:]).json()["sid"]
        http.post("/socket.io/", params=query, content="40")
        http.post("/socket.io/", params=query, content='420["join","hall"]')
        burst(controller, "hall")
        assert controller.call("state")["counters"]["slow_dropped"] > FRAMES // 2
        assert until(lambda: controller.call("state")["counters"]["slow_closed"] == 1)
        assert until(lambda: http.get("/socket.io/", params=query).status_code == 400, seconds=20)


def test_a_client_that_vanishes_without_a_word_is_noticed(serve_fanout: Serve) -> None:
    """Its kernel answers nobody: only the missing pong tells."""
    server = serve_fanout(ping_interval_seconds=0.3, ping_timeout_seconds=0.3)
    mute = connect(server.port)
    sid, begun = mute.sid, time.monotonic()
    assert until(lambda: dict(server.state()["gone"]).get(sid) == "ping timeout")
    # With the settings of production it would have taken 45 seconds.
    assert time.monotonic() - begun < 20
