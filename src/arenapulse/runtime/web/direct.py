"""A whole answer in one write, past uvicorn's `send`.

uvicorn looks at every header twice and writes head and body apart: a tenth of what a hot request
costs. The parts of uvicorn that this relies on are held by `tests/api/test_raw_http.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any, TypeAlias

import msgspec
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]


class Fixed(msgspec.Struct, frozen=True):
    """Headers that are the same for many answers, and as they are written."""

    headers: tuple[tuple[bytes, bytes], ...]
    names: frozenset[bytes]
    lines: bytes

    @classmethod
    def of(cls, *headers: tuple[bytes, bytes]) -> Fixed:
        names = frozenset(name for name, _ in headers)
        return cls(headers, names, lines_of(headers))

    def without(self, names: set[bytes]) -> Fixed:
        return Fixed.of(*(header for header in self.headers if header[0] not in names))


def write_whole(
    send: object,
    *,
    status: int,
    headers: Headers,
    fixed: bytes,
    body: bytes,
) -> bool:
    """Writes head and body; False where the server is another or its client reads too slowly.

    The headers are our own, content-length among them: nobody looks at them again. `fixed` are
    such as they are written.
    """
    cycle: Any = getattr(send, "__self__", None)
    if (
        type(cycle) is not RequestResponseCycle
        or cycle.response_started
        or cycle.disconnected
        or cycle.flow.write_paused
    ):
        return False
    cycle.response_started = True
    cycle.waiting_for_100_continue = False
    lines = lines_of((*cycle.default_headers, *headers))
    end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
    cycle.transport.write(b"".join((_status_line(status), fixed, lines, end, body)))
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


def lines_of(headers: Headers) -> bytes:
    """Headers as they are written."""
    return b"".join([b"%b: %b\r\n" % field for field in headers])


@lru_cache(maxsize=64)
def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
