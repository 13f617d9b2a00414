"""What befalls the season tickets of a simulated world, drawn before anything happens.

By dice of their own; a world whose shows are one series has them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from tests.simulation.plan import CARDS, PERSONS, Line, Plan, Wish

SHARE: Final = 0.45
# Beside the wishes of the plan, which nothing names by these numbers.
FIRST_WISH: Final = 10_000


@dataclass(frozen=True)
class Buy:
    """The same places at every date; `misses` a date, where there are two on sale."""

    person: int
    lines: tuple[Line, ...]
    misses: bool = False
    cut_after_us: int | None = None


@dataclass(frozen=True)
class PaySeason:
    season: int
    token: str


@dataclass(frozen=True)
class PayDate:
    """One of its orders alone, which nobody may."""

    season: int
    date: int
    token: str


@dataclass(frozen=True)
class LetGo:
    """Cancels it by one of its orders."""

    season: int
    date: int


@dataclass(frozen=True)
class GiveBack:
    """What is left at every date, or at one: of all of it, or of a sum."""

    season: int
    date: int | None
    amount: int | None = None


@dataclass(frozen=True)
class Beside:
    """All at once, with orders of one date and whatever else may come."""

    steps: tuple[Buy | PaySeason | LetGo | GiveBack, ...]
    wishes: tuple[Wish, ...]
    drains: bool
    sweeps: bool


SeasonStep = Buy | PaySeason | PayDate | LetGo | GiveBack | Beside


def make_steps(plan: Plan) -> tuple[SeasonStep | None, ...]:
    """What happens to season tickets before each of a world's steps."""
    if not plan.is_series:
        return (None,) * len(plan.steps)
    writer = _Writer(plan)
    return tuple(writer.step() for _ in plan.steps)


class _Writer:
    def __init__(self, plan: Plan) -> None:
        self._dice = random.Random(f"seasons {plan.seed}")
        self._places = plan.shows[0].places
        self._wishes = FIRST_WISH

    def step(self) -> SeasonStep | None:
        if self._dice.random() >= SHARE:
            return None
        kinds = (self._buy, self._pay, self._pay_date, self._let_go, self._give_back, self._beside)
        return self._dice.choices(kinds, (14, 8, 1, 3, 5, 7))[0]()

    def _line(self) -> Line:
        dice = self._dice
        section = dice.randrange(len(self._places))
        seats = sum(count for _, count in self._places[section].rows)
        many = dice.choice((1, 1, 2))
        chosen = tuple(dice.sample(range(seats), many)) if seats else ()
        return Line(section, many, seats=chosen)

    def _buy(self) -> Buy:
        dice = self._dice
        return Buy(
            dice.randrange(PERSONS),
            tuple(self._line() for _ in range(dice.choice((1, 1, 2)))),
            misses=dice.random() < 0.1,
            cut_after_us=dice.randrange(8_000) if dice.random() < 0.15 else None,
        )

    def _season(self) -> int:
        """How many before the newest."""
        return int(self._dice.expovariate(0.6))

    def _pay(self) -> PaySeason:
        return PaySeason(self._season(), self._dice.choice(CARDS))

    def _pay_date(self) -> PayDate:
        return PayDate(self._season(), self._dice.randrange(2), self._dice.choice(CARDS))

    def _let_go(self) -> LetGo:
        return LetGo(self._season(), self._dice.randrange(2))

    def _give_back(self) -> GiveBack:
        dice = self._dice
        date = dice.choice((None, 0, 1))
        amount = dice.choice((None, 1, 2_000)) if date is not None else None
        return GiveBack(self._season(), date, amount)

    def _beside(self) -> Beside:
        dice = self._dice
        kinds = (self._buy_calmly, self._pay, self._let_go, self._give_back)
        return Beside(
            tuple(dice.choice(kinds)() for _ in range(dice.randint(2, 4))),
            tuple(self._wish() for _ in range(dice.randint(0, 3))),
            drains=dice.random() < 0.5,
            sweeps=dice.random() < 0.5,
        )

    def _buy_calmly(self) -> Buy:
        return Buy(self._dice.randrange(PERSONS), (self._line(),))

    def _wish(self) -> Wish:
        dice = self._dice
        self._wishes += 1
        return Wish(
            number=self._wishes,
            event=dice.randrange(2),
            person=dice.randrange(PERSONS),
            lines=(self._line(),),
            pay=0,
            token=None,
            promo=None,
        )
