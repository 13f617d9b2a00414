"""Which gate is slow, and where its people should go; what a full zone says. Pure.

A gate is known by what it did: nobody counts the people before it. Its peak, the best minute of the
last ten, is what it can do; a gate whose minute is far below both its peak and the others is slow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from arenapulse.gates.queries import Pace
from arenapulse.gates.schemas import GateAdvice, GateRule, ZoneCount

# Below this a minute says nothing: a few families more or less.
MOVING_PER_MINUTE: Final = 6
SLOW_SHARE: Final = 0.5
NEAR_SHARE: Final = 0.9
ALL: Final = "*"


def advice(
    paces: Sequence[Pace], *, gates: Mapping[str, GateRule], full: frozenset[str] = frozenset()
) -> list[GateAdvice]:
    """A line for each gate that lags, in the order of their names; `full` are zones.

    It is STOPPED where it let many in and now nobody, else SLOW. `sendTo` is the gate that lets the
    same people in, leads to no full zone and has most of its peak to spare; none where there is
    no such gate.
    """
    moving = [each for each in paces if each.per_minute >= MOVING_PER_MINUTE]
    if not moving:
        return []
    usual = median(each.per_minute for each in moving)
    lagging = {
        each.gate
        for each in paces
        if each.peak >= MOVING_PER_MINUTE and each.per_minute < SLOW_SHARE * min(each.peak, usual)
    }
    return [
        GateAdvice(
            gate=each.gate,
            kind="SLOW" if each.per_minute else "STOPPED",
            send_to=_elsewhere(each, paces, gates=gates, shut=lagging, full=full),
        )
        for each in sorted(paces, key=lambda pace: pace.gate)
        if each.gate in lagging
    ]


def zone_count(*, name: str, inside: int, capacity: int | None) -> ZoneCount:
    """`alarm` is NEAR from nine tenths on, FULL where as many are in as may be."""
    alarm = None
    if capacity is not None and inside >= NEAR_SHARE * capacity:
        alarm = "FULL" if inside >= capacity else "NEAR"
    return ZoneCount(zone=name, inside=inside, capacity=capacity, alarm=alarm)


def _elsewhere(
    lagging: Pace,
    paces: Sequence[Pace],
    *,
    gates: Mapping[str, GateRule],
    shut: set[str],
    full: frozenset[str],
) -> str | None:
    known = {each.gate: each for each in paces}
    names = gates.keys() or known.keys()
    own = gates.get(lagging.gate)
    fit = [
        known.get(name, Pace(gate=name, admitted=0, per_minute=0, peak=0))
        for name in names
        if name != lagging.gate and name not in shut and _lets_in(gates.get(name), own, full=full)
    ]
    if not fit:
        return None
    return min(fit, key=lambda pace: (_load(pace), pace.gate)).gate


def _load(pace: Pace) -> float:
    return pace.per_minute / max(pace.peak, MOVING_PER_MINUTE)


def _lets_in(rule: GateRule | None, own: GateRule | None, *, full: frozenset[str]) -> bool:
    """Whether everybody who may go in by `own` may go in by `rule`."""
    if rule is None:
        return own is None
    if rule.zone in full:
        return False
    if ALL in rule.sections:
        return True
    return own is not None and ALL not in own.sections and set(own.sections) <= set(rule.sections)
