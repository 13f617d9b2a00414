"""The orphan rule: nobody should leave a single free seat that nobody else will want. Pure.

A row is a whole number: bit n is set where seat n + 1 is free. The same rule stands in
`web/src/shared/map/orphans.ts`; `web/src/shared/map/orphan-vectors.json` holds both to it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Orphans:
    """Seats that a choice leaves single, as bits of their row.

    `avoidable` are those in stretches where as many seats could have been taken without leaving
    one: of two free seats, who takes one leaves one, and cannot help it.
    """

    left: int
    avoidable: int


def orphans(free: int, *, taking: int) -> Orphans:
    """What taking these free seats of a row leaves behind; seats single before do not count."""
    assert taking & ~free == 0, "a seat that is not free cannot be taken"
    rest = free & ~taking
    left = _singles(rest) & ~_singles(free)
    avoidable = 0
    remaining = left
    while remaining:
        single = remaining & -remaining
        stretch = _stretch(free, seat=single)
        if (stretch & rest).bit_count() > 1:
            avoidable |= stretch & left
        remaining &= ~stretch
    return Orphans(left, avoidable)


def starts(free: int, *, seats: int) -> int:
    """Where `seats` free seats side by side begin, as bits."""
    found, covered = free, 1
    while covered < seats and found:
        step = min(covered, seats - covered)
        found &= found >> step
        covered += step
    return found


def clean_starts(free: int, *, seats: int) -> int:
    """Those of `starts` whose stretch leaves no orphan at either end."""
    single_before = (free << 1) & ~(free << 2)
    single_behind = (free >> seats) & ~(free >> (seats + 1))
    return starts(free, seats=seats) & ~single_before & ~single_behind


def _singles(free: int) -> int:
    return free & ~(free << 1) & ~(free >> 1)


def _stretch(free: int, *, seat: int) -> int:
    """The whole run of free seats that this one lies in."""
    found = seat
    while True:
        wider = (found | found << 1 | found >> 1) & free
        if wider == found:
            return found
        found = wider
