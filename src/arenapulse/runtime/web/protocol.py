"""HTTP before it is a request: what cannot be read is refused in the envelope, a head has an end.

uvicorn answers broken HTTP in plain text, and reads a head for as long as somebody sends one.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from arenapulse.core.errors import HeadersTooLarge, MalformedBody, Refusal
from arenapulse.runtime.web.edge import SECURITY_HEADERS
from arenapulse.runtime.web.envelope import refusal_bytes

HEAD_BYTES_MAX: Final = 65_536
"""Judged when what has arrived is not yet a whole head; one that comes at once may be larger."""


class HttpProtocol(HttpToolsProtocol):
    """One connection. Give the class to `uvicorn.Config(http=…)`."""

    _in_head = True
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self._refuse(HeadersTooLarge())

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(MalformedBody(msg))

    def _refuse(self, refusal: Refusal) -> None:
        body = refusal_bytes(refusal)
        headers = (
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            *SECURITY_HEADERS,
        )
        status = HTTPStatus(refusal.status)
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
        transport: asyncio.Transport | Any = self.transport
        transport.write(head + b"".join(b"%b: %b\r\n" % pair for pair in headers) + b"\r\n" + body)
        transport.close()
