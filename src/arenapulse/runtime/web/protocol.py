"""HTTP before it is a request: what cannot be read, comes too slowly or is too much is refused.

In the envelope, and before anything is spent on it. What both roads and the sockets must agree
about is judged here too: a head has an end, one Host, and one of what says who is asking.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from arenapulse.core.addresses import NOWHERE, counted_as
from arenapulse.core.errors import HeadersTooLarge, MalformedBody, Refusal, RequestTimeout
from arenapulse.runtime.web.doors import BODY, HEAD, IDLE, SERVED, Doors, Stage
from arenapulse.runtime.web.edge import id_of
from arenapulse.runtime.web.envelope import refusal_bytes
from arenapulse.runtime.web.heads import SECURITY_HEADERS
from arenapulse.runtime.web.hotline import HotCall, Hotline

HEAD_BYTES_MAX: Final = 65_536
HEADERS_MAX: Final = 128
# A byte of a body may come in a chunk of its own; more around it than this is none of the body.
WIRE_BYTES_A_BYTE: Final = 8
ONCE: Final = (b"host", b"authorization", b"content-length")
_HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*\Z")


class HttpProtocol(HttpToolsProtocol):
    """One connection. `protocol(doors)` makes the class for `uvicorn.Config(http=…)`."""

    doors: Doors
    hotline: Hotline | None = None
    """Answers what is hot; the application answers the rest, or all where there is none."""
    by_name: Mapping[bytes, bytes]
    """The headers of the message whose head is through."""
    # Neither is there all the time, whatever uvicorn's annotations say.
    parser: Any
    cycle: Any

    address = NOWHERE
    stage = Stage.HEAD
    since = 0.0
    received = 0
    unread = 0
    unread_since = 0.0

    # Of the message that is being read: whether it has begun, and whether its head is through.
    _is_begun = False
    _is_past_head = False
    _head_bytes = 0
    _beside_body = 0
    _is_over = False
    # Nobody's here: the application never sees it.
    _is_elsewhere = False
    _last_word: Refusal | None = None

    # Called by the transport.

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.client is not None:
            self.address = counted_as(self.client[0])
        refusal = self.doors.enter(self)
        if refusal is not None:
            self._refuse(refusal)

    def connection_lost(self, exc: Exception | None) -> None:
        self.doors.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        if self._is_past_head:
            self._beside_body += len(data)
        else:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_over:
            return
        if not self._is_begun:
            # An answer may have gone out already, and with it the time between two requests begun.
            stage = IDLE if self._is_at_rest() else SERVED
        elif max(self._head_bytes, self._beside_body) > HEAD_BYTES_MAX:
            # Endless trailers and chunk extensions are heads as well.
            self._refuse(HeadersTooLarge())
            return
        elif self._is_past_head:
            stage = BODY
        else:
            stage = HEAD
        if stage is not self.stage and not (stage is IDLE and self.cycle is None):
            self.doors.move(self, stage)

    # Called by the parser.

    def on_message_begin(self) -> None:
        if self._is_over:
            return
        self._is_begun, self._is_past_head = True, False
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_headers_complete(self) -> None:
        if self._is_over:
            return
        refusal = self._judged()
        if refusal is not None:
            self._refuse(refusal)
            return
        self._head_bytes = self._beside_body = self.received = 0
        self.begin_request()
        self._is_past_head = True
        if not self.parser.should_upgrade():
            # The application has the list; trailers are not for it.
            self.headers = []

    def begin_request(self) -> None:
        """The head is good: the application may have it."""
        call = None if self.hotline is None else self.hotline.taken(self)
        if call is not None:
            self.cycle = call
            return
        # Uvicorn makes a scope for each message; what is answered here needs none.
        url, headers, is_expecting = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, is_expecting
        self.headers += headers
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._is_over:
            return
        self._beside_body -= len(body) * WIRE_BYTES_A_BYTE
        self.take_body(body)

    def take_body(self, body: bytes) -> None:
        cycle = self.cycle
        if not cycle.response_complete:
            self.received += len(body)
        if isinstance(cycle, HotCall):
            cycle.add(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._is_over:
            return
        self._is_begun = self._is_past_head = False
        self.end_request()

    def end_request(self) -> None:
        if isinstance(self.cycle, HotCall):
            assert self.hotline is not None
            self.hotline.begin(self.cycle)
        else:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(MalformedBody(msg))

    def handle_websocket_upgrade(self) -> None:
        if self._is_over:
            return
        self.doors.leave(self)
        super().handle_websocket_upgrade()

    # Called by the answer.

    def on_response_complete(self) -> None:
        """As uvicorn's, without a timer for each answer: the doors look at the silent ones."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._last_word is not None:
            self._write_and_close(self._last_word)
        elif self.stage is IDLE:
            # As nearly always: the whole request came at once.
            self.since = self.doors.now
        elif not self._is_begun:
            self.doors.move(self, IDLE)

    # Called by the doors.

    def waiting_bytes(self) -> int:
        return self.transport.get_write_buffer_size()

    def time_out(self) -> None:
        self._refuse(RequestTimeout())

    def cut(self) -> None:
        self.transport.abort()

    def _judged(self) -> Refusal | None:
        """What is wrong with a head that is well-formed."""
        if len(self.headers) > HEADERS_MAX or (
            self._head_bytes > HEAD_BYTES_MAX and self._exact_head_bytes() > HEAD_BYTES_MAX
        ):
            return HeadersTooLarge()
        self.by_name = by_name = dict(self.headers)
        if len(by_name) != len(self.headers):
            names = [name for name, _ in self.headers]
            for name in ONCE:
                if names.count(name) > 1:
                    return MalformedBody(f"The header {name.decode()} stands there twice.")
        host = by_name.get(b"host")
        if host is None:
            # Older than the header are only clients that say so.
            if self.parser.get_http_version() != "1.0":
                return MalformedBody("The header host is missing.")
        elif not _HOST.match(host):
            return MalformedBody("The header host is not a host.")
        return None

    def _exact_head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _is_at_rest(self) -> bool:
        return not self.pipeline and (self.cycle is None or self.cycle.response_complete)

    def _refuse(self, refusal: Refusal) -> None:
        """Answers instead of the application, after what is being answered; then nothing more."""
        if self._is_over or self.transport.is_closing():
            return
        self._is_over = True
        cycle = self.cycle
        if self._is_past_head and not self._is_elsewhere:
            # The application has its head already, or will when those before it are answered.
            if self.pipeline:
                self.pipeline.popleft()
            else:
                self._take_back(refusal)
                return
        if self.pipeline or (cycle is not None and not cycle.response_complete):
            self._last_word = refusal
            self.flow.pause_reading()
            self.doors.move(self, Stage.SERVED)
            return
        self._write_and_close(refusal)

    def _take_back(self, refusal: Refusal) -> None:
        cycle = self.cycle
        if cycle.response_started:
            self.transport.close()
            return
        cycle.disconnected = True
        cycle.message_event.set()
        self._write_and_close(refusal)

    def _write_and_close(self, refusal: Refusal) -> None:
        body = refusal_bytes(refusal)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"x-request-id", id_of(self.by_name if self._is_past_head else {})),
            (b"connection", b"close"),
            *SECURITY_HEADERS,
        ]
        if refusal.retry_after_seconds is not None:
            headers.append((b"retry-after", b"%d" % refusal.retry_after_seconds))
        status = HTTPStatus(refusal.status)
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
        if self._is_begun and self.parser.get_method() == b"HEAD":
            body = b""
        lines = b"".join(b"%b: %b\r\n" % pair for pair in headers)
        self.transport.write(head + lines + b"\r\n" + body)
        # What is still coming is read and forgotten: closed over it, the answer would be lost.
        self.flow.resume_reading()
        self.transport.write_eof()
        self.doors.move(self, Stage.LEAVING)


def protocol(doors: Doors, hotline: Hotline | None = None) -> type[HttpProtocol]:
    """The class for uvicorn's `http=`, bound to the doors and the hotline of a process."""
    return type("BoundHttpProtocol", (HttpProtocol,), {"doors": doors, "hotline": hotline})
