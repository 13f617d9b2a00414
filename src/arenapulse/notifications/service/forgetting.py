"""A person's messages, for the erasure and the export of an account."""

from __future__ import annotations

from arenapulse.core import clock
from arenapulse.core.ids import UserId
from arenapulse.core.paging import EXPORTED_MAX
from arenapulse.notifications import queries
from arenapulse.runtime.db import Session


class PersonalMessages:
    name = "messages"

    async def erase(self, session: Session, *, user_id: UserId) -> None:
        """What waits is not sent; that something was told stays, without to whom and what."""
        await queries.forget_person(session, user_id=user_id, now=clock.now())

    async def export(self, session: Session, *, user_id: UserId) -> object:
        """What was told, newest first."""
        return await queries.told_to(session, user_id=user_id, limit=EXPORTED_MAX)


async def forget_address(session: Session, *, address: str) -> None:
    """What was told to an address before anybody was known by it: an invitation, a gift."""
    await queries.forget_address(session, address=address, now=clock.now())
