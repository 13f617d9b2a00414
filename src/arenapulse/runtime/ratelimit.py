"""Rate limits by address and by account, per class of endpoint.

Fixed windows counted in this process: no network on the way of a request. A host of n processes
allows up to n times the figure; the classes that guard passwords are counted in Redis too
(`identity`), where guessing on many processes would pay.
"""

from __future__ import annotations

import enum

import msgspec

from arenapulse.core.addresses import counted_as

KEYS_MAX = 200_000
WINDOW_SECONDS = 60


class RateClass(enum.Enum):
    """A class of endpoints: requests a minute for one address, and for one account."""

    AUTH = ("auth", 30, 30)
    READ = ("read", 1_200, 1_200)
    WRITE = ("write", 240, 240)
    ORDER = ("order", 120, 60)
    INTAKE = ("intake", 600, 600)

    def __init__(self, label: str, per_address: int, per_account: int) -> None:
        self.label = label
        self.per_address = per_address
        self.per_account = per_account


class Decision(msgspec.Struct, frozen=True):
    allowed: bool
    limit: int
    remaining: int
    reset_seconds: int


class RateLimiter:
    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._counts: dict[tuple[RateClass, str], tuple[int, int]] = {}

    def by_address(self, kind: RateClass, address: str, *, now_seconds: float) -> Decision:
        return self._count(kind, "a:" + counted_as(address), kind.per_address, now_seconds)

    def by_account(self, kind: RateClass, account: str, *, now_seconds: float) -> Decision:
        return self._count(kind, "u:" + account, kind.per_account, now_seconds)

    def _count(self, kind: RateClass, key: str, limit: int, now_seconds: float) -> Decision:
        window = int(now_seconds) // WINDOW_SECONDS
        reset = (window + 1) * WINDOW_SECONDS - int(now_seconds)
        if not self._enabled:
            return Decision(True, limit, limit, reset)
        if len(self._counts) >= KEYS_MAX:
            self._counts = {k: v for k, v in self._counts.items() if v[0] == window}
            if len(self._counts) >= KEYS_MAX:
                self._counts.clear()
        counted_window, used = self._counts.get((kind, key), (window, 0))
        used = used + 1 if counted_window == window else 1
        if used <= limit:
            self._counts[kind, key] = (window, used)
        return Decision(used <= limit, limit, max(0, limit - used), reset)
