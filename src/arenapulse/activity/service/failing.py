"""Jobs that failed for good, for who runs the platform."""

from __future__ import annotations

from typing import Final

from arenapulse.activity.schemas import FailedJob
from arenapulse.core.errors import Forbidden, NotFound
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs.held import held_jobs, run_again

SHOWN_MAX: Final = 500
_DIGITS_MAX: Final = 18


async def list_failed(session: Session, *, actor: Actor) -> list[FailedJob]:
    """Newest first; ADMIN. Raises `Forbidden`."""
    if not actor.is_admin:
        raise Forbidden
    return [
        FailedJob(job_id=str(job.job_id), name=job.name, failed_at=job.failed_at, why=job.why)
        for job in await held_jobs(session, limit=SHOWN_MAX)
    ]


async def retry_failed(session: Session, *, actor: Actor, job_id: str) -> None:
    """Gives a job all its tries again; ADMIN. Raises `Forbidden`, `NotFound`."""
    if not actor.is_admin:
        raise Forbidden
    is_number = job_id.isascii() and job_id.isdigit() and len(job_id) <= _DIGITS_MAX
    if not is_number or not await run_again(session, job_id=int(job_id)):
        raise NotFound
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=None,
        action="jobs.retry",
        subject_id=actor.user_id,
        details={"jobId": job_id},
    )
