"""The inlet under a load that doubles the p95 for a while, and in a shop that is too small.

    python -m bench.inlet [--plot docs/explanation/inlet.svg]

The rule itself (`waitingroom/inlet.py`), second by second, against two shops: in the first the p95
doubles at 60 s and is as before at 90 s; in the second it grows with those inside, and 6,000 a
minute are more than it bears. Exit 1 where the halving takes more than three seconds, the rate does
not climb back, or it swings.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable
from pathlib import Path

from arenapulse.waitingroom.inlet import Inlet, Seen, let_in, steered

ASKED = 6_000
SECONDS = 300
CALM_MS = 40.0
WIDTH, HEIGHT, LEFT = 720, 200, 56

# The p95 of a second, by its number and by how many a minute are inside.
Shop = Callable[[int, float], float]


def disturbed(second: int, _inside: float) -> float:
    return 2 * CALM_MS if 60 <= second < 90 else CALM_MS


def small(_second: int, inside: float) -> float:
    return CALM_MS * (1 + max(0.0, inside - ASKED * 0.5) / (ASKED * 0.4))


def run(shop: Shop) -> list[tuple[float, float]]:
    """Rate and p95 of each second."""
    inlet, inside = Inlet(rate=ASKED), 0.0
    found: list[tuple[float, float]] = []
    for second in range(SECONDS):
        inside += (inlet.rate - inside) * 0.3
        p95_ms = shop(second, inside)
        inlet = steered(inlet, seen=Seen(p95_ms, 0.2, 0.0), asked=ASKED, seconds=1.0)
        inlet, _ = let_in(inlet, waiting=10**6, lately=0, asked=ASKED, room=None)
        found.append((inlet.rate, p95_ms))
    return found


def judged(first: list[tuple[float, float]], second: list[tuple[float, float]]) -> list[str]:
    faults: list[str] = []
    rates = [rate for rate, _ in first]
    halved = next((n for n, rate in enumerate(rates) if rate <= ASKED / 2), SECONDS)
    if halved - 60 > 3:
        faults.append(f"halved {halved - 60} s after the p95 doubled")
    back = next((n for n in range(90, SECONDS) if rates[n] == ASKED), SECONDS)
    if back == SECONDS or rates[90:back] != sorted(rates[90:back]):
        faults.append("it does not climb back step by step")
    settled = [rate for rate, _ in second[SECONDS // 2 :]]
    halvings = sum(b < 0.6 * a for a, b in itertools.pairwise(settled))
    if halvings > len(settled) / 40 or max(settled) / min(settled) > 2.2:
        faults.append(f"it swings: {halvings} halvings in {len(settled)} s")
    print(f"halved {halved - 60} s after the p95 doubled, all again {back - 90} s after it fell")
    print(
        f"in a shop too small: {min(settled):,.0f} to {max(settled):,.0f} a minute, "
        f"{halvings} halvings in {len(settled)} s"
    )
    return faults


def drawn(cases: list[tuple[str, list[tuple[float, float]]]]) -> str:
    whole = len(cases) * (HEIGHT + 60)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {whole}">',
        "<style>text { font: 12px sans-serif }</style>",
        f'<rect width="{WIDTH}" height="{whole}" fill="#fff"/>',
    ]
    for number, (name, found) in enumerate(cases):
        top = number * (HEIGHT + 60) + 30
        parts.append(f'<text x="{LEFT}" y="{top - 10}" fill="#10171A">{name}</text>')
        most_ms = max(p95 for _, p95 in found)
        for values, colour in (
            ([rate / ASKED for rate, _ in found], "#10171A"),
            ([p95 / most_ms / 1.05 for _, p95 in found], "#AE1530"),
        ):
            points = " ".join(
                f"{LEFT + n * (WIDTH - LEFT - 10) / SECONDS:.1f},{top + HEIGHT * (1 - v):.1f}"
                for n, v in enumerate(values)
            )
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
            )
        parts.append(
            f'<text x="4" y="{top + 10}" fill="#10171A">{ASKED:,}/min</text>'
            f'<text x="4" y="{top + 26}" fill="#AE1530">{most_ms:.0f} ms</text>'
            f'<text x="{LEFT}" y="{top + HEIGHT + 16}" fill="#43504F">0 s</text>'
            f'<text x="{WIDTH - 44}" y="{top + HEIGHT + 16}" fill="#43504F">{SECONDS} s</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", type=Path, help="where to write the drawing")
    given = parser.parse_args()
    first, second = run(disturbed), run(small)
    faults = judged(first, second)
    if given.plot is not None:
        names = (
            "The p95 (red) doubles at 60 s and is as before at 90 s; the rate (black)",
            "A shop that is too small for 6,000 a minute",
        )
        given.plot.write_text(drawn(list(zip(names, (first, second), strict=True))))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
