"""How long a call that the gateway did not answer waits before it is made again."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence


def backoff(tries: int, *, seconds: Sequence[float]) -> dt.timedelta:
    """The pause after so many tries, 20 % more or less; the last of `seconds` from there on."""
    pause = seconds[min(max(tries, 1), len(seconds)) - 1]
    return dt.timedelta(seconds=pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load
