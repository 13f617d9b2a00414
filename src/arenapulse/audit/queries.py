"""All SQL of the audit log, which every slice writes through `runtime/audit`."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final
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
) -> Sequence[asyncpg.Record]:
    """Newest first, as `entries` reads them."""
    connection = await session.driver()
    return await connection.fetch(_ENTRIES, *_given(sought, before=before, limit=limit))


async def own_lines(session: Session, *, user_id: UserId, limit: int) -> msgspec.Raw:
    """Of what a person did, and of what was done to them; newest first, as JSON.

    PostgreSQL writes it: thousands of lines would be a fifth of a second on the loop.
    """
    connection = await session.driver()
    return msgspec.Raw(str(await connection.fetchval(_OWN_ENTRIES, user_id, limit)).encode())


async def file_lines(
    session: Session, *, sought: Sought, before: int | None, limit: int
) -> Sequence[asyncpg.Record]:
    """The same as `lines`, all of it text, as a file has it."""
    connection = await session.driver()
    return await connection.fetch(_FILE_LINES, *_given(sought, before=before, limit=limit))


def _given(sought: Sought, *, before: int | None, limit: int) -> tuple[object, ...]:
    return (
        *(sought.organization_id, before, sought.actor_id, sought.subject_id),
        *(sought.since, sought.until, sought.action, limit),
    )


def entries(found: Sequence[asyncpg.Record], *, names: Mapping[UUID, str]) -> list[AuditEntry]:
    """The lines, with what their actors are called."""
    return [
        AuditEntry(
            **dict(row) | {"details": msgspec.json.decode(row["details"])},
            actor_name=names.get(row["actor_id"]),
        )
        for row in found
    ]


def table(found: Sequence[asyncpg.Record], *, names: Mapping[UUID, str]) -> str:
    """What `file_lines` found as a CSV file, made in a thread."""
    called = {str(actor_id): name for actor_id, name in names.items()}
    rows = [[*row.values()] for row in found]
    for row in rows:
        row.insert(_NAME_COLUMN, called.get(row[_ACTOR_COLUMN], ""))
    return csv_text(Sheet("audit", _COLUMNS, rows))


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


_COLUMNS: Final = [field.alias or name for name, field in AuditEntry.model_fields.items()]
_ACTOR_COLUMN: Final = _COLUMNS.index("actorId")
_NAME_COLUMN: Final = _COLUMNS.index("actorName")
_AT: Final = """to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
# Each half by an index of its own: the log is never cut. Who else did it, and from where, is that
# person's.
_OWN_ENTRIES: Final = (
    f"SELECT coalesce(json_agg(CASE WHEN a.actor_id = $1 THEN json_build_object('id', a.id, "
    f"'at', {_AT}, 'action', a.action, 'actorId', a.actor_id, 'actorName', NULL, "
    "'subjectId', a.subject_id, 'sessionId', a.session_id, 'keyId', a.key_id, "
    "'address', a.address, 'requestId', a.request_id) "
    f"ELSE json_build_object('id', a.id, 'at', {_AT}, 'action', a.action, "
    "'subjectId', a.subject_id) END ORDER BY a.id DESC), '[]')::TEXT "
    "FROM audit_log a WHERE a.id IN (SELECT id FROM ("
    + " UNION ".join(
        f"(SELECT id FROM audit_log WHERE {who} = $1 ORDER BY id DESC LIMIT $2)"
        for who in ("actor_id", "subject_id")
    )
    + ") own ORDER BY id DESC LIMIT $2)"
)
_FOUND: Final = (
    " FROM audit_log a WHERE ($1::UUID IS NULL OR a.organization_id = $1) "
    "AND ($2::BIGINT IS NULL OR a.id < $2) "
    "AND ($3::UUID IS NULL OR a.actor_id = $3) "
    "AND ($4::UUID IS NULL OR a.subject_id = $4) "
    "AND ($5::TIMESTAMPTZ IS NULL OR a.at >= $5) "
    "AND ($6::TIMESTAMPTZ IS NULL OR a.at < $6) "
    "AND ($7::TEXT IS NULL OR a.action = $7 "
    "OR (right($7, 1) = '.' AND starts_with(a.action, $7))) "
    "ORDER BY a.id DESC LIMIT $8"
)
_ENTRIES: Final = (
    "SELECT a.id, a.at, a.action, a.actor_id, a.subject_id, a.organization_id, a.session_id, "
    "a.key_id, a.address, a.request_id, a.details::TEXT AS details" + _FOUND
)
# As `AuditEntry` has them, but for the name.
_FILE_LINES: Final = (
    f"SELECT a.id::TEXT, {_AT}, a.action, coalesce(a.actor_id::TEXT, '') AS actor_id, "
    "a.subject_id::TEXT, coalesce(a.organization_id::TEXT, ''), coalesce(a.session_id::TEXT, ''), "
    "coalesce(a.key_id::TEXT, ''), coalesce(a.address::TEXT, ''), coalesce(a.request_id, ''), "
    "a.details::TEXT" + _FOUND
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
