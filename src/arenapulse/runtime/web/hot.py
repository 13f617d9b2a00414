"""The table of hot endpoints: msgspec and plain functions, dispatched ahead of FastAPI.

FastAPI costs about 300 µs a request, a hot handler 30–35. They stand in the same OpenAPI document.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from arenapulse.core.errors import TooManyRequests
from arenapulse.runtime.ratelimit import Decision, RateClass

Header = tuple[bytes, bytes]


class HotRequest(msgspec.Struct):
    """One request, body read whole (≤ `body_max`); header names in lower case."""

    method: str
    path: str
    params: Mapping[str, str]
    query: bytes
    headers: Mapping[bytes, bytes]
    address: str
    body: bytes = b""
    # The tighter of the limits that were counted; the edge writes it into the answer.
    rate: Decision | None = None

    def obey(self, rate: Decision) -> None:
        """Shows the tighter limit in the answer; raises `TooManyRequests`."""
        if self.rate is None or not rate.allowed or rate.remaining < self.rate.remaining:
            self.rate = rate
        if not rate.allowed:
            raise TooManyRequests(retry_after_seconds=rate.reset_seconds)


class HotResponse(msgspec.Struct):
    """`body` is the whole envelope, or what a content type among the headers says."""

    status: int
    body: bytes
    headers: Sequence[Header] = ()


class Later(msgspec.Struct):
    """An answer for which one future is waited, and then seldom for more."""

    wanted: asyncio.Future[Any]
    answer: Callable[[asyncio.Future[Any]], HotResponse | Awaitable[HotResponse]]
    """Called with the future once it is done; raises what the request is refused with."""


class Note(Protocol):
    def __call__(self, *, at: float, seconds: float) -> None: ...


HotHandler = Callable[[HotRequest], Awaitable[HotResponse]]
AtOnce = Callable[[HotRequest], HotResponse | Later | None]


@dataclass(frozen=True)
class HotRoute:
    """`path` is a template like `/api/v1/events/{event_id}/availability`.

    `operation` is its OpenAPI operation object; msgspec types named in `schemas` become components.
    `public` says that no token is needed.
    `at_once` is asked before `handler` and answers without a task of its own what it can; None
    where it cannot, and then it has done nothing. `note` hears when and how long it took.
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
    at_once: AtOnce | None = None
    note: Note | None = None

    async def answer(self, request: HotRequest) -> HotResponse:
        """Raises what the request is refused with."""
        found = None if self.at_once is None else self.at_once(request)
        if found is None:
            return await self.handler(request)
        if isinstance(found, HotResponse):
            return found
        await asyncio.wait((found.wanted,))
        answer = found.answer(found.wanted)
        return answer if isinstance(answer, HotResponse) else await answer


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A path with gaps, cut at its slashes; what tells it from others mostly stands at its end."""

    route: HotRoute
    words: tuple[tuple[int, str], ...]
    gaps: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, route: HotRoute) -> _Pattern:
        parts = list(enumerate(route.path.split("/")))
        return cls(
            route,
            tuple((at, part) for at, part in reversed(parts) if not part.startswith("{")),
            tuple((at, part[1:-1]) for at, part in parts if part.startswith("{")),
        )


@dataclass(frozen=True, slots=True)
class _Fork:
    """Patterns of one length by the word at which most of them part, in their order."""

    at: int
    ways: Mapping[str, Sequence[_Pattern]]

    @classmethod
    def of(cls, patterns: Sequence[_Pattern]) -> _Fork:
        words = [dict(pattern.words) for pattern in patterns]
        # The empty word ahead of the first slash is everybody's.
        shared = [at for at in words[0] if all(at in each for each in words)]
        at = max(shared, key=lambda at: len({each[at] for each in words}))
        ways: dict[str, list[_Pattern]] = {}
        for pattern, each in zip(patterns, words, strict=True):
            ways.setdefault(each[at], []).append(pattern)
        return cls(at, ways)


class HotTable:
    def __init__(self, routes: list[HotRoute]) -> None:
        self.routes = tuple(routes)
        self._exact: dict[tuple[str, str], HotRoute] = {}
        patterns: dict[tuple[str, int], list[_Pattern]] = {}
        for route in routes:
            if "{" not in route.path:
                self._exact[route.method, route.path] = route
                continue
            found = patterns.setdefault((route.method, route.path.count("/")), [])
            found.append(_Pattern.of(route))
        self._patterns = {key: _Fork.of(found) for key, found in patterns.items()}

    def match(self, method: str, path: str) -> tuple[HotRoute, dict[str, str]] | None:
        route = self._exact.get((method, path))
        if route is not None:
            return route, {}
        given = path.split("/")
        fork = self._patterns.get((method, len(given) - 1))
        if fork is None:
            return None
        for pattern in fork.ways.get(given[fork.at], ()):
            for at, word in pattern.words:
                if given[at] != word:
                    break
            else:
                return pattern.route, {name: given[at] for at, name in pattern.gaps}
        return None

    def methods(self, path: str) -> set[str]:
        """The methods that hot routes answer on this path."""
        known = {route.method for route in self.routes}
        return {method for method in known if self.match(method, path)}
