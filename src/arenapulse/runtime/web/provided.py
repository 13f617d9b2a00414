"""What slices hand to edges, found by its type: `wiring` gives it, a dependency takes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request

T = TypeVar("T")


class Provided:
    """One object for each type; of a protocol, whoever stands behind it."""

    def __init__(self) -> None:
        self._by_type: dict[type[Any], Any] = {}

    def give(self, kind: type[T], value: T) -> None:
        assert kind not in self._by_type, f"{kind.__name__} is given twice"
        self._by_type[kind] = value

    def take(self, kind: type[T]) -> T:
        found: T = self._by_type[kind]
        return found


def taken(request: Request, kind: type[T]) -> T:
    given: Provided = request.app.state.provided
    return given.take(kind)


def provided(kind: type[T]) -> Callable[[Request], Awaitable[T]]:
    """The dependency that finds it: `Depends(provided(SaleNews))`.

    Asynchronous, for FastAPI runs others in threads.
    """

    async def take(request: Request) -> T:
        return taken(request, kind)

    return take
