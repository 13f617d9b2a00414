"""The status of an event: which moves a person may make, and which happen by themselves."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from arenapulse.core import moves
from arenapulse.core.moves import Moves
from arenapulse.events.terms import EventStatus

_S = EventStatus

MOVES: Final[Moves[EventStatus]] = MappingProxyType(
    {
        _S.DRAFT: frozenset({_S.SCHEDULED, _S.CANCELLED}),
        _S.SCHEDULED: frozenset({_S.ON_SALE, _S.LIVE, _S.POSTPONED, _S.CANCELLED}),
        _S.ON_SALE: frozenset({_S.PAUSED, _S.LIVE, _S.POSTPONED, _S.CANCELLED}),
        _S.SOLD_OUT: frozenset({_S.PAUSED, _S.LIVE, _S.POSTPONED, _S.CANCELLED}),
        _S.PAUSED: frozenset({_S.ON_SALE, _S.LIVE, _S.POSTPONED, _S.CANCELLED}),
        _S.LIVE: frozenset({_S.COMPLETED, _S.POSTPONED, _S.CANCELLED}),
        _S.POSTPONED: frozenset({_S.SCHEDULED, _S.CANCELLED}),
        _S.COMPLETED: frozenset(),
        _S.CANCELLED: frozenset(),
    }
)
"""Moves by hand. ON_SALE ⇄ SOLD_OUT is missing: it happens by itself, in `flip_sold_out`."""


def sources(target: EventStatus) -> frozenset[EventStatus]:
    """From where a person may move an event to `target`."""
    return moves.sources(MOVES, to=target)
