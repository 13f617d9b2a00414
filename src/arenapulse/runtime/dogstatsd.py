"""The figures of `/metrics` to a Datadog agent by DogStatsD, every ten seconds."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator, Iterable
from typing import Final, Protocol

from datadog.dogstatsd.base import DogStatsd
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric

EVERY_SECONDS: Final = 10.0
STOP_SECONDS_MAX: Final = 5.0
OURS: Final = "arenapulse_"
PROMISED: Final = ("arenapulse_request_seconds_bucket", "0.2")
"""How many answers kept the promise: with the count of all, whether p95 does."""


class Statsd(Protocol):
    def gauge(self, metric: str, value: float, tags: list[str]) -> None: ...
    def increment(self, metric: str, value: float, tags: list[str]) -> None: ...


class Teller:
    """Gauges as they are; counters, and a histogram's count and sum, by what they rose."""

    def __init__(self, statsd: Statsd, *, collect: Callable[[], Iterable[Metric]]) -> None:
        self._statsd = statsd
        self._collect = collect
        self._told: dict[tuple[str, tuple[str, ...]], float] = {}

    def tell(self) -> None:
        for family in self._collect():
            if not family.name.startswith(OURS):
                continue
            for sample in family.samples:
                # Each bucket would be a metric in the bill: but one they are left to Prometheus.
                is_promised = (sample.name, sample.labels.get("le")) == PROMISED
                if sample.name.endswith(("_bucket", "_created")) and not is_promised:
                    continue
                name = sample.name.replace("_", ".", 1)
                tags = sorted(f"{key}:{value}" for key, value in sample.labels.items())
                if family.type == "gauge":
                    self._statsd.gauge(name, sample.value, tags=tags)
                else:
                    self._rise(name, tags, sample.value)

    def _rise(self, name: str, tags: list[str], value: float) -> None:
        key = (name, tuple(tags))
        rise = value - self._told.get(key, 0.0)
        self._told[key] = value
        if rise > 0:
            self._statsd.increment(name, rise, tags=tags)


@contextlib.contextmanager
def told(
    where: str, *, service: str, environment: str, process: int
) -> Generator[None, None, None]:
    """`where` is host:port of the agent; UDP, so an agent that is away costs nothing.

    `process` is which of its host and service it is: of gauges alike the agent keeps the last.
    """
    host, _, port = where.rpartition(":")
    statsd = DogStatsd(
        host=host,
        port=int(port),
        constant_tags=[f"service:{service}", f"env:{environment}", f"process:{process}"],
        disable_telemetry=True,
    )
    teller = Teller(statsd, collect=REGISTRY.collect)
    stopped = threading.Event()

    def run() -> None:
        while not stopped.wait(EVERY_SECONDS):
            teller.tell()

    thread = threading.Thread(target=run, name="dogstatsd", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(STOP_SECONDS_MAX)
        teller.tell()
        statsd.close_socket()
