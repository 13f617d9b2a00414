"""What happens in a simulated world, drawn from a seed before anything happens.

Steps name things by number (the 7th wish, the 3rd person), never by what came of them: one seed
gives the same steps whatever the code under test does, and a step about an order that was refused
is simply passed over.
"""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass, replace
from typing import Final

from tests.paying import DECLINED, INSUFFICIENT, THREE_D_SECURE, VISA
from tests.worlds import Place

PERSONS: Final = 5
STEPS: Final = 50
CARDS: Final = (VISA, VISA, VISA, THREE_D_SECURE, THREE_D_SECURE, DECLINED, INSUFFICIENT)
STATUSES: Final = ("PAUSED", "ON_SALE", "LIVE", "POSTPONED", "SCHEDULED", "COMPLETED", "CANCELLED")
CODES: Final = ("TENTH", "FIVER", "SECRET")


@dataclass(frozen=True)
class Line:
    """`seats` are dense indices; empty asks for `quantity` places and no seat."""

    section: int
    quantity: int
    level: str = "STANDARD"
    seats: tuple[int, ...] = ()


@dataclass(frozen=True)
class Wish:
    """An order that somebody wants; `number` counts them and is its key."""

    number: int
    event: int
    person: int
    lines: tuple[Line, ...]
    pay: int
    token: str | None
    promo: str | None


class Fate(enum.StrEnum):
    """What befalls the process that places the orders of a rush."""

    CALM = enum.auto()
    RACED = enum.auto()  # a second process takes every other order
    CUT_EARLY = enum.auto()  # its connection ends while the batch waits for locks
    CUT_ANYWHERE = enum.auto()  # its connection ends some microseconds in
    UNHEARD = enum.auto()  # it dies with the answers in its hands
    DATABASE_KILLED = enum.auto()


@dataclass(frozen=True)
class Rush:
    wishes: tuple[Wish, ...]
    fate: Fate = Fate.CALM
    after_us: int = 0


@dataclass(frozen=True)
class AskAgain:
    """The same key once more, with the same request or with another."""

    wish: int
    with_other_content: bool


@dataclass(frozen=True)
class Cancel:
    wish: int


@dataclass(frozen=True)
class Pay:
    wish: int
    token: str


@dataclass(frozen=True)
class Refund:
    """Of these tickets by number, or of an amount; neither is of all that is left.

    It is for this wish's order where that is paid, else for the newest that is.
    """

    wish: int
    tickets: tuple[int, ...]
    amount: int | None


@dataclass(frozen=True)
class AnswerBank:
    """Answers the bank's question about this wish's order, or the first that is open."""

    wish: int
    passes: bool


@dataclass(frozen=True)
class Dispute:
    """A buyer's bank wants the money of this wish's order back, or of the newest that was paid."""

    wish: int


@dataclass(frozen=True)
class CloseDispute:
    """The bank decides on the dispute that has been open longest."""

    is_won: bool


@dataclass(frozen=True)
class Drain:
    """The workers take what is due; some calls of the vendor fail or lose their answer."""

    tills: int = 1
    away: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    cut_after_us: int | None = None


@dataclass(frozen=True)
class Deliver:
    """The vendor's webhooks arrive: in any order, some twice, some never."""

    shuffle: int
    lost: bool
    twice: bool


@dataclass(frozen=True)
class Sweep:
    pass


@dataclass(frozen=True)
class PassTime:
    seconds: int


@dataclass(frozen=True)
class Reprice:
    event: int
    amounts: tuple[int, ...]
    with_vip: bool


@dataclass(frozen=True)
class Reshape:
    """Another capacity and other blocked places of every section, other limits."""

    event: int
    capacities: tuple[int, ...]
    blocked: tuple[tuple[int, ...], ...]
    per_order: int
    per_person: int | None
    hold_seconds: int


@dataclass(frozen=True)
class Move:
    event: int
    status: str


@dataclass(frozen=True)
class AtOnce:
    """Steps that race each other."""

    steps: tuple[Step, ...]


Step = (
    Rush | AskAgain | Cancel | Pay | Refund | AnswerBank | Dispute | CloseDispute | Drain | Deliver
    | Sweep | PassTime | Reprice | Reshape | Move | AtOnce
)  # fmt: skip


