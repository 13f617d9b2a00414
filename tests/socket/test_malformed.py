"""What no honest client sends: the connection ends, the server goes on without a complaint."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator

import httpx
import pytest

from tests.socket.conftest import Served
from tests.socket.rawws import (
    BINARY,
    CONTINUATION,
    HOST,
    PATH,
    PING,
    PONG,
    TEXT,
    RawSocket,
    connect,
    masked,
    until,
)

FIN = 0x80
LIMIT = 32_768

FRAMES: dict[str, bytes] = {
    "unmasked": b"\x81\x023x",
    "reserved opcode": masked(b"", head=0x83),
    "reserved bit": masked(b"3", head=0xC1),
    "fragmented ping": masked(b"x", head=PING),
    "long ping": masked(b"x" * 126, head=FIN | PING),
    "length of 2^63": bytes((0x81, 0xFF)) + struct.pack("!Q", 1 << 63),
    "length of 2^40": bytes((0x81, 0xFF)) + struct.pack("!Q", 1 << 40) + b"\0\0\0\0" + b"x" * 5000,
    "too big": masked(b"4" * (LIMIT + 100), head=0x81),
    "too big in fragments": masked(b"4" * 20_000, head=TEXT)
    + masked(b"2" * 20_000, head=FIN | CONTINUATION),
    "continuation of nothing": masked(b"x", head=FIN | CONTINUATION),
    "text inside a fragmented text": masked(b"4", head=TEXT) + masked(b"2", head=FIN | TEXT),
    "invalid utf-8": masked(b"42[\xff\xfe]", head=0x81),
    "http again": b"GET / HTTP/1.1\r\n\r\n",
    "noise": bytes(range(256)) * 40,
}
PACKETS: dict[str, str] = {
    "empty": "",
    "unknown type": "9",
    "noise": "hello",
    "json": '4{"a":1}',
    "unknown packet": "48",
    "not json": "42[",
    "no list": '42{"a":1}',
    "empty list": "42[]",
    "name is no text": "42[1]",
    "hook as event": '42["disconnect"]',
    "connect as event": '42["connect",{}]',
    "deep": "42" + "[" * 20_000,
    "deep engine": "4" + "[" * 20_000,
    "huge number": "42" + '["echo",' + "9" * 5_000 + "]",
    "huge id": "42" + "1" * 120 + '["echo"]',
    "connect error": "44{}",
    "ack is no list": '431{"a":1}',
    "attachments that never end": '45999999999-["echo",{"_placeholder":true,"num":0}]',
    "attachment of nothing": '450-["echo"]',
    "binary ack without list": "461-0{}",
}


@pytest.mark.parametrize("case", FRAMES)
def test_a_broken_frame_ends_only_its_own_connection(server: Served, case: str) -> None:
    with connect(server.port) as neighbour, connect(server.port) as client:
        client.raw.sendall(FRAMES[case])
        client.closes()
        assert neighbour.call("echo", case) == case
    assert server.is_well()


@pytest.mark.parametrize("case", PACKETS)
def test_a_broken_packet_ends_only_its_own_connection(server: Served, case: str) -> None:
    with connect(server.port) as neighbour, connect(server.port) as client:
        client.send(PACKETS[case])
        client.closes()
        assert neighbour.call("echo", case) == case
    assert server.is_well()


def test_text_where_an_attachment_is_due_and_wrong_placeholders(server: Served) -> None:
    for reply in (b"text", b""):
        with connect(server.port) as client:
            client.send('451-0["echo",{"_placeholder":true,"num":7}]')
            client.raw.sendall(masked(reply, head=FIN | (TEXT if reply else BINARY)))
            client.closes()
    with connect(server.port) as client:
        client.raw.sendall(masked(b"\1\2", head=FIN | BINARY))  # an attachment of no event
        client.closes()
    assert server.is_well()


def test_fragments_pings_and_pongs_in_between_are_no_offence(server: Served) -> None:
    with connect(server.port) as client:
        text = '421["echo","ü🏟"]'.encode()
        for at, byte in enumerate(text):
            head = (TEXT if at == 0 else CONTINUATION) | (FIN if at == len(text) - 1 else 0)
            client.raw.sendall(masked(bytes((byte,)), head=head))
            if at == 3:
                client.raw.sendall(masked(b"hi", head=FIN | PING))
                client.raw.sendall(masked(b"ho", head=FIN | PONG))
        assert client.frame() == (PONG, b"hi")
        assert client.packet() == '431["ü🏟"]'


def test_frames_cut_anywhere_are_put_together(server: Served) -> None:
    whole = masked(b'421["echo",1]', head=0x81) + masked(b'422["echo",2]', head=0x81)
    for at in range(1, len(whole)):
        with connect(server.port) as client:
            client.raw.sendall(whole[:at])
            assert client.raw.getsockname()
            client.raw.sendall(whole[at:])
            assert [client.packet(), client.packet()] == ["431[1]", "432[2]"]


@pytest.mark.parametrize(
    "path",
    [
        PATH.replace("EIO=4", "EIO=3"),
        PATH.replace("EIO=4&", ""),
        PATH.replace("websocket", "polling"),
        PATH + "&sid=nobody",
        "/socket.io/",
        "/socket.io/?" + "&".join(f"a{n}=1" for n in range(100)),
        "/socket.io/?%ff%00=%zz&EIO=4",
    ],
)
def test_an_upgrade_that_makes_no_sense_is_refused(server: Served, path: str) -> None:
    with RawSocket(server.port, path=path) as client:
        assert 400 <= client.status < 500, client.head
    assert server.is_well()


@pytest.mark.parametrize(
    "headers", [{"Sec-WebSocket-Key": "short"}, {"Sec-WebSocket-Version": "99"}]
)
def test_a_bad_websocket_handshake_is_refused(server: Served, headers: dict[str, str]) -> None:
    with RawSocket(server.port, headers=headers) as client:
        assert 400 <= client.status < 500, client.head
    assert server.is_well()


class Poller:
    """A polling session that can post anything."""

    def __init__(self, server: Served) -> None:
        self.http = httpx.Client(base_url=server.url, timeout=20)
        self.query = {"EIO": "4", "transport": "polling"}
        opened = self.http.get("/socket.io/", params=self.query)
        self.query["sid"] = httpx.Response(200, text=opened.text[1:]).json()["sid"]
        self.post(b"40")
        assert self.get().text.startswith("40{")

    def post(self, content: bytes) -> httpx.Response:
        return self.http.post("/socket.io/", params=self.query, content=content)

    def get(self) -> httpx.Response:
        return self.http.get("/socket.io/", params=self.query)


@pytest.fixture
def poller(server: Served) -> Iterator[Poller]:
    made = Poller(server)
    yield made
    made.http.close()


@pytest.mark.parametrize(
    "content",
    [
        b"garbage",
        b"\xff\xfe\xfd",
        b"4{}",
        b"4" + b"[" * 20_000,
        b"2probe",
        b"5",
        b"b!!!",
        b"d=42",
        b"",
        b"\x1e\x1e",
        b"\x1e".join([b"3"] * 17),
        "4²[]".encode(),
        os.urandom(500) + b"\xff",
    ],
    ids=range(13),
)
def test_a_broken_post_is_a_bad_request_and_the_end(poller: Poller, content: bytes) -> None:
    assert poller.post(content).status_code == 400
    assert until(lambda: poller.get().status_code == 400)


@pytest.mark.parametrize("content", [b"42[", b'42["disconnect"]', b"44{}", b"42[]"])
def test_a_post_of_a_broken_packet_ends_the_session(poller: Poller, content: bytes) -> None:
    assert poller.post(content).status_code in {200, 400}
    assert until(lambda: poller.get().status_code == 400)


def test_requests_that_make_no_sense(server: Served, poller: Poller) -> None:
    good = poller.query
    http = poller.http
    too_large = poller.post(b"4" + b"2" * LIMIT)
    chunked = http.post("/socket.io/", params=good, content=iter([b"42", b'1["echo",', b"5]"]))
    answers = [
        http.get("/socket.io/", params=good | {"j": "0"}),
        http.get("/socket.io/", params=good | {"EIO": "3"}),
        http.get("/socket.io/", params=good | {"transport": "carrier-pigeon"}),
        http.get("/socket.io/", params=good | {"sid": "nobody"}),
        http.post("/socket.io/", params=good | {"sid": "nobody"}, content=b"3"),
        http.post("/socket.io/", params={"EIO": "4", "transport": "polling"}, content=b"3"),
        http.get("/socket.io/"),
    ]
    assert too_large.status_code == 413
    assert chunked.status_code == 200
    assert "431[5]" in poller.get().text
    assert [a.status_code for a in answers] == [400] * len(answers)
    assert http.delete("/socket.io/", params=good).status_code == 405
    assert server.is_well()


def test_two_polls_at_once_end_the_session(poller: Poller, server: Served) -> None:
    query = "&".join(f"{name}={value}" for name, value in poller.query.items())
    request = f"GET /socket.io/?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    with socket.create_connection((HOST, server.port), 5) as one:
        one.sendall(request)
        with socket.create_connection((HOST, server.port), 5) as two:
            two.sendall(request)
            assert two.recv(100).startswith(b"HTTP/1.1 400")
        # Woken by the end of its session, or not begun when that came.
        assert one.recv(100)[9:12] in {b"200", b"400"}
    assert until(lambda: poller.get().status_code == 400)


def test_leaving_during_a_poll_is_no_error(poller: Poller, server: Served) -> None:
    """The poll waits for its turn, and the client goes while it does."""
    before = server.log.read_text()
    query = "&".join(f"{name}={value}" for name, value in poller.query.items())
    for _ in range(5):
        poller.post(b'421["echo",7]')
        assert poller.get().status_code == 200
        with socket.create_connection((HOST, server.port), 5) as leaving:
            leaving.sendall(f"GET /socket.io/?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert until(lambda: server.state()["polls"] == 0)
    assert server.log.read_text() == before
    # Nothing was lost with it.
    poller.post(b'422["echo",8]')
    assert poller.get().text.endswith("432[8]")


def test_a_post_that_was_cut_off_does_nothing(poller: Poller, server: Served) -> None:
    query = "&".join(f"{name}={value}" for name, value in poller.query.items())
    head = f"POST /socket.io/?{query} HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n"
    with socket.create_connection((HOST, server.port), 5) as leaving:
        leaving.sendall(head.encode() + b'421["join","cut"]')
    with connect(server.port) as probe:
        assert probe.call("join", "whole") == {"ok": True, "rooms": ["whole"]}
        assert "cut" not in probe.call("state")["rooms"]
    poller.post(b'422["echo",8]')
    assert poller.get().text == "432[8]"
