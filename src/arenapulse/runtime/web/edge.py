"""The outermost ASGI layer, the same for hot and calm endpoints.

Request id, client address, address limit, body size and type, security headers, CORS, the hot
table, and the last line against exceptions: what leaves here is always an envelope.
"""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from arenapulse.core.addresses import TrustedProxies, client_of
from arenapulse.core.clock import monotonic_seconds, unix_seconds
from arenapulse.core.errors import Refusal, SystemFault, TooManyRequests, Unavailable
from arenapulse.runtime import log, tracing
from arenapulse.runtime.audit import caller, came_from
from arenapulse.runtime.db import acting, as_unavailable
from arenapulse.runtime.ratelimit import RateClass, RateLimiter
from arenapulse.runtime.telemetry import ANSWERS
from arenapulse.runtime.web.bodies import (
    Message,
    Receive,
    has_body,
    read_body,
    replay,
    require_json,
)
from arenapulse.runtime.web.envelope import refusal_bytes
from arenapulse.runtime.web.heads import (
    DOCUMENT_HEADERS,
    HSTS,
    NO_STORE,
    Fixed,
    head_of,
    rate_headers,
    security_headers,
)
from arenapulse.runtime.web.hot import Header, HotRequest, HotResponse, HotRoute, HotTable
from arenapulse.runtime.web.refusing import Refusals

Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Classify = Callable[[str, str, bytes], RateClass | None]

API: Final = "/api/v1/"
BODY_MAX: Final = 1_000_000
RATE_STATE: Final = "arenapulse.rate"
ADDRESS_STATE: Final = "arenapulse.address"
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._\-]{1,64}\Z")
_TOKEN = re.compile(r"[A-Za-z0-9_.=\-]{40,}")

_log = log.logger("web")
# Names a request in logs, protects nothing: no system call for each.
_ids = random.Random()  # noqa: S311


