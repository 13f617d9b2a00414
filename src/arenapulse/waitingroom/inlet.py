"""How many go in: additively up, halved down, once a second, and never more than was asked for.

The rate follows what is measured in the shop. `calm_p95` is what an order usually takes; twice as
much means strain. After a halving the effect is awaited before the next one, so a load that stays
halves it again and one that goes lets it climb, without swinging.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

MINUTE: Final = 60.0
# A worker that was away does not let in at once what it missed.
STEP_SECONDS_MAX: Final = 2.0
STRAINED: Final = 2.0
"""Times the usual p95; the rate climbs again below `RELAXED` times."""
RELAXED: Final = 1.5
P95_MS_LEAST: Final = 10.0
"""Below this nothing is strained, whatever it was before."""
P95_MS_MOST: Final = 1_000.0
POOL_MOST: Final = 0.9
PAYMENT_ERRORS_MOST: Final = 0.3
PAUSE_SECONDS: Final = 3.0
CLIMB_SECONDS: Final = 60.0
"""From nothing to all that was asked for."""
FLOOR: Final = 1 / 64
_CALM_DOWN: Final = 0.2
_CALM_UP: Final = 0.001


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured in the shop in the last second, the worst of all processes."""

    p95_ms: float | None
    """Of orders; None where nobody ordered."""
    pool_use: float
    payment_errors: float
    """The share of payments under way that had to be tried again: the vendor is slow or away."""


@dataclass(frozen=True, slots=True)
class Inlet:
    """`rate` is in people a minute; `credit` what is left of whole persons."""

    rate: float
    credit: float = 1.0
    calm_p95: float | None = None
    pause_seconds: float = 0.0


def steered(inlet: Inlet, *, seen: Seen, asked: int, seconds: float) -> Inlet:
    """The inlet a step later, with what it may let in as its credit."""
    seconds = min(seconds, STEP_SECONDS_MAX)
    pause = max(0.0, inlet.pause_seconds - seconds)
    rate = min(inlet.rate, float(asked))
    if is_strained(inlet, seen=seen):
        if pause == 0.0:
            rate = max(asked * FLOOR, rate / 2)
            pause = PAUSE_SECONDS
    elif _is_relaxed(inlet, seen=seen):
        rate = min(float(asked), rate + asked * seconds / CLIMB_SECONDS)
    return replace(
        inlet,
        rate=rate,
        credit=inlet.credit + rate * seconds / MINUTE,
        calm_p95=_calm(inlet, seen=seen),
        pause_seconds=pause,
    )


def let_in(
    inlet: Inlet, *, waiting: int, lately: int, asked: int, room: int | None
) -> tuple[Inlet, int]:
    """How many go in now, and the inlet after that.

    `lately` went in during the last minute: with them it is never more than `asked`. `room` is how
    many more fit into the shop, None where nobody counts.
    """
    count = min(int(inlet.credit), waiting, max(0, asked - lately))
    if room is not None:
        count = min(count, max(0, room))
    # What nobody used is not saved up: the next who come would all go in at once.
    return replace(inlet, credit=min(inlet.credit - count, 1.0)), count


def is_strained(inlet: Inlet, *, seen: Seen) -> bool:
    if seen.pool_use > POOL_MOST or seen.payment_errors > PAYMENT_ERRORS_MOST:
        return True
    return seen.p95_ms is not None and seen.p95_ms >= _bound(inlet, times=STRAINED)


def _is_relaxed(inlet: Inlet, *, seen: Seen) -> bool:
    return seen.p95_ms is None or seen.p95_ms < _bound(inlet, times=RELAXED)


def _bound(inlet: Inlet, *, times: float) -> float:
    if inlet.calm_p95 is None:
        return P95_MS_MOST
    return min(P95_MS_MOST, max(P95_MS_LEAST, times * inlet.calm_p95))


def _calm(inlet: Inlet, *, seen: Seen) -> float | None:
    """What is usual: follows down quickly, up very slowly and only while all is well.

    A strain that stays must not become what is usual.
    """
    if seen.p95_ms is None:
        return inlet.calm_p95
    if inlet.calm_p95 is None:
        return min(seen.p95_ms, P95_MS_MOST / STRAINED)
    if not _is_relaxed(inlet, seen=seen):
        return inlet.calm_p95
    weight = _CALM_DOWN if seen.p95_ms < inlet.calm_p95 else _CALM_UP
    return inlet.calm_p95 + weight * (seen.p95_ms - inlet.calm_p95)


def shared_out(count: int, *, waiting: list[int], shares: list[int]) -> list[int]:
    """`count` places among lanes by their shares; what one cannot use the others get."""
    given = [0] * len(waiting)
    while count > 0:
        open_ = [i for i, many in enumerate(waiting) if many > given[i] and shares[i] > 0]
        if not open_:
            open_ = [i for i, many in enumerate(waiting) if many > given[i]]
        if not open_:
            break
        whole = sum(shares[i] for i in open_) or len(open_)
        # Whole persons: the lane that is furthest behind its share comes first.
        before = count
        for i in open_:
            part = min(before * (shares[i] or 1) // whole, waiting[i] - given[i], count)
            given[i] += part
            count -= part
        if count == before:
            first = max(open_, key=lambda i: (shares[i] / (given[i] + 1), -i))
            given[first] += 1
            count -= 1
    return given
