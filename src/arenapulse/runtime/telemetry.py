"""Counters and histograms for `/metrics` (Prometheus text format)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from arenapulse.core import clock

_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Answers(Collector):
    """Requests by method and status, and how long they took, of the event loop's thread.

    Plain numbers until somebody asks: labelled counters with their locks cost a poll a tenth.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = {}
        self._buckets = [0] * (len(_SECONDS) + 1)
        self._sum = 0.0
        self._examples: dict[int, Exemplar] = {}

    def add(
        self, method: str, status: int, seconds: float, example: Mapping[str, str] | None = None
    ) -> None:
        """`example` are the labels of a trace that shows one like it."""
        key = (method, status)
        self._counts[key] = self._counts.get(key, 0) + 1
        at = bisect_left(_SECONDS, seconds)
        self._buckets[at] += 1
        self._sum += seconds
        if example is not None:
            self._examples[at] = Exemplar(dict(example), seconds, clock.unix_seconds())

    def collect(self) -> Iterator[Metric]:
        counts = CounterMetricFamily(
            "arenapulse_requests", "HTTP requests", labels=("method", "status")
        )
        for (method, status), many in list(self._counts.items()):
            counts.add_metric((method, str(status)), many)
        yield counts
        buckets: list[tuple[str, float] | tuple[str, float, Exemplar]] = []
        total = 0
        for at, label in enumerate((*(str(float(bound)) for bound in _SECONDS), "+Inf")):
            total += self._buckets[at]
            example = self._examples.get(at)
            buckets.append((label, total) if example is None else (label, total, example))
        yield HistogramMetricFamily(
            "arenapulse_request_seconds", "Time to answer", buckets=buckets, sum_value=self._sum
        )


ANSWERS: Final = Answers()
REGISTRY.register(ANSWERS)
RATE_REFUSALS = Counter("arenapulse_rate_refusals", "Requests over a limit", ["kind", "by"])
BATCH_SIZE = Histogram(
    "arenapulse_batch_size",
    "Commands in a batch",
    ["batch"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
)
BATCH_SECONDS = Histogram(
    "arenapulse_batch_seconds",
    "One batch with its commit",
    ["batch"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5),
)
BATCH_QUEUE = Gauge("arenapulse_batch_queue", "Commands waiting for a batch", ["batch"])
BATCH_RETRIES = Counter("arenapulse_batch_retries", "Batches run again", ["batch", "reason"])
BATCH_STUCK_SECONDS = Gauge(
    "arenapulse_batch_stuck_seconds",
    "Age of the batch in flight, or of the first of those that were lost one after the other",
    ["batch"],
)
JOBS = Counter("arenapulse_jobs", "Jobs that ended a try", ["job", "outcome"])
JOB_SECONDS = Histogram(
    "arenapulse_job_seconds",
    "One try of a job",
    ["job"],
    buckets=(0.002, 0.01, 0.05, 0.2, 1, 5, 20, 60),
)
DUE_ROWS = Gauge("arenapulse_due_rows", "Rows that are due and taken by nobody", ["kind"])
DUE_OLDEST_SECONDS = Gauge(
    "arenapulse_due_oldest_seconds", "For how long the oldest of them has been due", ["kind"]
)
PAYMENT_DIFFERENCES = Gauge(
    "arenapulse_payment_differences",
    "What the payment vendor's books and ours say differently, for a person to decide",
)
DUE_STUCK = Gauge("arenapulse_due_stuck", "Rows that wait for a person", ["kind"])
DUE_RUNNING = Gauge("arenapulse_due_running", "Calls for due rows under way", ["kind"])
DUE_OUTCOMES = Counter("arenapulse_due_outcomes", "How due rows ended a try", ["kind", "outcome"])
DUE_SECONDS = Histogram(
    "arenapulse_due_seconds",
    "One call for a due row",
    ["kind"],
    buckets=(0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20),
)
DEPENDENCY_UP = Gauge(
    "arenapulse_dependency_up",
    "1 while it answers, as the last probe of readiness saw it; the schema while it is ours",
    ["name"],
)
SEARCHES = Counter("arenapulse_searches", "Searches by who answered them", ["engine"])
REPLICA_UP = Gauge("arenapulse_replica_up", "1 while the standby answers what may be a moment old")
REPLICA_LAG_SECONDS = Gauge(
    "arenapulse_replica_lag_seconds", "For how long the standby has lacked something"
)
REPLICA_READS = Counter(
    "arenapulse_replica_reads", "Reads that may be a moment old, by who answered them", ["by"]
)
PROCESS_GIVEN_UP = Gauge(
    "arenapulse_process_given_up",
    "1 while a program of this port's supervisor dies at each start",
    ["program"],
)
DISK_FREE_RATIO = Gauge(
    "arenapulse_disk_free_ratio", "Free part of the disk of a folder", ["folder"]
)
WAL_KEPT = Gauge(
    "arenapulse_wal_kept",
    "1 while who is to keep the database's WAL does: a replication slot, or archive_command",
    ["who"],
)
BACKUP_AGE_SECONDS = Gauge(
    "arenapulse_backup_age_seconds",
    "Since the last backup that the database was told of",
    ["database"],
)
CERTIFICATE_SECONDS_LEFT = Gauge(
    "arenapulse_certificate_seconds_left", "Until the certificate of our address runs out", ["host"]
)
SOCKETS_OPEN = Gauge("arenapulse_sockets_open", "Sockets open at this process")
SOCKETS = Gauge("arenapulse_sockets", "What sockets did since the start, each a total", ["what"])