@dataclass(frozen=True)
class Show:
    """An event of the world as it opens."""

    places: tuple[Place, ...]
    config: dict[str, object]
    tax_rate: int
    starts_in_seconds: int


@dataclass(frozen=True)
class Plan:
    seed: int
    shows: tuple[Show, ...]
    steps: tuple[Step, ...]
    is_series: bool = False
    """Its shows are dates of one series, and season tickets are sold."""


def make_plan(seed: int, *, steps: int = STEPS, is_series: bool = False) -> Plan:
    dice = random.Random(seed)
    shows = tuple(_show(dice, number) for number in range(2))
    if is_series:
        shows = tuple(replace(show, places=shows[0].places) for show in shows)
    writer = _Writer(dice, shows)
    return Plan(seed, shows, tuple(writer.step() for _ in range(steps)), is_series)


def _show(dice: random.Random, number: int) -> Show:
    amount = dice.choice((0, 1, 999, 4500))
    rows = tuple((label, dice.randint(3, 6)) for label in "ABC"[: dice.randint(1, 3)])
    places = [
        Place(dice.randint(4, 14), amount=dice.choice((1000, 4500)), fee=dice.choice((0, 150))),
        Place(rows=rows, amount=5000, fee=99),
        Place(dice.randint(1, 6), amount=amount, fee=0),
    ]
    config: dict[str, object] = {
        "maxTicketsPerOrder": dice.randint(4, 8),
        "holdSeconds": dice.choice((30, 120, 480, 1200)),
    }
    if number == 1:
        config["maxTicketsPerPerson"] = dice.randint(3, 8)
    return Show(
        tuple(places[: dice.randint(2, 3)]),
        config,
        tax_rate=dice.choice((0, 700, 1900, 2000)),
        starts_in_seconds=dice.choice((5_000, 50_000, 500_000)),
    )


