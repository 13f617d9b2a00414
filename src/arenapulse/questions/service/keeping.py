"""How long answers stay: with the account, and only of what was sold."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from arenapulse.core.ids import UserId
from arenapulse.orders import holding
from arenapulse.questions import queries
from arenapulse.questions.service.naming import given_of
from arenapulse.runtime.db import Database, Session

UNSOLD_AFTER: Final = dt.timedelta(hours=2)
LOOKED_AT_FOR: Final = dt.timedelta(days=2)
PAGE: Final = 1_000
PAGES_MAX: Final = 1_000


class PersonalAnswers:
    """What a person answered, for the erasure and the export of an account."""

    name = "answers"

    async def erase(self, session: Session, *, user_id: UserId) -> None:
        subjects = await holding.subjects_of(session, user_id=user_id)
        await queries.forget(session, subjects=subjects)

    async def export(self, session: Session, *, user_id: UserId) -> object:
        subjects = await holding.subjects_of(session, user_id=user_id)
        given = await given_of(session, subjects=subjects)
        return [
            {"id": str(subject), "name": each.name, "answers": each.answers}
            for subject, each in sorted(given.items())
        ]


async def forget_unsold(database: Database, *, now: dt.datetime) -> int:
    """Answers to holds that came to nothing: nobody has a use for them. How many went.

    Looks at those of two days, so two hours without a worker forget nothing.
    """
    forgotten, after = 0, UUID(int=0)
    for _ in range(PAGES_MAX):
        async with database.transaction() as session:
            page = await queries.answered_between(
                session,
                after=after,
                since=now - LOOKED_AT_FOR,
                until=now - UNSOLD_AFTER,
                limit=PAGE,
            )
            unsold = await holding.unsold(session, subjects=page)
            await queries.forget(session, subjects=unsold)
        forgotten += len(unsold)
        if len(page) < PAGE:
            break
        after = page[-1]
    return forgotten
