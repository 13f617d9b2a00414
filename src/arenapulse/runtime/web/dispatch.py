"""Finds a calm route by the words of its path.

FastAPI asks each of its two hundred routes in turn, and those of one router twice. The table says
what that turn would say first; whatever it does not know (a page, 404, 405) is asked in turn.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from arenapulse.runtime.web.edge import Receive, Scope, Send

# Patterns of FastAPI end where a line ends, and so take paths that have one at their end.
_LINE: Final = "\n"
# Takes slashes: its place cannot be told by its words.
_ANY_PATH: Final = ":path}"

Place = tuple[int, RouteContext]


class _Shape:
    """Routes whose words stand at the same places, by these words."""

    def __init__(self, at: tuple[int, ...]) -> None:
        self._at = at
        self._by_words: dict[tuple[str, ...], list[Place]] = {}

    def add(self, parts: list[str], place: Place) -> None:
        self._by_words.setdefault(self._words(parts), []).append(place)

    def find(self, parts: list[str]) -> list[Place]:
        return self._by_words.get(self._words(parts), _NONE)

    def _words(self, parts: list[str]) -> tuple[str, ...]:
        return tuple([parts[at] for at in self._at])


class Table:
    """All routes up to the first that is no plain one: what follows that may come too late."""

    def __init__(self, router: APIRouter) -> None:
        self._shapes: dict[tuple[str, int], dict[tuple[int, ...], _Shape]] = {}
        self.routes: list[RouteContext] = []
        for context in iter_route_contexts(router.routes):
            path = context.path
            if not isinstance(context.original_route, APIRoute) or path is None:
                break
            if _ANY_PATH in path:
                break
            self._add(path, context)

    def _add(self, path: str, context: RouteContext) -> None:
        parts = path.split("/")
        at = tuple(number for number, part in enumerate(parts) if "{" not in part)
        for method in context.methods or ():
            shapes = self._shapes.setdefault((method, len(parts)), {})
            shapes.setdefault(at, _Shape(at)).add(parts, (len(self.routes), context))
        self.routes.append(context)

    def find(self, method: str, path: str) -> tuple[RouteContext, dict[str, Any]] | None:
        """The first route that takes the request, and what stands in the gaps of its path."""
        if _LINE in path:
            return None
        parts = path.split("/")
        shapes = self._shapes.get((method, len(parts)))
        if shapes is None:
            return None
        places = [place for shape in shapes.values() for place in shape.find(parts)]
        if len(places) > 1:
            places.sort(key=_order)
        for _, context in places:
            match = context.path_regex.match(path)
            if match is not None:
                gaps: dict[str, str] = match.groupdict()
                convertors = context.param_convertors
                return context, {name: convertors[name].convert(gaps[name]) for name in gaps}
        return None


class Dispatch:
    """ASGI in front of a router: `Dispatch.install(app.router)` once all is included."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._in_turn = router.middleware_stack
        self._table: Table | None = None

    @classmethod
    def install(cls, router: APIRouter) -> None:
        router.middleware_stack = cls(router)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope.get("root_path"):
            if self._table is None:
                self._table = Table(self._router)
            found = self._table.find(scope["method"], scope["path"])
            if found is not None:
                context, gaps = found
                scope["router"] = self._router
                scope["route"] = context.original_route
                scope["endpoint"] = context.endpoint
                scope["path_params"] = gaps
                await context.app(scope, receive, send)
                return
        await self._in_turn(scope, receive, send)


def _order(place: Place) -> int:
    return place[0]


_NONE: Final[list[Place]] = []
