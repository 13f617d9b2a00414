"""What somebody did to their own account, in the audit log: sign-ins, passwords, erasure."""

from __future__ import annotations

from arenapulse.core.ids import UserId
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session


async def note_own(session: Session, *, user_id: UserId, action: str) -> None:
    await audit(session, actor_id=user_id, action=action, subject_id=user_id, details={})