class _Writer:
    def __init__(self, dice: random.Random, shows: tuple[Show, ...]) -> None:
        self._dice = dice
        self._shows = shows
        self._wishes = 0
        self._kinds = {
            self._rush: 30,
            self._ask_again: 6,
            self._cancel: 10,
            self._pay: 12,
            self._refund: 6,
            self._answer_bank: 9,
            self._dispute: 4,
            self._close_dispute: 3,
            self._drain: 14,
            self._deliver: 7,
            self._sweep: 4,
            self._pass_time: 9,
            self._reprice: 3,
            self._reshape: 5,
            self._move: 4,
            self._at_once: 9,
        }

    def step(self) -> Step:
        (kind,) = self._dice.choices(list(self._kinds), list(self._kinds.values()))
        return kind()

    def _event(self) -> int:
        return self._dice.randrange(len(self._shows))

    def _earlier(self) -> int:
        """A wish of before, the newest most often."""
        return max(0, self._wishes - 1 - int(self._dice.expovariate(0.25)))

    def _wish(self) -> Wish:
        dice, event = self._dice, self._event()
        places = self._shows[event].places
        lines = tuple(
            self._line(dice.randrange(len(places)), places)
            for _ in range(dice.choice((1, 1, 1, 1, 2)))
        )
        pay = dice.choices((0, 1, 2, 3, 4), (30, 40, 12, 12, 6))[0]
        self._wishes += 1
        return Wish(
            number=self._wishes - 1,
            event=event,
            person=dice.randrange(PERSONS),
            lines=lines,
            pay=pay,
            token=dice.choice(CARDS) if pay == 1 else None,
            promo=dice.choice((*CODES, "NONE")) if dice.random() < 0.2 else None,
        )

    def _line(self, section: int, places: tuple[Place, ...]) -> Line:
        dice, place = self._dice, places[section]
        level = "STANDARD" if dice.random() < 0.92 else "VIP"
        quantity = dice.choice((1, 1, 2, 2, 3, 4))
        seats = sum(count for _, count in place.rows)
        if not seats:
            return Line(section, quantity, level)
        if dice.random() < 0.03:
            return Line(section, quantity, level, (seats,) * quantity)
        chosen = dice.sample(range(seats), min(quantity, seats))
        return Line(section, len(chosen), level, tuple(chosen))

    def _rush(self) -> Rush:
        wishes = tuple(self._wish() for _ in range(self._dice.choice((1, 1, 1, 2, 4, 8))))
        fate = Fate.CALM
        if len(wishes) > 1 or self._dice.random() < 0.3:
            fate = self._dice.choices((*Fate,), (30, 20, 10, 20, 15, 1 if len(wishes) > 1 else 0))[
                0
            ]
        return Rush(wishes, fate, self._dice.randrange(6_000))

    def _ask_again(self) -> AskAgain:
        return AskAgain(self._earlier(), with_other_content=self._dice.random() < 0.3)

    def _cancel(self) -> Cancel:
        return Cancel(self._earlier())

    def _pay(self) -> Pay:
        return Pay(self._earlier(), self._dice.choice(CARDS))

    def _refund(self) -> Refund:
        dice = self._dice
        kind = dice.choices(("tickets", "amount", "all"), (6, 3, 2))[0]
        return Refund(
            self._earlier(),
            tickets=tuple(dice.sample(range(4), dice.randint(1, 2))) if kind == "tickets" else (),
            amount=dice.choice((1, 2_000, 9_000)) if kind == "amount" else None,
        )

    def _answer_bank(self) -> AnswerBank:
        return AnswerBank(self._earlier(), passes=self._dice.random() < 0.75)

    def _dispute(self) -> Dispute:
        return Dispute(self._earlier())

    def _close_dispute(self) -> CloseDispute:
        return CloseDispute(is_won=self._dice.random() < 0.5)

    def _drain(self) -> Drain:
        dice = self._dice
        calls = ("create_intent", "retrieve", "capture", "cancel", "refund")
        return Drain(
            tills=dice.choice((1, 1, 2)),
            away=(dice.choice(calls),) if dice.random() < 0.2 else (),
            lost=(dice.choice(calls),) if dice.random() < 0.25 else (),
            cut_after_us=dice.randrange(20_000) if dice.random() < 0.2 else None,
        )

    def _deliver(self) -> Deliver:
        dice = self._dice
        return Deliver(dice.getrandbits(16), lost=dice.random() < 0.2, twice=dice.random() < 0.3)

    def _sweep(self) -> Sweep:
        return Sweep()

    def _pass_time(self) -> PassTime:
        return PassTime(self._dice.choice((5, 31, 61, 125, 200, 301, 481, 1201)))

    def _reprice(self) -> Reprice:
        event = self._event()
        amounts = tuple(self._dice.choice((0, 1, 2500, 9999)) for _ in self._shows[event].places)
        return Reprice(event, amounts, with_vip=self._dice.random() < 0.5)

    def _reshape(self) -> Reshape:
        dice, event = self._dice, self._event()
        capacities: list[int] = []
        blocked: list[tuple[int, ...]] = []
        for place in self._shows[event].places:
            seats = sum(count for _, count in place.rows)
            capacities.append(seats or dice.randint(0, place.capacity))
            many = dice.choice((0, 0, 1, 2))
            blocked.append(
                tuple(dice.sample(range(seats or capacities[-1]), min(many, capacities[-1])))
            )
        return Reshape(
            event,
            tuple(capacities),
            tuple(blocked),
            per_order=dice.randint(3, 8),
            per_person=dice.choice((None, dice.randint(2, 9))),
            hold_seconds=dice.choice((1, 60, 480, 1200)),
        )

    def _move(self) -> Move:
        # The end of an event is rare, or there would be little to simulate.
        return Move(self._event(), self._dice.choices(STATUSES, (10, 40, 4, 2, 6, 1, 1))[0])

    def _at_once(self) -> AtOnce:
        kinds = (self._cancel, self._pay, self._answer_bank, self._sweep, self._drain_calmly,
                 self._rush_calmly, self._reshape, self._deliver, self._refund,
                 self._dispute, self._close_dispute)  # fmt: skip
        return AtOnce(tuple(self._dice.choice(kinds)() for _ in range(self._dice.randint(2, 5))))

    def _drain_calmly(self) -> Drain:
        return Drain()

    def _rush_calmly(self) -> Rush:
        return Rush(tuple(self._wish() for _ in range(self._dice.randint(1, 4))))