class Edge:
    def __init__(
        self,
        calm: Asgi,
        *,
        hot: HotTable,
        limiter: RateLimiter,
        classify: Classify,
        refusals: Refusals,
        trusted_proxies: TrustedProxies,
        cors_origins: tuple[str, ...],
        upload_origins: tuple[str, ...],
        script_origins: tuple[str, ...],
        is_reached_by_tls: bool,
        running: Callable[[], AbstractAsyncContextManager[None]],
        describe: Callable[[], dict[str, Any]],
    ) -> None:
        self.running = running
        """Opens what the application needs, for who serves it without a lifespan protocol."""
        self.describe = describe
        """The OpenAPI document of everything behind this edge."""
        self.hot = hot
        self.refusals = refusals
        self._calm = calm
        self._limiter = limiter
        self._classify = classify
        self._proxies = trusted_proxies
        # People come by TLS though a proxy ends it and speaks plainly to us.
        self._is_reached_by_tls = is_reached_by_tls
        security = security_headers(*upload_origins, scripts=script_origins)
        self._fixed = {
            (is_api, is_tls): Fixed.of(
                *security, *((NO_STORE,) if is_api else DOCUMENT_HEADERS), *((HSTS,) * is_tls)
            )
            for is_api in (False, True)
            for is_tls in (False, True)
        }
        self._origins = frozenset(origin.encode() for origin in cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._calm(scope, receive, send)
            return
        # What a client says of traces is not heard: it would choose what we spend on it.
        if not tracing.is_drawn():
            await self._serve(scope, receive, send)
            return
        with tracing.root("request", was_drawn=True):
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = id_of(headers)
        token = log.request_id.set(request_id.decode())
        method: str = scope["method"]
        if method == "HEAD":
            # A GET to everybody behind us; the body stays here.
            scope = {**scope, "method": "GET"}
        scope[ADDRESS_STATE] = address = self.client_address(
            scope.get("client"), headers, scope["headers"]
        )
        place = came_from.set(address)
        nobody, unnamed = acting.set(None), caller.set(None)
        is_api: bool = scope["path"].startswith(API)
        fixed = self.fixed(is_api=is_api, is_tls=scope.get("scheme") == "https")
        out = [(b"x-request-id", request_id), *self.cors(headers)]
        answer = _Answer(send, out, scope, fixed=fixed, is_head=method == "HEAD")
        started = monotonic_seconds()
        match: tuple[HotRoute, dict[str, str]] | None = None
        try:
            if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
                await answer.whole(HotResponse(204, b"", list(_PREFLIGHT)))
                return
            match = self.hot.match(scope["method"], scope["path"])
            if match is None:
                await self._serve_calm(scope, receive, answer, headers)
            else:
                await self._serve_hot(match, scope, receive, answer, headers)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it was, the client gets an envelope
            if match is not None:
                await self.refusals.note(error, method=method, path=match[0].path)
            refused = refused_as(error, path=scope["path"])
            if not answer.started:
                await answer.whole(refused)
        finally:
            seconds = count(
                *(method, None if match is None else match[0], answer.status, started),
                # Whoever found it wrote it down; what nobody serves has none.
                calm=getattr(scope.get("route"), "path", ""),
            )
            if match is None and is_api:
                _log.info(
                    "request",
                    method=method,
                    path=spoken(scope["path"]),
                    status=answer.status,
                    milliseconds=round(seconds * 1000, 1),
                )
            log.request_id.reset(token)
            came_from.reset(place)
            acting.reset(nobody)
            caller.reset(unnamed)

    async def _serve_hot(
        self,
        match: tuple[HotRoute, dict[str, str]],
        scope: Scope,
        receive: Receive,
        answer: _Answer,
        headers: dict[bytes, bytes],
    ) -> None:
        route, params = match
        address: str = scope[ADDRESS_STATE]
        request = HotRequest(
            route.method, scope["path"], params, scope["query_string"], headers, address
        )
        try:
            if self.admit(route, request):
                request.body = await read_body(receive, headers, limit=route.body_max)
            response = await route.answer(request)
        finally:
            scope[RATE_STATE] = request.rate
        await answer.whole(response)

    def admit(self, route: HotRoute, request: HotRequest) -> bool:
        """Counts the request's address; whether its body is JSON to be read.

        Raises `TooManyRequests` and `UnsupportedMedia`.
        """
        request.obey(
            self._limiter.by_address(route.rate_class, request.address, now_seconds=unix_seconds())
        )
        if route.method not in _WITH_BODY:
            return False
        if route.is_body_optional and not has_body(request.headers):
            return False
        require_json(request.headers)
        return True

    async def _serve_calm(
        self, scope: Scope, receive: Receive, answer: _Answer, headers: dict[bytes, bytes]
    ) -> None:
        kind = self._classify(scope["method"], scope["path"], scope["query_string"])
        if kind is not None:
            rate = self._limiter.by_address(kind, scope[ADDRESS_STATE], now_seconds=unix_seconds())
            scope[RATE_STATE] = rate
            if not rate.allowed:
                raise TooManyRequests(retry_after_seconds=rate.reset_seconds)
        if scope["method"] in _WITH_BODY and scope["path"].startswith(API) and has_body(headers):
            if not scope["path"].startswith(API + "webhooks/"):
                require_json(headers)
            receive = replay(await read_body(receive, headers, limit=BODY_MAX))
        await self._calm(scope, receive, answer)

    def fixed(self, *, is_api: bool, is_tls: bool) -> Fixed:
        """What every answer of the kind carries."""
        return self._fixed[is_api, is_tls or self._is_reached_by_tls]

    def client_address(
        self,
        client: tuple[str, int] | None,
        headers: Mapping[bytes, bytes],
        fields: Iterable[Header],
    ) -> str:
        """The nearest address that no trusted proxy of ours has; `fields` are all the headers."""
        forwarded = headers.get(b"x-forwarded-for", b"")
        if forwarded:
            # Proxies may add lines of their own; together they are one list.
            lines = [value for name, value in fields if name == b"x-forwarded-for"]
            forwarded = b",".join(lines)
        peer = client[0] if client else None
        return client_of(peer, forwarded=forwarded.decode("latin-1"), proxies=self._proxies)

    def cors(self, headers: Mapping[bytes, bytes]) -> tuple[Header, ...]:
        origin = headers.get(b"origin")
        if origin is None or origin not in self._origins:
            return ()
        return (
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", _EXPOSED),
            (b"vary", b"Origin"),
        )


class _Answer:
    """Wraps `send`: adds the headers that every answer carries, and remembers the status."""

    def __init__(
        self, send: Send, headers: list[Header], scope: Scope, *, fixed: Fixed, is_head: bool
    ) -> None:
        self._send = send
        self._fixed = fixed
        self._headers = headers
        self._scope = scope
        self._is_head = is_head
        self.status = 0
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            own = {name for name, _ in message["headers"]}
            shared = (*self._fixed.headers, *self._headers)
            extra = [header for header in shared if header[0] not in own]
            rate = rate_headers(self._scope.get(RATE_STATE))
            message["headers"] = [*message["headers"], *extra, *rate]
        elif self._is_head:
            message["body"] = b""
        await self._send(message)

    async def whole(self, response: HotResponse) -> None:
        """Sends one document: JSON, if the response does not say otherwise; 304 has none."""
        self.started = True
        self.status = response.status
        rate = self._scope.get(RATE_STATE)
        fixed, own = head_of(response, fixed=self._fixed, shared=self._headers, rate=rate)
        start = [*fixed.headers, *own]
        await self._send(
            {"type": "http.response.start", "status": response.status, "headers": start}
        )
        body = b"" if self._is_head else response.body
        await self._send({"type": "http.response.body", "body": body})


def id_of(headers: Mapping[bytes, bytes]) -> bytes:
    """What a request is called by in logs: as its sender says, where that is a name."""
    given = headers.get(b"x-request-id")
    if given is not None and _REQUEST_ID.match(given):
        return given
    return b"%016x" % _ids.getrandbits(64)


def count(
    method: str, route: HotRoute | None, status: int, started: float, *, calm: str = ""
) -> float:
    """Counts an answer; the seconds that it took."""
    now = monotonic_seconds()
    seconds = now - started
    if method not in _METHODS:
        method = "OTHER"
    example = tracing.exemplar()
    ANSWERS.add(method, status, seconds, example)
    if example is not None:
        tracing.note(method=method, route=calm if route is None else route.path, status=status)
    if route is not None and route.note is not None:
        route.note(at=now, seconds=seconds)
    return seconds


def spoken(path: str) -> str:
    """A path for a log: the token of a mail's link, which is longer than any id, is not in it."""
    return _TOKEN.sub("[hidden]", path)


def refused_as(error: Exception, *, path: str) -> HotResponse:
    """What the client is told of an error; a bug of ours is logged."""
    refusal = error if isinstance(error, Refusal) else as_unavailable(error) or SystemFault()
    if isinstance(refusal, Unavailable) and refusal is not error:
        # Thousands of times a second where the database is away: a word each must do.
        _log.warning("unavailable", path=spoken(path), error=log.name_of(refusal.__cause__))
    elif refusal.status >= 500 and refusal is not error:
        _log.error("request failed", path=spoken(path), exc_info=error)
    return _refused(refusal)


def _refused(refusal: Refusal) -> HotResponse:
    headers: list[Header] = []
    if refusal.retry_after_seconds is not None:
        headers.append((b"retry-after", str(refusal.retry_after_seconds).encode()))
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return HotResponse(refusal.status, refusal_bytes(refusal), headers)


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_EXPOSED: Final = (
    b"X-Request-Id, ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
    b"Idempotent-Replayed"
)
_ALLOWED_HEADERS: Final = (
    b"Authorization, Content-Type, Idempotency-Key, If-Match, X-Queue-Pass, X-Request-Id, "
    b"X-Token-Transport"
)
_PREFLIGHT: Final[tuple[Header, ...]] = (
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        _ALLOWED_HEADERS,
    ),
    (b"access-control-max-age", b"600"),
)
