"""What stands ahead of every answer: what browsers may do with it, and how long it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Final

import msgspec

from arenapulse.runtime.ratelimit import Decision
from arenapulse.runtime.web.hot import Header, HotResponse

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
HSTS: Final[Header] = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
NO_STORE: Final[Header] = (b"cache-control", b"no-store")
"""On every answer of the API that does not say itself who may keep it."""
_JSON: Final[Header] = (b"content-type", b"application/json")


class Fixed(msgspec.Struct, frozen=True, eq=False):
    """Headers that are the same for many answers, and as they are written."""

    headers: tuple[Header, ...]
    names: frozenset[bytes]
    lines: bytes

    @classmethod
    def of(cls, *headers: Header) -> Fixed:
        names = frozenset(name for name, _ in headers)
        return cls(headers, names, lines_of(headers))

    def without(self, names: frozenset[bytes]) -> Fixed:
        return self if self.names.isdisjoint(names) else _without(self, names)


@lru_cache(maxsize=256)
def _without(fixed: Fixed, names: frozenset[bytes]) -> Fixed:
    return Fixed.of(*(header for header in fixed.headers if header[0] not in names))


def lines_of(headers: Sequence[Header]) -> bytes:
    """Headers as they are written."""
    return b"".join([b"%b: %b\r\n" % field for field in headers])


def head_of(
    response: HotResponse, *, fixed: Fixed, shared: Sequence[Header], rate: Decision | None
) -> tuple[Fixed, list[Header]]:
    """The headers of one document; what it says itself it says alone.

    JSON, if it does not say otherwise; 304 has no length and no type.
    """
    own = frozenset([name for name, _ in response.headers])
    headers: list[Header] = []
    if response.status != 304:
        headers.append((b"content-length", b"%d" % len(response.body)))
        if b"content-type" not in own:
            headers.append(_JSON)
    headers += response.headers
    # A handler that varies by more than we do has said so itself.
    headers += [header for header in shared if header[0] not in own]
    return fixed.without(own), [*headers, *rate_headers(rate)]


def rate_headers(rate: Decision | None) -> tuple[Header, ...]:
    if rate is None:
        return ()
    return (
        (b"ratelimit-limit", b"%d" % rate.limit),
        (b"ratelimit-remaining", b"%d" % rate.remaining),
        (b"ratelimit-reset", b"%d" % rate.reset_seconds),
    )


def written(
    response: HotResponse, *, fixed: Fixed, request_id: bytes, rate: Decision | None
) -> bytes:
    """Status and headers up to the last, of an answer whose handler sets none: as `head_of`."""
    line = status_line(response.status)
    if rate is None:
        return _PLAIN % (line, fixed.lines, len(response.body), request_id)
    return _LIMITED % (
        *(line, fixed.lines, len(response.body), request_id),
        *(rate.limit, rate.remaining, rate.reset_seconds),
    )


_PLAIN: Final = b"%b%bcontent-length: %d\r\ncontent-type: application/json\r\nx-request-id: %b\r\n"
_LIMITED: Final = (
    _PLAIN + b"ratelimit-limit: %d\r\nratelimit-remaining: %d\r\nratelimit-reset: %d\r\n"
)


@lru_cache(maxsize=64)
def status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
