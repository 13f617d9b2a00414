"""JSON sent packed to those who take gzip.

Only answers about public things are packed. Where a secret and what a stranger can make a browser
ask for stand in one packed answer, its length tells the secret letter by letter (BREACH): tokens,
orders, tickets and people are sent as they are.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Any, Final

from starlette.responses import Response

from arenapulse.runtime.priority import briefly
from arenapulse.runtime.web.edge import API, Asgi, Message, Receive, Scope, Send
from arenapulse.runtime.web.encoding import accepts

PACKED_MIN: Final = 1_000
# What is larger is packed beside the event loop, and not remembered.
REMEMBERED_MAX: Final = 64_000
_REMEMBERED: Final = 128
_LEVEL: Final = 6
_GZIP_FORMAT: Final = 31
_PUBLIC: Final = tuple(
    API + name for name in ("events", "venues", "search", "openapi.json", "asyncapi.json")
)
_VARY: Final = (b"vary", b"Accept-Encoding, Origin")


def _gzipped(body: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_FORMAT)
    return packer.compress(body) + packer.flush()


# The same list goes to everybody who asks in the same half second.
_remembered = lru_cache(maxsize=_REMEMBERED)(_gzipped)


async def gzipped(body: bytes) -> bytes:
    if len(body) > REMEMBERED_MAX:
        return await briefly(_gzipped, body)
    return _remembered(body)


async def page_answer(text: str, *, status: int, accepted: str) -> Response:
    """A page that is made for its address and kept by no cache without asking again."""
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding, Origin"}
    body = text.encode()
    if accepts(accepted, encoding="gzip"):
        headers["Content-Encoding"] = "gzip"
        body = await gzipped(body)
    return Response(body, status_code=status, headers=headers, media_type="text/html")


class Packing:
    """ASGI around the calm endpoints."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or not scope["path"].startswith(_PUBLIC)
        ):
            await self._app(scope, receive, send)
            return
        accepted: bytes = dict(scope["headers"]).get(b"accept-encoding", b"")
        is_taken = accepts(accepted.decode("latin-1"), encoding="gzip")
        await self._app(scope, receive, _Packed(send, is_taken=is_taken))


class _Packed:
    """Holds the head of an answer back until its body is there: one document is packed whole."""

    def __init__(self, send: Send, *, is_taken: bool) -> None:
        self._send = send
        self._is_taken = is_taken
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_json(message):
            self._head = message
            return
        head, self._head = self._head, None
        if head is not None:
            body: bytes = message.get("body", b"")
            whole = not message.get("more_body", False)
            headers = [*head["headers"], _VARY]
            if self._is_taken and whole and len(body) >= PACKED_MIN:
                body = await gzipped(body)
                headers = [field for field in headers if field[0] != b"content-length"]
                headers += [
                    (b"content-encoding", b"gzip"),
                    (b"content-length", str(len(body)).encode()),
                ]
                message = {**message, "body": body}
            await self._send({**head, "headers": headers})
        await self._send(message)


def _is_json(head: Message) -> bool:
    """Whether it is a plain JSON answer that nobody has an own rule for."""
    headers: dict[bytes, Any] = dict(head["headers"])
    return (
        head["status"] == 200
        and headers.get(b"content-type", b"").startswith(b"application/json")
        and not headers.keys() & {b"content-encoding", b"vary", b"set-cookie"}
    )
