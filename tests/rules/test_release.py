"""When a new version is taken back."""

from __future__ import annotations

import math

import pytest

from arenapulse.entrypoints.release.judging import (
    Limits,
    Seen,
    added,
    fault,
    quantile,
    read_buckets,
    summed,
)
from arenapulse.runtime.web.figures import joined

LIMITS = Limits(error_ratio=0.01, p95_seconds=0.2, requests_min=50)
QUICK = {0.01: 990.0, 0.2: 1000.0, math.inf: 1000.0}
SLOW = {0.01: 100.0, 0.2: 500.0, 0.5: 1000.0, math.inf: 1000.0}


def seen(requests: int = 1000, errors: int = 0, **more: object) -> Seen:
    return Seen(**({"requests": requests, "errors": errors, "buckets": QUICK} | more))


@pytest.mark.parametrize(
    ("new", "wrong"),
    [
        (seen(), None),
        (seen(errors=10), None),
        (seen(errors=11), "1.1% of its answers are errors, 1.0% may be"),
        (seen(buckets=SLOW), "its p95 is 470 ms, 200 may be"),
        (seen(is_up=False), "it does not answer its health check"),
        # Too few to say so, unless they are many of the few.
        (seen(49, 9), None),
        (seen(26, 13), "50.0% of its answers are errors, 1.0% may be"),
        (seen(10, buckets=SLOW), None),
    ],
)
def test_what_is_taken_back(new: Seen, wrong: str | None) -> None:
    assert fault(new, old=seen(), limits=LIMITS) == wrong


def test_a_slow_machine_is_not_the_new_versions_fault() -> None:
    assert fault(seen(buckets=SLOW), old=seen(buckets=SLOW), limits=LIMITS) is None


def test_a_quantile_is_prometheus() -> None:
    assert quantile({0.1: 50.0, 0.2: 100.0, math.inf: 100.0}, 0.95) == pytest.approx(0.19)
    assert quantile({0.1: 50.0, math.inf: 100.0}, 0.95) == 0.1
    assert quantile({}, 0.95) == 0


def test_processes_behind_one_address_are_told_apart_and_added() -> None:
    page = (
        'arenapulse_request_seconds_bucket{le="0.2"} 3.0\n'
        'arenapulse_request_seconds_bucket{le="+Inf"} 4.0\n'
        "process_start_time_seconds 1.7e9\n"
    )
    assert read_buckets(page) == {"@1.7e9": {0.2: 3.0, math.inf: 4.0}}
    # As one of them tells of all of its port.
    gathered = joined({0: page, 1: page.replace("1.7e9", "1.8e9").replace("3.0", "1.0")})
    assert read_buckets(gathered) == {
        "0@1.7e9": {0.2: 3.0, math.inf: 4.0},
        "1@1.8e9": {0.2: 1.0, math.inf: 4.0},
    }
    assert read_buckets("nothing_of_it 1\n") == {"@": {}}
    assert added({0.2: 1.0}, {0.2: 3.0, math.inf: 4.0}) == {0.2: 2.0, math.inf: 4.0}
    assert summed({0.2: 1.0}, {0.2: 2.0, math.inf: 3.0}) == {0.2: 3.0, math.inf: 3.0}
