"""Jobs: facts and tasks as rows of PostgreSQL, enqueued in the caller's transaction."""

from arenapulse.runtime.jobs.courtesy import PACE_SPARE_SHARE, Courtesy, Pace
from arenapulse.runtime.jobs.outbox import (
    Jobs,
    NewJob,
    attach,
    enqueue,
    enqueue_all,
    enqueue_on,
    heard_by,
    reactions_to,
    record,
    record_all,
    spread_by,
    wake,
    wake_after_commit,
    wake_for,
)
from arenapulse.runtime.jobs.registry import GIVING_WAY, Entry, Limits, Loop, Registry

__all__ = [
    "GIVING_WAY",
    "PACE_SPARE_SHARE",
    "Courtesy",
    "Entry",
    "Jobs",
    "Limits",
    "Loop",
    "NewJob",
    "Pace",
    "Registry",
    "attach",
    "enqueue",
    "enqueue_all",
    "enqueue_on",
    "heard_by",
    "reactions_to",
    "record",
    "record_all",
    "spread_by",
    "wake",
    "wake_after_commit",
    "wake_for",
]
