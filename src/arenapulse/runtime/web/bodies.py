"""Bodies of requests as they arrive: what they say they are, read whole within a limit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from arenapulse.core.errors import BodyTooLarge, MalformedBody, UnsupportedMedia

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

_JSON_TYPES: Final = (b"application/json",)


def has_body(headers: Mapping[bytes, bytes]) -> bool:
    return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers


def require_json(headers: Mapping[bytes, bytes]) -> None:
    given = headers.get(b"content-type", b"")
    if given not in _JSON_TYPES and given.split(b";")[0].strip().lower() not in _JSON_TYPES:
        raise UnsupportedMedia


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], *, limit: int) -> bytes:
    """The whole body.

    Raises `BodyTooLarge` as soon as that is known, and `MalformedBody` where the rest never came.
    """
    announced = headers.get(b"content-length")
    if announced is not None and announced.isdigit() and int(announced) > limit:
        raise BodyTooLarge
    message = await receive()
    if message["type"] == "http.disconnect":
        raise MalformedBody("The body ended early.")
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        if len(body) > limit:
            raise BodyTooLarge
        return body
    chunks = [body]
    size = len(body)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise MalformedBody("The body ended early.")
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise BodyTooLarge
    return b"".join(chunks)


def replay(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
