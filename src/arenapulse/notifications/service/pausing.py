"""How long a message waits after a failure, and a vendor after saying that it takes none."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Final

BACKOFF_SECONDS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 120.0, 300.0)
# One call in a quarter of a minute burdens nobody, and thousands may wait for its end.
REST_SECONDS: Final = (1.0, 2.0, 4.0, 8.0, 15.0)


def backoff(tries: int) -> dt.timedelta:
    """The pause after so many tries, 20 % more or less; five minutes from the ninth on."""
    pause = BACKOFF_SECONDS[min(max(tries, 1), len(BACKOFF_SECONDS)) - 1]
    return dt.timedelta(seconds=pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load


@dataclass(slots=True)
class Rest:
    """A vendor that failed rests; after it one call tries, and the rest follows when it went."""

    until: dt.datetime | None = None
    failures: int = 0

    def allows(self, now: dt.datetime) -> bool:
        return self.until is None or self.until <= now

    def at_once(self, most: int) -> int:
        """How many calls may be made now."""
        return most if self.failures == 0 else 1

    def begin(self, now: dt.datetime, *, seconds: float | None = None) -> dt.datetime:
        """Rests from now on: as long as the vendor said, or longer each time."""
        if self.allows(now):
            # Many calls fail together; that is one failure.
            self.failures += 1
            pause = seconds or REST_SECONDS[min(self.failures, len(REST_SECONDS)) - 1]
            self.until = now + dt.timedelta(seconds=pause)
        assert self.until is not None
        return self.until

    def answered(self) -> None:
        self.until, self.failures = None, 0
