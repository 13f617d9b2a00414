"""Rate limits by address and by account, per class of endpoint.

Fixed windows: no network on the way of a request. Processes of one port count in memory that they
share; several hosts allow several times the figure. The classes that guard passwords are counted
in Redis too (`identity`), where guessing on many hosts would pay.
"""

from __future__ import annotations

import enum
import hashlib
import mmap
import os
import struct
from functools import lru_cache
from typing import Final, Protocol
from uuid import UUID

import msgspec

from arenapulse.core.addresses import counted_as
from arenapulse.runtime.telemetry import RATE_REFUSALS

KEYS_MAX = 200_000
WINDOW_SECONDS = 60


class RateClass(enum.Enum):
    """A class of endpoints: requests a minute for one address, and for one account."""

    AUTH = ("auth", 30, 30)
    # By a token with our MAC there is nothing to guess, and a whole stadium's network is one
    # address, whose people all come back every quarter of an hour. `per_account` is by session.
    RENEWAL = ("renewal", 3_000, 60)
    READ = ("read", 1_200, 1_200)
    WRITE = ("write", 240, 240)
    ORDER = ("order", 120, 60)
    # Nobody knows who visitors are: their holds are bound by where they come from.
    GUEST = ("guest", 40, 10)
    # Codes would be guessed by the thousand; a search over a house of seats costs most.
    PROMO = ("promo", 60, 20)
    BEST = ("best", 240, 60)
    INTAKE = ("intake", 600, 600)
    # A stadium's gates stand behind one address, and may share an account.
    GATE = ("gate", 12_000, 6_000)

    def __init__(self, label: str, per_address: int, per_account: int) -> None:
        self.label = label
        self.per_address = per_address
        self.per_account = per_account


class Decision(msgspec.Struct, frozen=True):
    allowed: bool
    limit: int
    remaining: int
    reset_seconds: int


class Counts(Protocol):
    """How often a key came in the present window."""

    def add(self, key: str, *, window: int, most: int) -> int:
        """Counts it once more, past `most` no further; how many that makes, at most one more."""
        ...


class OwnCounts:
    """Of this process alone."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, key: str, *, window: int, most: int) -> int:
        if len(self._counts) >= KEYS_MAX:
            self._counts = {k: v for k, v in self._counts.items() if v[0] == window}
            if len(self._counts) >= KEYS_MAX:
                self._counts.clear()
        counted_window, used = self._counts.get(key, (window, 0))
        used = used + 1 if counted_window == window else 1
        if used <= most:
            self._counts[key] = (window, used)
        return used


class SharedCounts:
    """Of all processes that map the same memory: a table of marks, windows and counts.

    A mark is a keyed hash of the key, looked for in a few slots. No lock: of two processes that
    count the same key in the same microsecond one may be forgotten, which a limit can bear.
    """

    SLOTS: Final = 262_144
    _SLOT: Final = struct.Struct("<QII")
    _NEAR: Final = 8
    _SECRET_BYTES: Final = 16

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, self.size())
        self._start = self._SECRET_BYTES
        secret = self._memory[: self._SECRET_BYTES]

        @lru_cache(maxsize=65_536)
        def mark_of(key: str) -> int:
            digest = hashlib.blake2b(key.encode(), digest_size=8, key=secret).digest()
            return int.from_bytes(digest, "little") or 1

        self._mark_of = mark_of

    @classmethod
    def size(cls) -> int:
        return cls._SECRET_BYTES + cls.SLOTS * cls._SLOT.size

    @classmethod
    def make(cls, descriptor: int) -> None:
        """Makes an empty file such a memory; its secret keeps strangers from choosing slots."""
        os.ftruncate(descriptor, cls.size())
        os.pwrite(descriptor, os.urandom(cls._SECRET_BYTES), 0)

    def add(self, key: str, *, window: int, most: int) -> int:
        mark = self._mark_of(key)
        window &= 0xFFFF_FFFF
        free = -1
        for step in range(self._NEAR):
            at = self._start + (mark + step) % self.SLOTS * self._SLOT.size
            found, counted_window, used = self._SLOT.unpack_from(self._memory, at)
            if found == mark:
                used = used + 1 if counted_window == window else 1
                if used <= most:
                    self._SLOT.pack_into(self._memory, at, mark, window, used)
                return used
            if free < 0 and counted_window != window:
                free = at
        # All of them taken in this very minute: the first one starts anew.
        at = self._start + mark % self.SLOTS * self._SLOT.size if free < 0 else free
        self._SLOT.pack_into(self._memory, at, mark, window, 1)
        return 1


class RateLimiter:
    def __init__(self, *, enabled: bool, counts: Counts | None = None) -> None:
        self._enabled = enabled
        self._counts: Counts = OwnCounts() if counts is None else counts

    def by_address(self, kind: RateClass, address: str, *, now_seconds: float) -> Decision:
        key = f"{kind.label}:a:{counted_as(address)}"
        return self._count(key, kind.per_address, now_seconds)

    def by_account(self, kind: RateClass, account: UUID, *, now_seconds: float) -> Decision:
        # Its number costs a quarter of its usual text.
        return self._count(f"{kind.label}:u:{account.int:x}", kind.per_account, now_seconds)

    def _count(self, key: str, limit: int, now_seconds: float) -> Decision:
        window = int(now_seconds) // WINDOW_SECONDS
        reset = (window + 1) * WINDOW_SECONDS - int(now_seconds)
        if not self._enabled:
            return Decision(True, limit, limit, reset)
        used = self._counts.add(key, window=window, most=limit)
        if used > limit:
            # Class, and `a` by address or `u` by account.
            RATE_REFUSALS.labels(*key.split(":", 2)[:2]).inc()
        return Decision(used <= limit, limit, max(0, limit - used), reset)
