"""Due work: rows at which somebody must look at a time, drained by one runner.

How to add a kind: docs/how-to/add-due-work.md.
"""

from arenapulse.runtime.jobs.due.kind import Again, AnyKind, DueLimits, DueWork, GiveUp, Kind
from arenapulse.runtime.jobs.due.lease import workers_alive
from arenapulse.runtime.jobs.due.runner import DueRunner
from arenapulse.runtime.jobs.due.table import NOBODY, Backlog, DueTable, Key, Stuck

__all__ = [
    "NOBODY",
    "Again",
    "AnyKind",
    "Backlog",
    "DueLimits",
    "DueRunner",
    "DueTable",
    "DueWork",
    "GiveUp",
    "Key",
    "Kind",
    "Stuck",
    "workers_alive",
]
