"""The old home of rate limits: they moved to `runtime/ratelimit.py`, below the web."""

from __future__ import annotations

from arenapulse.runtime.ratelimit import Decision, RateClass, RateLimiter

__all__ = ["Decision", "RateClass", "RateLimiter"]
