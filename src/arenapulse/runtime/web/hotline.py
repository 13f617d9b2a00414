"""Hot requests answered by the connection that they came by, with no ASGI between.

Scope, cycle, messages and the layers that pass them on cost as much as the handler. What is not
as nearly every request is (a body in chunks, a second request behind the first, an odd path) goes
the long way, which answers alike: `tests/api/test_hotline.py` compares them. The parts of uvicorn
that this relies on are held by `tests/api/test_raw_http.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Any, Final, Protocol

from arenapulse.core.clock import monotonic_seconds
from arenapulse.runtime import log, tracing
from arenapulse.runtime.audit import caller, came_from
from arenapulse.runtime.db import acting
from arenapulse.runtime.web.edge import API, Edge, count, id_of, refused_as
from arenapulse.runtime.web.heads import head_of, lines_of, status_line, written
from arenapulse.runtime.web.hot import Header, HotRequest, HotResponse, HotRoute, Later

_API: Final = API.encode()


class Connection(Protocol):
    """What of an HTTP connection is needed here."""

    cycle: Any
    parser: Any
    transport: Any
    flow: Any
    scheme: Any
    client: tuple[str, int] | None
    url: bytes
    headers: list[Header]
    by_name: Mapping[bytes, bytes]
    expect_100_continue: bool
    tasks: set[asyncio.Task[None]]
    server_state: Any

    def on_response_complete(self) -> None: ...


class _Unheard:
    """Nobody waits to be told that more has come."""

    def set(self) -> None:
        """Uvicorn says so."""


class HotCall:
    """A hot request from its head to its answer: what uvicorn takes for a cycle of its own."""

    __slots__ = (
        "connection",
        "disconnected",
        "keep_alive",
        "more",
        "request",
        "response_complete",
        "response_started",
        "route",
        "started",
        "task",
    )
    message_event: Final = _Unheard()

    def __init__(self, connection: Connection, route: HotRoute, request: HotRequest) -> None:
        self.connection = connection
        self.route = route
        self.request = request
        self.started = monotonic_seconds()
        self.keep_alive: bool = connection.parser.should_keep_alive()
        self.response_started = False
        self.response_complete = False
        self.disconnected = False
        self.task: asyncio.Task[None] | None = None
        self.more: list[bytes] | None = None

    def add(self, body: bytes) -> None:
        """Nearly every body comes in one piece."""
        if not self.request.body:
            self.request.body = body
        elif self.more is None:
            self.more = [self.request.body, body]
        else:
            self.more.append(body)


class Hotline:
    """One a process, for all its connections."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._fixed = {
            scheme: edge.fixed(is_api=True, is_tls=scheme == "https")
            for scheme in ("http", "https")
        }
        self._exact = {
            (route.method.encode(), route.path.encode()): route
            for route in edge.hot.routes
            if "{" not in route.path
        }
        self._dated: tuple[object, bytes] = (None, b"")

    def taken(self, connection: Connection) -> HotCall | None:
        """The request whose head has just come, if it is answered here."""
        parser, headers, cycle = connection.parser, connection.by_name, connection.cycle
        if (
            (cycle is not None and not cycle.response_complete)
            or connection.flow.write_paused
            or connection.expect_100_continue
            or b"transfer-encoding" in headers
            or parser.should_upgrade()
            or (_may_be_older(parser, headers) and parser.get_http_version() != "1.1")
        ):
            return None
        method, url = parser.get_method(), connection.url
        exact = self._exact.get((method, url))
        if exact is not None:
            route, params, path, query = exact, _NO_PARAMS, exact.path, b""
        else:
            if not url.startswith(_API):
                return None
            plain, _, query = url.partition(b"?")
            if b"%" in plain or b"#" in url or not plain.isascii():
                return None
            path = plain.decode()
            match = self._edge.hot.match(method.decode(), path)
            if match is None:
                return None
            route, params = match
        length = headers.get(b"content-length")
        if length is not None and not (length.isdigit() and int(length) <= route.body_max):
            return None
        address = self._edge.client_address(connection.client, headers, connection.headers)
        request = HotRequest(route.method, path, params, query, headers, address)
        return HotCall(connection, route, request)

    def begin(self, call: HotCall) -> None:
        """Its body is whole."""
        route = call.route
        if call.more is not None:
            call.request.body = b"".join(call.more)
        # What a client says of traces is not heard: it would choose what we spend on it.
        is_traced = tracing.is_drawn()
        if route.at_once is None or is_traced:
            self._spawn(call, self._handled(call, is_admitted=False), is_traced=is_traced)
            return
        try:
            self._admit(call)
            found = route.at_once(call.request)
        except Exception as error:  # noqa: BLE001 - the boundary: an envelope, whatever it was
            self._refuse(call, error)
            return
        if found is None:
            self._spawn(call, self._handled(call, is_admitted=True))
        elif isinstance(found, Later):
            found.wanted.add_done_callback(partial(self._answer_later, call, found))
        else:
            self._answer(call, found)

    def _admit(self, call: HotCall) -> None:
        request = call.request
        if not self._edge.admit(call.route, request):
            request.body = b""

    def _answer_later(self, call: HotCall, later: Later, wanted: asyncio.Future[Any]) -> None:
        try:
            found = later.answer(wanted)
        except Exception as error:  # noqa: BLE001 - the boundary
            self._refuse(call, error)
            return
        if isinstance(found, HotResponse):
            self._answer(call, found)
        else:
            self._spawn(call, found)

    async def _handled(self, call: HotCall, *, is_admitted: bool) -> HotResponse:
        if not is_admitted:
            self._admit(call)
        return await call.route.handler(call.request)

    def _spawn(
        self, call: HotCall, work: Awaitable[HotResponse], *, is_traced: bool = False
    ) -> None:
        serve = self._traced if is_traced else self._serve
        call.task = asyncio.create_task(serve(call, work))
        call.connection.tasks.add(call.task)

    async def _traced(self, call: HotCall, work: Awaitable[HotResponse]) -> None:
        with tracing.root("request", was_drawn=True):
            await self._serve(call, work)

    async def _serve(self, call: HotCall, work: Awaitable[HotResponse]) -> None:
        """In a task and a context of its own."""
        request = call.request
        request_id = id_of(request.headers)
        log.request_id.set(request_id.decode())
        came_from.set(request.address)
        # A connection may have begun to read on in the middle of somebody else's request.
        acting.set(None)
        caller.set(None)
        try:
            response = await work
        except Exception as error:  # noqa: BLE001 - the boundary
            await self._edge.refusals.note(error, method=request.method, path=call.route.path)
            response = refused_as(error, path=request.path)
        finally:
            assert call.task is not None
            call.connection.tasks.discard(call.task)
        self._answer(call, response, request_id)

    def _refuse(self, call: HotCall, error: Exception) -> None:
        """Outside of any task: for as long as the error is told of, its request has a name."""
        request_id = id_of(call.request.headers)
        token = log.request_id.set(request_id.decode())
        try:
            response = refused_as(error, path=call.request.path)
        finally:
            log.request_id.reset(token)
        self._answer(call, response, request_id)

    def _answer(
        self, call: HotCall, response: HotResponse, request_id: bytes | None = None
    ) -> None:
        """Writes the whole answer at once, and lets the connection go on."""
        connection, request = call.connection, call.request
        transport = connection.transport
        count(request.method, call.route, response.status, call.started)
        call.response_started = call.response_complete = True
        if call.disconnected or transport.is_closing():
            return
        if request_id is None:
            request_id = id_of(request.headers)
        fixed, rate = self._fixed[connection.scheme], request.rate
        shared = self._edge.cors(request.headers)
        if response.headers or shared or response.status == 304:
            out = ((b"x-request-id", request_id), *shared)
            fixed, lines = head_of(response, fixed=fixed, shared=out, rate=rate)
            head = b"".join((status_line(response.status), fixed.lines, lines_of(lines)))
        else:
            head = written(response, fixed=fixed, request_id=request_id, rate=rate)
        end = b"\r\n" if call.keep_alive else b"connection: close\r\n\r\n"
        transport.write(b"".join((head, self._date(connection), end, response.body)))
        if not call.keep_alive:
            transport.close()
        connection.on_response_complete()

    def _date(self, connection: Connection) -> bytes:
        """What uvicorn says of itself with each answer; it makes it anew every second."""
        headers = connection.server_state.default_headers
        known, lines = self._dated
        if headers is not known:
            lines = lines_of(headers)
            self._dated = (headers, lines)
        return lines


def _may_be_older(parser: Any, headers: Mapping[bytes, bytes]) -> bool:
    """Whether it may be HTTP/1.0, whose connections end unless a header says otherwise."""
    return b"connection" in headers or not parser.should_keep_alive()


_NO_PARAMS: Final[Mapping[str, str]] = {}
