"""What somebody did to their own account, in the audit log: sign-ins, passwords, erasure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from arenapulse.core.ids import SessionId, UserId
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Database, Session


async def note_own(
    session: Session,
    *,
    user_id: UserId,
    action: str,
    session_id: SessionId | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """`session_id` where the request does not say by which session it came."""
    await audit(
        session,
        actor_id=user_id,
        organization_id=None,
        session_id=session_id,
        action=action,
        subject_id=user_id,
        details=details or {},
    )


async def note_refused(database: Database, *, user_id: UserId | None, action: str) -> None:
    """In a transaction of its own: what is refused takes nothing back with it.

    Of what nobody has too: it takes as long, and is as much an attempt.
    """
    async with database.transaction() as session:
        await note_own(session, user_id=user_id or _NOBODY, action=action)


_NOBODY: Final = UserId(UUID(int=0))
