"""Rate limits: fixed windows by address and by account, in one process."""

from __future__ import annotations

import pytest

from arenapulse.runtime import ratelimit
from arenapulse.runtime.ratelimit import Decision, RateClass, RateLimiter

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
    assert limiter.by_account(RateClass.AUTH, "203.0.113.7", now_seconds=NOON).allowed


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
    limiter = RateLimiter(enabled=True)
    for number in range(1_000):
        limiter.by_address(RateClass.READ, f"10.0.{number // 250}.{number % 250}", now_seconds=NOON)
    assert len(limiter._counts) <= 100
