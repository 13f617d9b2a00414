"""The audit log as people read it: with names, and with a judgement of its chain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from arenapulse.audit import queries
from arenapulse.audit.schemas import AuditEntry, ChainView, Sought
from arenapulse.core.ids import UserId
from arenapulse.core.paging import EXPORTED_MAX
from arenapulse.identity.queries.naming import names_of
from arenapulse.runtime.db import SERVICE, Database, Session

JUDGED_MAX: Final = 50_000
"""Seals that one request judges, the last ones; `arenapulse audit verify` judges all."""


async def read(
    session: Session, *, sought: Sought, before: int | None, limit: int
) -> list[AuditEntry]:
    """Newest first, each with what its actor is called."""
    found = await queries.lines(session, sought=sought, before=before, limit=limit)
    return queries.entries(found, names=await _names(session, found))


async def file(session: Session, *, sought: Sought, before: int | None, limit: int) -> str:
    """The same as lines of a CSV file, for spreadsheets: thousands, so not on the loop."""
    found = await queries.file_lines(session, sought=sought, before=before, limit=limit)
    actors = {UUID(line["actor_id"]) for line in found if line["actor_id"]}
    names = await names_of(session, ids=sorted(actors))
    return await asyncio.to_thread(queries.table, found, names=names)


async def _names(session: Session, found: Sequence[asyncpg.Record]) -> dict[UUID, str]:
    return await names_of(session, ids=sorted({e["actor_id"] for e in found if e["actor_id"]}))


async def judge(database: Database) -> ChainView:
    """Whether the end of the chain is as it was written."""
    # In a transaction, which says who acts: of these rows ADMIN alone sees all.
    async with database.pool.acquire() as connection, connection.transaction():
        top = await queries.last_number(connection)
        after = max(0, top - JUDGED_MAX)
        chain = await queries.judge(connection, known_head=None, after=after)
    return ChainView(sealed=chain.sealed, after=after, head=chain.head, faults=list(chain.faults))


class PersonalLines:
    """What the log says of a person, for the export of an account; it is kept after an erasure."""

    name = "auditLog"

    async def export(self, session: Session, *, user_id: UserId) -> object:
        # The wall shows a person's own lines to nobody but the house.
        await session.act_as(SERVICE)
        found = await queries.own_lines(session, user_id=user_id, limit=EXPORTED_MAX)
        await session.act_as(user_id)
        return found
