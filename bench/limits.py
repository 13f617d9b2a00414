"""What rate limits cost an order, in microseconds: its address and its account, counted.

    python -m bench.limits [--quick]

As the hot path asks: `by_address`, then `by_account`, of many people behind many addresses, IPv4
and IPv6; in memory that processes share, and in a process's own. No network, no engine. Of a
processor's time, the best of some rounds: others use the machine. Exit 1 past `MICROSECONDS_MAX`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from uuid import uuid4

from arenapulse.runtime.ratelimit import Counts, OwnCounts, RateClass, RateLimiter, SharedCounts

MICROSECONDS_MAX = 10.0
PEOPLE = 20_000
ROUNDS = 5
NOW = 1_800_000_000.0


def microseconds(counts: Counts, *, people: int) -> tuple[float, float]:
    """Of an order: of somebody who was never seen, and of somebody who was."""
    limiter = RateLimiter(enabled=True, counts=counts)
    half = range(people // 2)
    addresses = [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in half]
    addresses += [f"2001:db8:{n >> 8:x}:{n & 255:x}::{n:x}" for n in half]
    asked = [(address, uuid4()) for address in addresses]

    def of_all() -> float:
        began = time.process_time()
        for address, account in asked:
            limiter.by_address(RateClass.ORDER, address, now_seconds=NOW)
            limiter.by_account(RateClass.ORDER, account, now_seconds=NOW)
        return (time.process_time() - began) / len(asked) * 1e6

    first = of_all()
    return first, min(of_all() for _ in range(ROUNDS))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the people")
    people = PEOPLE // 10 if parser.parse_args().quick else PEOPLE
    with tempfile.TemporaryFile() as file:
        SharedCounts.make(file.fileno())
        kinds = {"shared": SharedCounts(file.fileno()), "of one process": OwnCounts()}
        found = {name: microseconds(counts, people=people) for name, counts in kinds.items()}
    for name, (first, again) in found.items():
        print(f"counts {name}: {again:.1f} us an order, {first:.1f} by who was never seen")
    return 1 if max(again for _, again in found.values()) > MICROSECONDS_MAX else 0


if __name__ == "__main__":
    sys.exit(main())
