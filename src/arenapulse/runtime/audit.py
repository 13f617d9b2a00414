"""The audit log: who changed what that matters, written in the same transaction as the change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import text

from arenapulse.runtime.db import Session

_INSERT: Final = text(
    "INSERT INTO audit_log (actor_id, action, subject_id, details) "
    "VALUES (:actor_id, :action, :subject_id, CAST(:details AS JSONB))"
)


async def audit(
    session: Session,
    *,
    actor_id: UUID,
    action: str,
    subject_id: UUID,
    details: Mapping[str, object],
) -> None:
    """`action` is slice.what, like `event.pricing`; `details` are values before and after."""
    await session.execute(
        _INSERT,
        {
            "actor_id": actor_id,
            "action": action,
            "subject_id": subject_id,
            "details": msgspec.json.encode(details).decode(),
        },
    )
