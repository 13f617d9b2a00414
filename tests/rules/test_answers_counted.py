"""Answers are counted by plain numbers and told as Prometheus wants them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder, generate_latest

from arenapulse.runtime.telemetry import Answers


def test_counts_buckets_and_sum_are_told_as_a_counter_and_a_histogram() -> None:
    answers, registry = Answers(), CollectorRegistry()
    registry.register(answers)
    for seconds in (0.001, 0.002, 0.0021, 0.3, 60.0):
        answers.add("GET", 200, seconds)
    answers.add("POST", 409, 0.3)
    lines = generate_latest(registry).decode().splitlines()
    assert 'arenapulse_requests_total{method="GET",status="200"} 5.0' in lines
    assert 'arenapulse_requests_total{method="POST",status="409"} 1.0' in lines
    told = [line.split(" ") for line in lines if line.startswith("arenapulse_request_seconds_buc")]
    assert [(name.split('"')[1], float(many)) for name, many in told] == [
        ("0.002", 2),
        ("0.005", 3),
        ("0.01", 3),
        ("0.02", 3),
        ("0.05", 3),
        ("0.1", 3),
        ("0.2", 3),
        ("0.5", 5),
        ("1.0", 5),
        ("2.0", 5),
        ("5.0", 5),
        ("+Inf", 6),
    ]
    assert "arenapulse_request_seconds_count 6.0" in lines
    assert any(line.startswith("arenapulse_request_seconds_sum 60.60") for line in lines)


def test_a_trace_is_an_example_of_its_bucket() -> None:
    answers, registry = Answers(), CollectorRegistry()
    registry.register(answers)
    answers.add("GET", 200, 0.3, {"trace_id": "abc"})
    encode, _ = choose_encoder("application/openmetrics-text")
    lines: list[str] = encode(registry).decode().splitlines()
    (line,) = [each for each in lines if "trace_id" in each]
    assert line.startswith('arenapulse_request_seconds_bucket{le="0.5"} 1.0 # {trace_id="abc"} 0.3')
