"""Whether a version is fit to have more of the traffic: what was seen of it, and what is bad."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# Several processes on one port tell of all of them, each sample with its `process`.
_PROCESS: Final = r'(?:process="(\d+)",?)?'
BUCKETS: Final = re.compile(
    rf'^arenapulse_request_seconds_bucket\{{{_PROCESS}le="([^"]+)"\}} (\S+)$', re.MULTILINE
)
STARTED: Final = re.compile(
    rf"^process_start_time_seconds(?:\{{{_PROCESS}\}})? (\S+)$", re.MULTILINE
)

Buckets = Mapping[float, float]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is still good.

    A version is slow where it is past `p95_seconds` and twice the other's: a slow machine is not
    the new version's fault.
    """

    error_ratio: float
    p95_seconds: float
    requests_min: int


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Of one version, since the watch began."""

    requests: int
    errors: int
    buckets: Buckets
    is_up: bool = True

    @property
    def error_ratio(self) -> float:
        return self.errors / max(self.requests, 1)

    @property
    def p95_seconds(self) -> float:
        return quantile(self.buckets, 0.95)


def fault(new: Seen, *, old: Seen, limits: Limits) -> str | None:
    """What is wrong with the new version, or None; who saw too little has no opinion.

    Of few requests many errors are enough: a fifth of `requests_min`.
    """
    if not new.is_up:
        return "it does not answer its health check"
    if new.requests < limits.requests_min and new.errors * 5 < limits.requests_min:
        return None
    if new.error_ratio > limits.error_ratio:
        return f"{new.error_ratio:.1%} of its answers are errors, {limits.error_ratio:.1%} may be"
    slow = max(limits.p95_seconds, 2 * old.p95_seconds if old.requests else 0.0)
    if new.p95_seconds > slow:
        return f"its p95 is {new.p95_seconds * 1000:.0f} ms, {slow * 1000:.0f} may be"
    return None


def quantile(buckets: Buckets, share: float) -> float:
    """Of a histogram with cumulative counts by upper bound, as Prometheus does it; 0 of nothing."""
    total = buckets.get(math.inf, 0.0)
    wanted, below, before = total * share, 0.0, 0.0
    for bound, count in sorted(buckets.items()):
        if count >= wanted > 0:
            if math.isinf(bound):
                # Past the last bound: at least that.
                return below
            return below + (bound - below) * (wanted - before) / max(count - before, 1e-9)
        below, before = bound, count
    return 0.0


def read_buckets(text: str) -> dict[str, dict[float, float]]:
    """The histogram of answers of each process of a `/metrics` page, by its number and its start.

    One that shows none is still one.
    """
    starts = dict(STARTED.findall(text)) or {"": ""}
    found: dict[str, dict[float, float]] = {number: {} for number in starts}
    for number, bound, count in BUCKETS.findall(text):
        found.setdefault(number, {})[float(bound)] = float(count)
    return {f"{number}@{starts.get(number, '')}": buckets for number, buckets in found.items()}


def added(earlier: Buckets, later: Buckets) -> dict[float, float]:
    """What came between two looks at one process."""
    return {bound: count - earlier.get(bound, 0.0) for bound, count in later.items()}


def summed(*parts: Buckets) -> dict[float, float]:
    total: dict[float, float] = {}
    for part in parts:
        for bound, count in part.items():
            total[bound] = total.get(bound, 0.0) + count
    return total
