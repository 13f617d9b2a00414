"""Counters and histograms for `/metrics` (Prometheus text format)."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("arenapulse_requests", "HTTP requests", ["method", "status"])
RATE_REFUSALS = Counter("arenapulse_rate_refusals", "Requests over a limit", ["kind", "by"])
SECONDS = Histogram(
    "arenapulse_request_seconds",
    "Time to answer",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
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
    "arenapulse_batch_stuck_seconds", "Age of the batch in flight", ["batch"]
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
SEARCHES = Counter("arenapulse_searches", "Searches by who answered them", ["engine"])
REPLICA_UP = Gauge("arenapulse_replica_up", "1 while the standby answers what may be a moment old")
REPLICA_LAG_SECONDS = Gauge(
    "arenapulse_replica_lag_seconds", "For how long the standby has lacked something"
)
REPLICA_READS = Counter(
    "arenapulse_replica_reads", "Reads that may be a moment old, by who answered them", ["by"]
)
SOCKETS_OPEN = Gauge("arenapulse_sockets_open", "Sockets open at this process")
SOCKETS = Gauge("arenapulse_sockets", "What sockets did since the start, each a total", ["what"])
