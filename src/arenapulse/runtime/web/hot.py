"""The table of hot endpoints: raw ASGI with msgspec, dispatched ahead of FastAPI.

FastAPI costs about 300 µs a request, a hot handler 55–60. They stand in the same OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from arenapulse.core.errors import TooManyRequests
from arenapulse.runtime.ratelimit import Decision, RateClass

Header = tuple[bytes, bytes]


@dataclass(slots=True)
class HotRequest:
    """One request, body read whole (≤ `body_max`); header names in lower case."""

    method: str
    path: str
    params: Mapping[str, str]
    query: bytes
    headers: Mapping[bytes, bytes]
    address: str
    body: bytes
    # The tighter of the limits that were counted; the edge writes it into the answer.
    rate: Decision | None = None

    def obey(self, rate: Decision) -> None:
        """Shows the tighter limit in the answer; raises `TooManyRequests`."""
        if self.rate is None or not rate.allowed or rate.remaining < self.rate.remaining:
            self.rate = rate
        if not rate.allowed:
            raise TooManyRequests(retry_after_seconds=rate.reset_seconds)


@dataclass(slots=True)
class HotResponse:
    """`body` is the whole envelope, or what a content type among the headers says."""

    status: int
    body: bytes
    headers: list[Header] = field(default_factory=list[Header])


HotHandler = Callable[[HotRequest], Awaitable[HotResponse]]


@dataclass(frozen=True)
class HotRoute:
    """`path` is a template like `/api/v1/events/{event_id}/availability`.

    `operation` is its OpenAPI operation object; msgspec types named in `schemas` become components.
    `public` says that no token is needed.
    """

    method: str
    path: str
    handler: HotHandler
    rate_class: RateClass
    operation: Mapping[str, Any]
    schemas: tuple[type, ...] = ()
    public: bool = False
    body_max: int = 1_000_000
    is_body_optional: bool = False


class HotTable:
    def __init__(self, routes: list[HotRoute]) -> None:
        self.routes = tuple(routes)
        self._exact: dict[tuple[str, str], HotRoute] = {}
        self._patterns: dict[tuple[str, int], list[tuple[tuple[str | None, ...], HotRoute]]] = {}
        for route in routes:
            if "{" not in route.path:
                self._exact[route.method, route.path] = route
                continue
            parts = tuple(None if part.startswith("{") else part for part in route.path.split("/"))
            self._patterns.setdefault((route.method, len(parts)), []).append((parts, route))

    def match(self, method: str, path: str) -> tuple[HotRoute, dict[str, str]] | None:
        route = self._exact.get((method, path))
        if route is not None:
            return route, {}
        given = path.split("/")
        for parts, candidate in self._patterns.get((method, len(given)), ()):
            if all(part is None or part == have for part, have in zip(parts, given, strict=True)):
                names = [p[1:-1] for p in candidate.path.split("/") if p.startswith("{")]
                values = [have for part, have in zip(parts, given, strict=True) if part is None]
                return candidate, dict(zip(names, values, strict=True))
        return None

    def methods(self, path: str) -> set[str]:
        """The methods that hot routes answer on this path."""
        known = {route.method for route in self.routes}
        return {method for method in known if self.match(method, path)}
