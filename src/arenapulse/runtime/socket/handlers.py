"""What slices register with the socket server, and what they answer with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from arenapulse.runtime.socket.admission import Handshake

# Where an environ that python-socketio carries around holds our handshake.
HANDSHAKE_KEY = "arenapulse.handshake"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An ack. `then` runs right after the ack is written: frames it sends come next in order.

    `data` is encoded with msgspec (structs and `msgspec.Raw` welcome); `binary=True` sends bytes
    inside it as Socket.IO attachments.
    """

    data: Any
    then: Callable[[], None] | None = None
    binary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectRefused:
    """The client gets `connect_error` with `data.code`."""

    code: str
    message: str


EventHandler = Callable[[str, Any], Awaitable["Reply | dict[str, Any]"]]
ConnectHandler = Callable[[str, Handshake, dict[str, Any]], Awaitable[ConnectRefused | None]]
DisconnectHandler = Callable[[str, str], Awaitable[None]]
ResyncHandler = Callable[[str], Awaitable[None]]
RoomHook = Callable[[str], None]


class Owner(Protocol):
    """What the Socket.IO layer calls back into: our server."""

    def engine_opened(self, engine_sid: str, environ: dict[str, Any]) -> dict[str, Any]: ...
    def engine_message(self, engine_sid: str) -> bool: ...
    def engine_closed(self, engine_sid: str) -> None: ...
    def broken(self, engine_sid: str, *, why: BaseException) -> None: ...
    async def dispatch(self, sid: str, event: str, arguments: list[Any]) -> Reply: ...


def refused(code: str, message: str) -> Reply:
    """An ack that says no."""
    return Reply(data={"ok": False, "error": {"code": code, "message": message}})
