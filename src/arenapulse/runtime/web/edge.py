"""The outermost ASGI layer, the same for hot and calm endpoints.

Request id, client address, address limit, body size and type, security headers, CORS, the hot
table, and the last line against exceptions: what leaves here is always an envelope.
"""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from typing import Any, Final

from prometheus_client import Counter

from arenapulse.core.addresses import TrustedProxies, client_of
from arenapulse.core.clock import monotonic_seconds, unix_seconds
from arenapulse.core.errors import (
    Refusal,
    SystemFault,
    TooManyRequests,
    Unavailable,
)
from arenapulse.runtime import log, tracing
from arenapulse.runtime.audit import caller, came_from
from arenapulse.runtime.db import acting, as_unavailable
from arenapulse.runtime.ratelimit import Decision, RateClass, RateLimiter
from arenapulse.runtime.telemetry import REQUESTS, SECONDS
from arenapulse.runtime.web.bodies import (
    Message,
    Receive,
    has_body,
    read_body,
    replay,
    require_json,
)
from arenapulse.runtime.web.direct import Fixed, write_whole
from arenapulse.runtime.web.envelope import refusal_bytes
from arenapulse.runtime.web.hot import Header, HotRequest, HotResponse, HotRoute, HotTable

Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Classify = Callable[[str, str, bytes], RateClass | None]

API: Final = "/api/v1/"
BODY_MAX: Final = 1_000_000
RATE_STATE: Final = "arenapulse.rate"
ADDRESS_STATE: Final = "arenapulse.address"
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._\-]{1,64}\Z")

# WebAssembly reads codes at a gate where the browser cannot; text is not evaluated by it.
_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{scripts}; "
    "style-src 'self'; img-src 'self' data: blob:; connect-src {to}; "
    "frame-src 'self'{scripts}; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "object-src 'none'"
)


def security_headers(*uploads: str, scripts: Sequence[str] = ()) -> tuple[Header, ...]:
    """For every answer; files may be sent from our pages to `uploads`, beside ourselves.

    `scripts` are origins of vendors whose scripts and frames our pages may hold.
    """
    to = " ".join(("'self'", "ws:", "wss:", *uploads, *scripts))
    others = "".join(f" {origin}" for origin in scripts)
    return (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"content-security-policy", _POLICY.format(scripts=others, to=to).encode()),
    )


