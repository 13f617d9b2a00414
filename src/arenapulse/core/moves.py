"""A table of moves: from each status those that may follow. Rules and SQL are made of it."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeVar

S = TypeVar("S", bound=enum.StrEnum)
Moves: TypeAlias = Mapping[S, frozenset[S]]


def sources(moves: Moves[S], *, to: S) -> frozenset[S]:
    """The statuses from which one may move to `to`."""
    return frozenset(before for before, after in moves.items() if to in after)


def listed(statuses: Iterable[enum.StrEnum]) -> str:
    """For `status IN (…)`: the words of our own enumerations, which need no escaping."""
    return ", ".join(f"'{status.value}'" for status in sorted(statuses))
