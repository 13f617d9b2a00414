"""The inlet under a load that doubles the p95 for a while, and in a shop that is too small.

    python -m bench.inlet [--live] [--plot docs/explanation/inlet.svg]

The rule itself (`waitingroom/inlet.py`), second by second, against two shops: in the first the p95
doubles at 60 s and is as before at 90 s; in the second it grows with those inside, and 6,000 a
minute are more than it bears. `--live` is a real service: orders at 100 a second, commits that take
longer for a while, a line of 50,000, and the rate that the worker wrote down. Exit 1 where the
halving takes more than three seconds, the rate does not climb back, or it swings.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import itertools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import uvloop

from arenapulse.core import clock
from arenapulse.waitingroom.inlet import Inlet, Seen, let_in, steered
from bench.load import open_loop
from bench.orders import Case, general, prepare, requests
from bench.stack import Stack, running_stack
from tests.worlds import make_world

ASKED = 6_000
SECONDS = 300
CALM_MS = 40.0
WIDTH, HEIGHT, LEFT = 720, 200, 56

ORDERS_A_SECOND = 100
CROWD = 50_000
# Of the live run: calm, then strained, then calm again until the rate is back.
CALM_SECONDS, STRAINED_SECONDS, AFTER_SECONDS = 40, 10, 80
LATE_US = 30_000

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


async def played(stack: Stack) -> list[tuple[float, float]]:
    """Rate and p95 of each second, as the worker of a real service noted them down."""
    db = await asyncpg.connect(stack.settings.database_url)
    room = {"enabled": True, "admitPerMinute": ASKED}
    case = Case("bare hold", general(1), connections=32)
    line = await make_world(db, stack.settings, config={"waitingRoom": room}, sections=case.places)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{stack.ports[0]}") as client:
        # The first to ask makes the room.
        await client.get(f"/api/v1/events/{line.event_id}/queue/serving")
    await db.execute(
        "SELECT count(*) FROM join_lanes($1, $2, $3, $4, $5, 4000000)",
        *([line.event_id] * CROWD, [0] * CROWD, [uuid4() for _ in range(CROWD)]),
        *([os.urandom(16) for _ in range(CROWD)], [0] * CROWD),
    )
    world, fans = await prepare(stack, case)
    seconds = CALM_SECONDS + STRAINED_SECONDS + AFTER_SECONDS
    ordering = asyncio.create_task(
        open_loop(
            stack.ports[0],
            requests(world, fans, case),
            rate=ORDERS_A_SECOND,
            connections=case.connections,
            seconds=seconds,
        )
    )
    began = clock.now()
    await asyncio.sleep(CALM_SECONDS)
    stack.delay_commits(LATE_US)
    await asyncio.sleep(STRAINED_SECONDS)
    stack.delay_commits(0)
    result = await ordering
    rows = await db.fetch(
        "SELECT at, rate, p95_ms FROM waiting_history WHERE event_id = $1 ORDER BY at",
        line.event_id,
    )
    await db.close()
    print(f"live: {sum(result.statuses.values()):,} orders, {dict(result.statuses)}")
    return by_second([(row["at"], row["rate"], row["p95_ms"] or 0.0) for row in rows], began=began)


def by_second(
    rows: Sequence[tuple[dt.datetime, float, float]], *, began: dt.datetime
) -> list[tuple[float, float]]:
    """What was last noted down before the end of each second."""
    found: list[tuple[float, float]] = []
    last = (float(ASKED), 0.0)
    waiting = list(reversed(rows))
    for second in range(CALM_SECONDS + STRAINED_SECONDS + AFTER_SECONDS):
        while waiting and (waiting[-1][0] - began).total_seconds() < second + 1:
            _, rate, p95_ms = waiting.pop()
            last = (rate, p95_ms)
        found.append(last)
    return found


def judged_live(found: list[tuple[float, float]]) -> list[str]:
    faults: list[str] = []
    strained, over = CALM_SECONDS, CALM_SECONDS + STRAINED_SECONDS
    rates = [rate for rate, _ in found]
    usual = sorted(p95 for _, p95 in found[strained - 20 : strained])[10]
    halved = next((n for n, rate in enumerate(rates) if n >= strained and rate <= ASKED / 2), None)
    lowest = min(range(len(rates)), key=lambda n: (rates[n], -n))
    back = next((n for n in range(lowest, len(rates)) if rates[n] == ASKED), None)
    print(
        f"live: p95 {usual:.0f} ms, {max(p95 for _, p95 in found[strained:over]):.0f} ms at most "
        f"while commits took {LATE_US / 1000:.0f} ms more; halved "
        f"{'never' if halved is None else f'{halved + 1 - strained} s'} after they began to, "
        f"all again {'never' if back is None else f'{back + 1 - over} s'} after they ended"
    )
    if min(rates[:strained]) < ASKED:
        faults.append("live: halved while all was calm")
    if halved is None or halved + 1 - strained > 3:
        faults.append("live: not halved within three seconds")
    if back is None or rates[lowest:back] != sorted(rates[lowest:back]):
        faults.append("live: it does not climb back step by step")
    elif min(rates[back:]) < ASKED:
        faults.append("live: it swings")
    return faults


def drawn(cases: list[tuple[str, list[tuple[float, float]]]]) -> str:
    whole = len(cases) * (HEIGHT + 60)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {whole}">',
        "<style>text { font: 12px sans-serif }</style>",
        f'<rect width="{WIDTH}" height="{whole}" fill="#fff"/>',
    ]
    for number, (name, found) in enumerate(cases):
        seconds = len(found)
        top = number * (HEIGHT + 60) + 30
        parts.append(f'<text x="{LEFT}" y="{top - 10}" fill="#10171A">{name}</text>')
        most_ms = max(p95 for _, p95 in found)
        for values, colour in (
            ([rate / ASKED for rate, _ in found], "#10171A"),
            ([p95 / most_ms / 1.05 for _, p95 in found], "#AE1530"),
        ):
            points = " ".join(
                f"{LEFT + n * (WIDTH - LEFT - 10) / seconds:.1f},{top + HEIGHT * (1 - v):.1f}"
                for n, v in enumerate(values)
            )
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
            )
        parts.append(
            f'<text x="4" y="{top + 10}" fill="#10171A">{ASKED:,}/min</text>'
            f'<text x="4" y="{top + 26}" fill="#AE1530">{most_ms:.0f} ms</text>'
            f'<text x="{LEFT}" y="{top + HEIGHT + 16}" fill="#43504F">0 s</text>'
            f'<text x="{WIDTH - 44}" y="{top + HEIGHT + 16}" fill="#43504F">{seconds} s</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--live", action="store_true", help="a real service besides")
    parser.add_argument("--plot", type=Path, help="where to write the drawing")
    given = parser.parse_args()
    first, second = run(disturbed), run(small)
    faults = judged(first, second)
    cases = [
        ("The p95 (red) doubles at 60 s and is as before at 90 s; the rate (black)", first),
        ("A shop that is too small for 6,000 a minute", second),
    ]
    if given.live:
        with running_stack() as stack:
            live = uvloop.run(played(stack))
        faults += judged_live(live)
        late, until = f"{LATE_US / 1000:.0f} ms", CALM_SECONDS + STRAINED_SECONDS
        name = f"A real service: commits take {late} more from {CALM_SECONDS} s to {until} s"
        cases.append((name, live))
    if given.plot is not None:
        given.plot.write_text(drawn(cases))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
