"""Best available in houses of 80,000 and 60,000 seats, in plain Python on one core.

    python -m bench.best [--rounds 30]

The first has plain rows; the second is Lantern Park as the demo has it, where views are judged by
the focal point and aisles part the rows. Four fillings of each; groups of 2, 4 and 8; the whole
way from the bitmaps as PostgreSQL gives them to the seats that are offered. A crowd that asks the
same at once pays it once a read. Goal: ≤ 30 ms. Exit 1 where the worst median is above.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from arenapulse.core.ids import SectionId
from arenapulse.entrypoints.charts.houses import football
from arenapulse.inventory import bitmap
from arenapulse.inventory.bestseats import FreeSection, Wish, choose
from arenapulse.inventory.schemas import SeatBits
from arenapulse.inventory.seatstates import packed_all
from arenapulse.venues import drawing
from arenapulse.venues.seatmap import Row, Section
from arenapulse.venues.terms import SectionKind
from tests.charts import chart_of

SECTIONS, ROWS, SEATS = 160, 20, 25
GOAL_MS = 30.0


def section(number: int) -> Section:
    rows = tuple(Row(f"R{n}", SEATS, (1, 2), (SEATS,)) for n in range(ROWS))
    return Section(
        id=SectionId(UUID(int=number + 1)),
        name=str(number),
        kind=SectionKind.SEATED,
        capacity=ROWS * SEATS,
        rows=rows,
    )


FILLINGS: dict[str, Callable[[random.Random], Callable[[int], bool]]] = {
    "empty": lambda _chance: lambda _seat: False,
    "half sold in pairs": lambda chance: (
        lambda seat, seen={}: seen.setdefault(seat // 2, chance.random() < 0.5)  # type: ignore[misc]
    ),
    "every second seat free": lambda _chance: lambda seat: bool(seat % 2),
    "99 % sold": lambda chance: lambda _seat: chance.random() < 0.99,
}


def filled(house: Sequence[Section], *, taken: Callable[[int], bool]) -> list[SeatBits]:
    return [
        SeatBits(
            part.id,
            part.seats,
            bitmap.of(filter(taken, range(part.seats)), seats=part.seats),
            bitmap.empty(part.seats),
            bitmap.empty(part.seats),
            part.seats,
            1,
        )
        for part in house
    ]


def measured(house: Sequence[Section], *, name: str, rounds: int, chance: random.Random) -> float:
    """Prints a line each filling and group; the slowest median in ms."""
    slowest = 0.0
    for filling, fill in FILLINGS.items():
        bits = filled(house, taken=fill(chance))
        for quantity in (2, 4, 8):
            times: list[float] = []
            for _ in range(rounds):
                began = time.perf_counter()
                free = [
                    FreeSection.of(part, bits=its) for part, its in zip(house, bits, strict=True)
                ]
                choose(free, wish=Wish(quantity), chance=chance)
                times.append((time.perf_counter() - began) * 1000)
            middle = statistics.median(times)
            slowest = max(slowest, middle)
            cells = f"{name}, {filling} | {quantity} | {middle:.1f} | {max(times):.1f}"
            print(f"| {cells} |", flush=True)
        began = time.perf_counter()
        packed = packed_all(bits)
        spent = (time.perf_counter() - began) * 1000
        print(f"| {name}, {filling}, packed: {len(packed):,} bytes | | {spent:.1f} | |", flush=True)
    return slowest


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    chance = random.Random(1)
    houses: dict[str, Sequence[Section]] = {
        "80,000 plain seats": [section(number) for number in range(SECTIONS)],
        "Lantern Park": drawing.draw(chart_of(football())).sections,
    }
    print("| house | group | median ms | worst ms |\n| --- | --- | --- | --- |")
    slowest = max(
        measured(house, name=name, rounds=rounds, chance=chance) for name, house in houses.items()
    )
    return 1 if slowest > GOAL_MS else 0


if __name__ == "__main__":
    sys.exit(main())
