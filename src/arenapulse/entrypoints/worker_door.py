"""What a worker shows on its port: `/metrics`, and `/health/live` while its loop turns.

A thread answers, so that a loop that hangs is told of rather than silent.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import REGISTRY
from prometheus_client.exposition import ThreadingWSGIServer, choose_encoder

from arenapulse.core import clock

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

BEAT_SECONDS: Final = 1.0
# Whoever asks next has it ended, so a long breath is allowed.
SILENT_SECONDS_MAX: Final = 30.0
LIVE: Final = "/health/live"
ASKED_SECONDS_MAX: Final = 10


class Beat:
    """When the loop turned last."""

    def __init__(self, *, silent_seconds_max: float = SILENT_SECONDS_MAX) -> None:
        self._silent_seconds_max = silent_seconds_max
        self._at = clock.monotonic_seconds()

    async def keep(self) -> None:
        """For ever."""
        while True:
            self._at = clock.monotonic_seconds()
            await asyncio.sleep(min(BEAT_SECONDS, self._silent_seconds_max / 4))

    @property
    def is_heard(self) -> bool:
        return clock.monotonic_seconds() - self._at < self._silent_seconds_max


class _Quiet(WSGIRequestHandler):
    timeout = ASKED_SECONDS_MAX

    def handle(self) -> None:
        # Who says nothing keeps no thread.
        with contextlib.suppress(TimeoutError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


def open_door(*, host: str, port: int, beat: Beat) -> ThreadingWSGIServer:
    """Answers until it is shut down, or the process ends."""

    def answer(asked: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if asked["PATH_INFO"] != LIVE:
            encode, kind = choose_encoder(str(asked.get("HTTP_ACCEPT", "")))
            start("200 OK", [("Content-Type", kind)])
            return [encode(REGISTRY)]
        status = HTTPStatus.OK if beat.is_heard else HTTPStatus.SERVICE_UNAVAILABLE
        start(f"{status.value} {status.phrase}", [("Content-Type", "text/plain")])
        return [b"live\n" if beat.is_heard else b"the loop hangs\n"]

    class Door(ThreadingWSGIServer):
        address_family = socket.getaddrinfo(host, port)[0][0]

    door = make_server(host, port, answer, Door, handler_class=_Quiet)
    threading.Thread(target=door.serve_forever, name="worker door", daemon=True).start()
    return door
