"""Breaks when engineio, socketio, picows or uvicorn move under the one file that knows them."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest
from engineio.async_server import AsyncServer as Engine
from engineio.async_socket import AsyncSocket
from picows.picows import WSProtocol
from socketio.async_manager import AsyncManager
from socketio.async_server import AsyncServer
from socketio.base_manager import BaseManager
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

import arenapulse.runtime.socket as package
from arenapulse.runtime.socket import upstream

FOLDER = Path(next(iter(package.__path__)))
VENDORS = ("engineio", "socketio", "picows", "uvicorn")


def test_nothing_has_moved() -> None:
    assert upstream.drift() == []


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (Engine._handle_connect, "self environ transport jsonp_index"),
        (Engine._trigger_event, "self event args kwargs"),
        (AsyncSocket.close, "self wait abort reason"),
        (AsyncSocket.send, "self pkt"),
        (AsyncServer._handle_eio_connect, "self eio_sid environ"),
        (AsyncServer._handle_eio_message, "self eio_sid data"),
        (AsyncServer._handle_eio_disconnect, "self eio_sid reason"),
        (
            AsyncServer._handle_event_internal,
            "self server sid eio_sid data namespace id",
        ),
        (BaseManager.basic_enter_room, "self sid namespace room eio_sid"),
        (BaseManager.basic_leave_room, "self sid namespace room"),
        (BaseManager.basic_disconnect, "self sid namespace kwargs"),
        (AsyncManager.get_participants, "self namespace room"),
        (WebSocketsSansIOProtocol.__init__, "self config server_state app_state _loop"),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_what_we_override_is_called_as_it_was(function: object, parameters: str) -> None:
    assert list(inspect.signature(function).parameters) == parameters.split()  # type: ignore[arg-type]


def test_what_a_session_is_asked_for_is_still_what_we_set() -> None:
    """The stock initialiser is not run, so each of its attributes must be one of ours."""
    source = ast.parse(inspect.getsource(AsyncSocket.__mro__[1]))
    stock = {
        node.attr
        for node in ast.walk(source)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    engine = upstream.FanoutEngine(async_mode="asgi", monitor_clients=False)
    session = upstream.FanoutSession(engine, "sid")
    assert stock == {
        "server", "sid", "queue", "last_ping", "connected", "upgrading", "upgraded",
        "closing", "closed", "session",
    }  # fmt: skip
    assert all(hasattr(session, name) for name in stock)


def test_picows_takes_the_arguments_that_we_give() -> None:
    with pytest.raises(TypeError, match="takes exactly 15 positional arguments"):
        WSProtocol()


def test_internals_are_touched_in_one_file_only() -> None:
    """Elsewhere only public names, and no attribute with an underscore of somebody else's."""
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text())
        if path.name == "upstream.py":
            continue
        imported = {
            node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        } | {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
        deep = {m for m in imported if m.split(".")[0] in VENDORS}
        assert deep <= {"picows", "engineio", "socketio"}, (path.name, deep)
        foreign = [
            ast.unparse(node)
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr.startswith("_")
            and not node.attr.startswith("__")
            and ast.unparse(node.value) not in {"self", "super()"}
        ]
        assert foreign == [], path.name