SECURITY_HEADERS: Final = security_headers()
DOCUMENT_HEADERS: Final[tuple[Header, ...]] = (
    (b"cross-origin-opener-policy", b"same-origin-allow-popups"),
    (b"permissions-policy", b"camera=(self), geolocation=(self), microphone=(), usb=(), midi=()"),
)
"""On pages besides: what they may ask of a device, and who may hold on to their window."""
_HSTS: Final[Header] = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_JSON_HEADER: Final[Header] = (b"content-type", b"application/json")
NO_STORE: Final[Header] = (b"cache-control", b"no-store")
"""On every answer of the API that does not say itself who may keep it."""

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
        trusted_proxies: TrustedProxies,
        cors_origins: tuple[str, ...],
        upload_origins: tuple[str, ...],
        script_origins: tuple[str, ...],
        running: Callable[[], AbstractAsyncContextManager[None]],
        describe: Callable[[], dict[str, Any]],
    ) -> None:
        self.running = running
        """Opens what the application needs, for who serves it without a lifespan protocol."""
        self.describe = describe
        """The OpenAPI document of everything behind this edge."""
        self._calm = calm
        self._hot = hot
        self._limiter = limiter
        self._classify = classify
        self._proxies = trusted_proxies
        security = security_headers(*upload_origins, scripts=script_origins)
        self._fixed = {
            (is_api, is_tls): Fixed.of(
                *security, *((NO_STORE,) if is_api else DOCUMENT_HEADERS), *((_HSTS,) * is_tls)
            )
            for is_api in (False, True)
            for is_tls in (False, True)
        }
        self._origins = frozenset(origin.encode() for origin in cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._calm(scope, receive, send)
            return
        if not tracing.is_on():
            await self._serve(scope, receive, send)
            return
        # What a client says of traces is not heard: it would choose what we spend on it.
        with tracing.root("request"):
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = _id_of(headers)
        token = log.request_id.set(request_id.decode())
        method: str = scope["method"]
        if method == "HEAD":
            # A GET to everybody behind us; the body stays here.
            scope = {**scope, "method": "GET"}
        scope[ADDRESS_STATE] = address = self.client_address(scope, headers)
        place = came_from.set(address)
        nobody, unnamed = acting.set(None), caller.set(None)
        fixed = self._fixed[scope["path"].startswith(API), scope.get("scheme") == "https"]
        out = [(b"x-request-id", request_id), *self._cors(headers)]
        answer = _Answer(send, out, scope, fixed=fixed, is_head=method == "HEAD")
        started = monotonic_seconds()
        match: tuple[HotRoute, dict[str, str]] | None = None
        try:
            if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
                await answer.whole(HotResponse(204, b"", list(_PREFLIGHT)))
                return
            match = self._hot.match(scope["method"], scope["path"])
            if match is None:
                await self._serve_calm(scope, receive, answer, headers)
            else:
                await self._serve_hot(match, scope, receive, answer, headers)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it was, the client gets an envelope
            refusal = _as_refusal(error)
            if isinstance(refusal, Unavailable) and refusal is not error:
                # Thousands of times a second where the database is away: a word each must do.
                _log.warning(
                    "unavailable", path=scope["path"], error=log.name_of(refusal.__cause__)
                )
            elif refusal.status >= 500 and refusal is not error:
                _log.error("request failed", path=scope["path"], exc_info=error)
            if not answer.started:
                await answer.whole(_refused(refusal))
        finally:
            seconds = monotonic_seconds() - started
            _counter(method, answer.status).inc()
            SECONDS.observe(seconds, tracing.exemplar() if tracing.is_on() else None)
            if tracing.is_on():
                tracing.note(method=method, route=_path(match), status=answer.status)
            if match is None and scope["path"].startswith(API):
                _log.info(
                    "request",
                    method=method,
                    path=scope["path"],
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
        rate = self._limiter.by_address(route.rate_class, address, now_seconds=unix_seconds())
        scope[RATE_STATE] = rate
        if not rate.allowed:
            raise TooManyRequests(retry_after_seconds=rate.reset_seconds)
        body = b""
        if route.method in _WITH_BODY and (has_body(headers) or not route.is_body_optional):
            require_json(headers)
            body = await read_body(receive, headers, limit=route.body_max)
        request = HotRequest(
            route.method, scope["path"], params, scope["query_string"], headers, address, body, rate
        )
        try:
            response = await route.handler(request)
        finally:
            scope[RATE_STATE] = request.rate
        await answer.whole(response)

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

    def client_address(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        """The nearest address that no trusted proxy of ours has."""
        client = scope.get("client")
        forwarded = headers.get(b"x-forwarded-for", b"")
        if forwarded:
            # Proxies may add lines of their own; together they are one list.
            lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            forwarded = b",".join(lines)
        peer = client[0] if client else None
        return client_of(peer, forwarded=forwarded.decode("latin-1"), proxies=self._proxies)

    def _cors(self, headers: dict[bytes, bytes]) -> tuple[Header, ...]:
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
            message["headers"] = [*message["headers"], *extra, *self._rate()]
        elif self._is_head:
            message["body"] = b""
        await self._send(message)

    async def whole(self, response: HotResponse) -> None:
        """Sends one document: JSON, if the response does not say otherwise; 304 has none."""
        self.started = True
        self.status = response.status
        body = b"" if self._is_head else response.body
        about: list[Header] = []
        if response.status != 304:
            about.append((b"content-length", b"%d" % len(response.body)))
        fixed = self._fixed
        if not response.headers:
            if response.status != 304:
                about.append(_JSON_HEADER)
            start = [*about, *self._headers, *self._rate()]
        else:
            own = {name for name, _ in response.headers}
            if response.status != 304 and b"content-type" not in own:
                about.append(_JSON_HEADER)
            # A handler that varies by more than we do has said so itself.
            shared = [header for header in self._headers if header[0] not in own]
            if not fixed.names.isdisjoint(own):
                fixed = fixed.without(own)
            start = [*about, *response.headers, *shared, *self._rate()]
        if response.status != 304 and write_whole(
            self._send, status=response.status, headers=start, fixed=fixed.lines, body=body
        ):
            return
        start = [*fixed.headers, *start]
        await self._send(
            {"type": "http.response.start", "status": response.status, "headers": start}
        )
        await self._send({"type": "http.response.body", "body": body})

    def _rate(self) -> list[Header]:
        rate: Decision | None = self._scope.get(RATE_STATE)
        if rate is None:
            return []
        return [
            (b"ratelimit-limit", b"%d" % rate.limit),
            (b"ratelimit-remaining", b"%d" % rate.remaining),
            (b"ratelimit-reset", b"%d" % rate.reset_seconds),
        ]


def _id_of(headers: dict[bytes, bytes]) -> bytes:
    given = headers.get(b"x-request-id")
    if given is not None and _REQUEST_ID.match(given):
        return given
    return b"%016x" % _ids.getrandbits(64)


def _path(match: tuple[HotRoute, dict[str, str]] | None) -> str:
    return match[0].path if match else ""


@lru_cache(maxsize=512)
def _counter(method: str, status: int) -> Counter:
    # Looking a labelled counter up costs more than counting.
    return REQUESTS.labels(method if method in _METHODS else "OTHER", str(status))


def _as_refusal(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    return as_unavailable(error) or SystemFault()


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
