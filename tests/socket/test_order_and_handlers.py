"""Order on one socket, handlers one after the other, errors that stay inside, hooks."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from tests.socket.conftest import Served
from tests.socket.rawws import RawSocket, connect, until

Hall = Callable[..., RawSocket]
INTERNAL = {
    "ok": False,
    "error": {"code": "SYS001", "message": "Something went wrong on our side"},
}


@pytest.mark.parametrize("missed", [0, 1, 50])
def test_a_snapshot_ack_comes_before_the_missed_frames_and_those_before_newer_ones(
    hall: Hall, missed: int
) -> None:
    client = hall()
    # `ticks` gets a frame each millisecond, so any gap between ack and joining would be seen.
    assert client.call("snapshot", {"missed": missed}) == {"ok": True, "n": -1}
    assert client.events == []
    numbers = [client.event()[1]["n"] for _ in range(missed + 100)]
    live = numbers[missed:]
    assert numbers[:missed] == list(range(missed))
    assert live == list(range(live[0], live[0] + 100))


def test_events_of_one_client_are_handled_in_order(hall: Hall) -> None:
    client, other = hall(), hall()
    for number, seconds in enumerate([0.3, 0.0, 0.1, 0.0]):
        client.send(f'42{number}["slow",{json.dumps({"n": number, "seconds": seconds})}]')
    # Another client does not wait for them.
    assert other.call("slow", {"n": 9, "seconds": 0}) == {"ok": True, "order": [9]}
    acks = [client.packet() for _ in range(4)]
    assert [a[:3] for a in acks] == ["430", "431", "432", "433"]
    assert json.loads(acks[3][3:]) == [{"ok": True, "order": [0, 1, 2, 3]}]


def test_more_events_than_the_inbox_holds_all_come_through_in_order(hall: Hall) -> None:
    client = hall()
    client.send('42["slow",{"n":0,"seconds":0.2}]')
    for number in range(300):
        client.send(f'42{number}["echo",{number}]')
    assert [client.packet() for _ in range(300)] == [f"43{n}[{n}]" for n in range(300)]


def test_a_handlers_bug_is_an_ack_and_a_log_line_without_the_payload(
    serve: Callable[..., Served],
) -> None:
    server = serve()
    server.errors_expected = True
    with connect(server.port) as client:
        assert client.call("bug", {"card": "4242-secret"}) == INTERNAL
        assert client.call("echo", 1) == 1
        assert client.call("state")["counters"]["handler_errors"] == 1
    said = server.log.read_text()
    assert "planted" in said
    assert "4242" not in said


def test_a_handler_that_takes_too_long_is_given_up(serve: Callable[..., Served]) -> None:
    server = serve(handler_seconds_max=0.2)
    server.errors_expected = True
    with connect(server.port) as client:
        assert client.call("slow", {"n": 1, "seconds": 60}) == INTERNAL
        assert client.call("echo", 1) == 1


def test_an_unknown_event_is_refused_and_without_an_ack_ignored(hall: Hall) -> None:
    client = hall()
    client.send('42["no:such",1]')
    answer = client.call("no:such", 1)
    assert answer == {"ok": False, "error": {"code": "VALIDATION001", "message": "Unknown event"}}


def test_the_session_belongs_to_the_socket_and_the_room_limit_holds(
    serve: Callable[..., Served],
) -> None:
    server = serve(rooms_max=3)
    server.errors_expected = True
    with connect(server.port, auth={"token": "t"}, headers={"User-Agent": "Fan/1"}) as client:
        assert client.call("whoami") == {
            "sid": client.sid,
            "session": {"address": "127.0.0.1", "agent": "Fan/1", "auth": {"token": "t"}},
        }
        for number in range(3):
            assert client.call("join", f"room:{number}")["ok"] is True
        assert client.call("join", "room:0")["ok"] is True
        assert client.call("join", "room:3") == INTERNAL
        assert client.call("state")["rooms"] == ["room:0", "room:1", "room:2"]


@pytest.mark.parametrize("ending", ["namespace", "engine", "socket", "kick"])
def test_the_disconnect_hook_runs_once_and_the_rooms_are_empty_again(
    server: Served, ending: str
) -> None:
    client = connect(server.port)
    room = f"leaving:{client.sid}"
    client.call("join", room)
    assert room in server.state()["rooms"]
    if ending == "namespace":
        client.send("41")
    elif ending == "engine":
        client.send("1")
    elif ending == "kick":
        client.send('42["kick",{}]')
    else:
        client.raw.close()
    sid = client.sid
    assert until(lambda: sid in [s for s, _ in server.state()["gone"]])
    after = server.state()
    assert [s for s, _ in after["gone"]].count(sid) == 1
    assert room not in after["rooms"]
    client.raw.close()


def test_nobody_is_left_behind(server: Served) -> None:
    before = server.state()["counters"]["connections"]
    many = [connect(server.port) for _ in range(30)]
    assert server.state()["counters"]["connections"] == before + 30
    for client in many:
        client.raw.close()
    assert until(lambda: server.state()["counters"]["connections"] <= before)
    # engineio keeps what has closed until its service task passes by.
    assert server.stock or until(lambda: server.state()["engine"] <= before)


def test_a_silent_client_is_closed(serve: Callable[..., Served]) -> None:
    server = serve(ping_interval_seconds=1, ping_timeout_seconds=1)
    with connect(server.port) as silent:
        silent.closes()  # reads pings, answers none
        sid = silent.sid
    assert until(lambda: sid in dict(server.state()["gone"]))
    # The stock path's reader may notice its writer's end first.
    assert server.stock or dict(server.state()["gone"])[sid] == "ping timeout"


def test_a_session_that_joins_no_namespace_is_closed(serve: Callable[..., Served]) -> None:
    server = serve(connect_seconds_max=0.5)
    with RawSocket(server.port) as idle:
        idle.closes()
    with connect(server.port) as client:
        assert until(lambda: client.call("state")["engine"] == 1)


def test_polling_alone_serves_everything(server: Served) -> None:
    query = {"EIO": "4", "transport": "polling"}
    with httpx.Client(base_url=server.url, timeout=20) as http:
        opened = http.get("/socket.io/", params=query)
        assert opened.status_code == 200
        shape = json.loads(opened.text[1:])
        assert shape["upgrades"] == ["websocket"]
        assert shape["maxPayload"] == 32_768
        query["sid"] = shape["sid"]
        assert http.post("/socket.io/", params=query, content="40").text.lower() == "ok"
        assert http.get("/socket.io/", params=query).text.startswith('40{"sid":')
        both = '420["join","slow"]\x1e421["echo",{"ü":1}]'
        assert http.post("/socket.io/", params=query, content=both).status_code == 200
        got = ""
        while "431[" not in got:
            got += http.get("/socket.io/", params=query).text + "\x1e"
        assert got.index("430[") < got.index('431[{"ü":1}]')
        http.post("/socket.io/", params=query, content="1")
        assert http.get("/socket.io/", params=query).status_code == 400
