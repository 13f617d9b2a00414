"""Which tickets of a simulated world are offered, taken back and taken, and by whom not.

By dice of their own, as at the gates: a world's orders stay those of its seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from tests.simulation.plan import PERSONS

SHARE: Final = 0.3


@dataclass(frozen=True)
class Give:
    """Offers the n-th ticket to somebody else; `any_state` of those that let nobody in, too."""

    ticket: int
    to: int
    any_state: bool


@dataclass(frozen=True)
class TakeBack:
    """Ends an offer, be it over or not."""

    offer: int


@dataclass(frozen=True)
class Take:
    """Somebody follows the link of an offer: whom it was meant for, or another."""

    offer: int
    by_other: bool


@dataclass(frozen=True)
class Scramble:
    """An offer is taken twice, taken back, made anew and its ticket reissued, all at once."""

    ticket: int
    to: int


@dataclass(frozen=True)
class TakeBeside:
    """Taken while what the world does next is done: of a ticket that it is about, if there is."""

    ticket: int
    to: int


Handover = Give | TakeBack | Take | Scramble | TakeBeside


def make_steps(seed: int, *, count: int) -> tuple[Handover | None, ...]:
    """What changes hands before each of a world's steps, or beside it."""
    dice = random.Random(f"transfers {seed}")
    return tuple(_step(dice) if dice.random() < SHARE else None for _ in range(count))


def _step(dice: random.Random) -> Handover:
    kind = dice.choices((Give, TakeBack, Take, Scramble, TakeBeside), (6, 2, 5, 3, 7))[0]
    number, to = dice.randrange(64), dice.randrange(PERSONS)
    if kind is Give:
        return Give(number, to, any_state=dice.random() < 0.2)
    if kind is Take:
        return Take(number, by_other=dice.random() < 0.25)
    if kind is TakeBack:
        return TakeBack(number)
    return Scramble(number, to) if kind is Scramble else TakeBeside(number, to)
