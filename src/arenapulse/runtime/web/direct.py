"""A whole answer in one write, past uvicorn's `send`.

uvicorn looks at every header twice and writes head and body apart: a tenth of what a hot request
costs. The parts of uvicorn that this relies on are held by `tests/api/test_raw_http.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


def write_whole(
    send: object, *, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes
) -> bool:
    """Writes head and body; False where the server is another or its client reads too slowly.

    The headers are our own, content-length among them: nobody looks at them again.
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
    lines = [b"%b: %b\r\n" % field for field in (*cycle.default_headers, *headers)]
    end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
    cycle.transport.write(b"".join((_status_line(status), *lines, end, body)))
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


@lru_cache(maxsize=64)
def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
