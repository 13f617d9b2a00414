"""The audit log: who changed what that matters, written in the same transaction as the change.

From where, by which session or key and on which request is known by the request's own context:
the edge and whoever verifies tokens say it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final
from uuid import UUID

import msgspec

from arenapulse.runtime import log
from arenapulse.runtime.db import Session


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who is behind the request that is answered: a person by a session, or a key."""

    actor_id: UUID
    session_id: UUID | None = None
    key_id: UUID | None = None
    organization_id: UUID | None = None
    """Whose key it is."""


came_from: ContextVar[str | None] = ContextVar("came_from", default=None)
"""The client's address, set by the edge."""
caller: ContextVar[Caller | None] = ContextVar("caller", default=None)

_INSERT: Final = (
    "INSERT INTO audit_log (actor_id, action, subject_id, details, organization_id, session_id, "
    "key_id, address, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
)


async def audit(
    session: Session,
    *,
    action: str,
    subject_id: UUID,
    details: Mapping[str, object],
    organization_id: UUID | None,
    actor_id: UUID | None = None,
    session_id: UUID | None = None,
) -> None:
    """`action` is slice.what, like `event.pricing`; `details` are values before and after.

    No secret and nothing personal stands in them. Without `actor_id` it is who asks. What is an
    organization's is shown to its owners; None is the platform's, or a person's own.
    """
    known = caller.get()
    await (await session.driver()).execute(
        _INSERT,
        actor_id or (None if known is None else known.actor_id),
        action,
        subject_id,
        msgspec.json.encode(details).decode(),
        organization_id,
        session_id or (None if known is None else known.session_id),
        None if known is None else known.key_id,
        came_from.get(),
        log.request_id.get(),
    )
