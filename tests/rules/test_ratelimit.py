"""Rate limits: fixed windows by address and by account, in one process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from arenapulse.runtime import ratelimit
from arenapulse.runtime.ratelimit import Decision, OwnCounts, RateClass, RateLimiter, SharedCounts

NOON = 1_800_000_000.0
"""A multiple of the window, so that the first second is the first of a window."""


def test_the_limit_is_reached_and_a_new_window_starts_anew() -> None:
    limiter = RateLimiter(enabled=True)
    limit = RateClass.AUTH.per_address
    first = limiter.by_address(RateClass.AUTH, "203.0.113.7", now_seconds=NOON)
    assert first == Decision(allowed=True, limit=limit, remaining=limit - 1, reset_seconds=60)
    for _ in range(limit - 1):
        last = limiter.by_address(RateClass.AUTH, "203.0.113.7", now_seconds=NOON + 20)
    assert last == Decision(allowed=True, limit=limit, remaining=0, reset_seconds=40)
    over = limiter.by_address(RateClass.AUTH, "203.0.113.7", now_seconds=NOON + 59)
    assert over == Decision(allowed=False, limit=limit, remaining=0, reset_seconds=1)
    anew = limiter.by_address(RateClass.AUTH, "203.0.113.7", now_seconds=NOON + 60)
    assert (anew.allowed, anew.remaining) == (True, limit - 1)


def test_classes_addresses_and_accounts_are_counted_apart() -> None:
    limiter = RateLimiter(enabled=True)
    for _ in range(RateClass.AUTH.per_address + 1):
        limiter.by_address(RateClass.AUTH, "203.0.113.7", now_seconds=NOON)
    assert limiter.by_address(RateClass.READ, "203.0.113.7", now_seconds=NOON).allowed
    assert limiter.by_address(RateClass.AUTH, "203.0.113.8", now_seconds=NOON).allowed
    assert limiter.by_account(RateClass.AUTH, UUID(int=7), now_seconds=NOON).allowed


def test_lifted_limits_refuse_nobody() -> None:
    limiter = RateLimiter(enabled=False)
    for _ in range(10_000):
        decision = limiter.by_address(RateClass.AUTH, "203.0.113.7", now_seconds=NOON)
    assert (decision.allowed, decision.remaining) == (True, RateClass.AUTH.per_address)


def test_spellings_of_an_address_and_a_household_are_counted_as_one() -> None:
    for one, other in (
        ("203.0.113.7", "::ffff:203.0.113.7"),
        ("203.0.113.8", "203.0.113.8:4711"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
    ):
        limiter = RateLimiter(enabled=True)
        limiter.by_address(RateClass.AUTH, one, now_seconds=NOON)
        second = limiter.by_address(RateClass.AUTH, other, now_seconds=NOON)
        assert second.remaining == RateClass.AUTH.per_address - 2


def test_the_memory_of_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimit, "KEYS_MAX", 100)
    counts = OwnCounts()
    limiter = RateLimiter(enabled=True, counts=counts)
    for number in range(1_000):
        limiter.by_address(RateClass.READ, f"10.0.{number // 250}.{number % 250}", now_seconds=NOON)
    assert len(counts) <= 100


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[int]:
    with (tmp_path / "counts").open("w+b") as file:
        SharedCounts.make(file.fileno())
        yield file.fileno()


def test_processes_that_share_a_memory_share_the_limit(memory: int) -> None:
    one, other = (RateLimiter(enabled=True, counts=SharedCounts(memory)) for _ in range(2))
    limit = RateClass.AUTH.per_address
    for number in range(limit):
        limiter = one if number % 2 else other
        allowed = limiter.by_address(RateClass.AUTH, "203.0.113.7", now_seconds=NOON)
        assert (allowed.allowed, allowed.remaining) == (True, limit - number - 1)
    for limiter in (one, other):
        over = limiter.by_address(RateClass.AUTH, "::ffff:203.0.113.7", now_seconds=NOON)
        assert (over.allowed, over.remaining) == (False, 0)
        assert limiter.by_address(RateClass.READ, "203.0.113.7", now_seconds=NOON).allowed
        assert limiter.by_account(RateClass.AUTH, UUID(int=7), now_seconds=NOON).allowed
    anew = other.by_address(RateClass.AUTH, "203.0.113.7", now_seconds=NOON + 60)
    assert (anew.allowed, anew.remaining) == (True, limit - 1)


def test_a_shared_memory_holds_a_crowd_and_its_size(memory: int) -> None:
    """A quarter of its slots taken, one in a thousand may have had to make room at the most."""
    counts = SharedCounts(memory)
    keys = [f"read:a:10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(SharedCounts.SLOTS // 4)]
    for key in keys:
        assert counts.add(key, window=1, most=9) == 1
    remembered = sum(counts.add(key, window=1, most=9) == 2 for key in keys)
    assert remembered > 0.999 * len(keys)
    assert os.fstat(memory).st_size == SharedCounts.size()
    # A new minute: what was there makes room.
    assert counts.add("another", window=2, most=9) == 1
