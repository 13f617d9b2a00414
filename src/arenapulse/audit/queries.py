"""All SQL of the audit log, which every slice writes through `runtime/audit`."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import text

from arenapulse.audit.schemas import AuditEntry, Chain, Sought
from arenapulse.core.ids import UserId
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs.outbox import Connection
from arenapulse.runtime.sheets import Sheet, csv_text

SEALED_AT_ONCE_MAX: Final = 1_000
FAULTS_SHOWN_MAX: Final = 20
_PAGE_ROWS: Final = 1_000


async def lines(
    session: Session, *, sought: Sought, before: int | None, limit: int
) -> Sequence[Any]:
    """Newest first, as `entries` reads them."""
    values = {
        "organization": sought.organization_id,
        "action": sought.action,
        "actor": sought.actor_id,
        "subject": sought.subject_id,
        "since": sought.since,
        "until": sought.until,
        "before": before,
        "limit": limit,
    }
    return (await session.execute(_ENTRIES, values)).all()


async def own_lines(session: Session, *, user_id: UserId, limit: int) -> Sequence[Any]:
    """Of what a person did, and of what was done to them; newest first."""
    return (await session.execute(_OWN_ENTRIES, {"user": user_id, "limit": limit})).all()


def entries(found: Sequence[Any], *, names: Mapping[UUID, str]) -> list[AuditEntry]:
    """The lines, with what their actors are called."""
    return [
        AuditEntry.model_validate(row).model_copy(update={"actor_name": names.get(row.actor_id)})
        for row in found
    ]


def table(found: Sequence[Any], *, names: Mapping[UUID, str]) -> str:
    """The same as a CSV file, made in a thread."""
    shown = [each.model_dump(mode="json") for each in entries(found, names=names)]
    columns = [field.alias or name for name, field in AuditEntry.model_fields.items()]
    return csv_text(Sheet("audit", columns, [[_text(v) for v in each.values()] for each in shown]))


async def seal(session: Session) -> int:
    """Seals what was written since, in one process at a time; how many."""
    return int(await session.scalar(_SEAL, {"most": SEALED_AT_ONCE_MAX}) or 0)


async def last_number(connection: Connection) -> int:
    """How many rows are sealed."""
    return int(await connection.fetchval("SELECT coalesce(max(number), 0) FROM audit_seals"))


async def judge(connection: Connection, *, known_head: str | None, after: int = 0) -> Chain:
    """Walks the chain, all of it or what comes after a number.

    `known_head` is a seal that somebody wrote down before.
    """
    faults: list[str] = []
    number, seen = after, False
    before = await connection.fetchval("SELECT hash FROM audit_seals WHERE number = $1", after)
    last = bytes(before or b"")
    async for row in _chain(connection, after=after):
        number += 1
        if row["number"] != number:
            faults.append(f"seal {number} is not there")
            number = row["number"]
        if row["line"] is None:
            faults.append(f"row {row['row_id']} was cut")
        elif hashlib.sha256(last + row["line"].encode()).digest() != bytes(row["hash"]):
            faults.append(f"row {row['row_id']} or the seal before it was changed")
        last = bytes(row["hash"])
        seen = seen or last.hex() == known_head
        if len(faults) >= FAULTS_SHOWN_MAX:
            break
    unsealed = await connection.fetchval(_UNSEALED, after)
    if unsealed:
        faults.append(f"{unsealed} rows older than an hour are not sealed: does a worker run?")
    if known_head is not None and not seen:
        faults.append("the seal that you know is not in the chain: its end was cut")
    return Chain(sealed=number, head=last.hex(), faults=tuple(faults))


async def _chain(connection: Connection, *, after: int) -> AsyncGenerator[asyncpg.Record, None]:
    while rows := await connection.fetch(_SEALS, after, _PAGE_ROWS):
        for row in rows:
            yield row
        after = rows[-1]["number"]


def _text(value: object) -> str:
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    return "" if value is None else str(value)


_SHOWN: Final = (
    "SELECT a.id, a.at, a.action, a.actor_id, a.subject_id, a.organization_id, a.session_id, "
    "a.key_id, a.address, a.request_id, a.details FROM audit_log a "
)
# Each half by an index of its own: the log is never cut.
_OWN_ENTRIES = text(
    _SHOWN
    + "WHERE a.id IN ("
    + " UNION ".join(
        f"(SELECT id FROM audit_log WHERE {who} = :user ORDER BY id DESC LIMIT :limit)"
        for who in ("actor_id", "subject_id")
    )
    + ") ORDER BY a.id DESC LIMIT :limit"
)
_ENTRIES = text(
    _SHOWN + "WHERE (CAST(:organization AS UUID) IS NULL OR a.organization_id = :organization) "
    "AND (CAST(:before AS BIGINT) IS NULL OR a.id < :before) "
    "AND (CAST(:actor AS UUID) IS NULL OR a.actor_id = :actor) "
    "AND (CAST(:subject AS UUID) IS NULL OR a.subject_id = :subject) "
    "AND (CAST(:since AS TIMESTAMPTZ) IS NULL OR a.at >= :since) "
    "AND (CAST(:until AS TIMESTAMPTZ) IS NULL OR a.at < :until) "
    "AND (CAST(:action AS TEXT) IS NULL OR a.action = :action "
    "OR (right(:action, 1) = '.' AND starts_with(a.action, :action))) "
    "ORDER BY a.id DESC LIMIT :limit"
)
_SEAL = text("SELECT seal_audit(:most)")
_SEALS: Final = (
    "SELECT s.number, s.row_id, s.hash, "
    "CASE WHEN a.id IS NOT NULL THEN audit_text(a) END AS line FROM audit_seals s "
    "LEFT JOIN audit_log a ON a.id = s.row_id WHERE s.number > $1 ORDER BY s.number LIMIT $2"
)
_UNSEALED: Final = (
    "SELECT count(*) FROM audit_log a WHERE a.at < now() - INTERVAL '1 hour' "
    # From where one looks: the log is never cut, and all of it takes longer than a request may.
    "AND a.id > coalesce((SELECT s.row_id FROM audit_seals s WHERE s.number = $1), -1) "
    "AND NOT EXISTS (SELECT 1 FROM audit_seals s WHERE s.row_id = a.id)"
)
