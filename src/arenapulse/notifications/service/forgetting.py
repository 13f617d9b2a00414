"""A person's messages, for the erasure and the export of an account."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from arenapulse.core import clock
from arenapulse.core.ids import UserId, first_id_of
from arenapulse.core.paging import EXPORTED_MAX
from arenapulse.notifications import queries
from arenapulse.runtime.db import Database, Session

NUMBERS_KEPT: Final = dt.timedelta(days=90)
# As long as a card network hears disputes, which ask where papers and tickets were sent.
MAILS_KEPT: Final = dt.timedelta(days=540)
ROWS_PER_ROUND: Final = 5_000
ROUNDS_MAX: Final = 100_000


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


async def forget_recipients(database: Database, *, now: dt.datetime) -> int:
    """That something was told stays; to whom, and in which words, is gone after its time.

    How many were forgotten, some thousands a transaction.
    """
    numbers_before, mails_before = (_first_id(now - kept) for kept in (NUMBERS_KEPT, MAILS_KEPT))
    after, forgotten = UUID(int=0), 0
    for _ in range(ROUNDS_MAX):
        async with database.transaction() as session:
            last, found = await queries.forget_recipients(
                session,
                after=after,
                numbers_before=numbers_before,
                mails_before=mails_before,
                rows=ROWS_PER_ROUND,
            )
        if last is None:
            break
        after, forgotten = last, forgotten + found
    return forgotten


def _first_id(at: dt.datetime) -> UUID:
    return first_id_of(int(at.timestamp() * 1000))
