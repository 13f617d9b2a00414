"""All SQL of gates, by the driver."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from arenapulse.core.ids import EventId, OrderId, OrganizationId, SessionId, UserId
from arenapulse.core.paging import EXPORTED_MAX
from arenapulse.gates.schemas import GateRule, PastScan
from arenapulse.gates.terms import BEAT_SECONDS, DEVICE_SESSIONS_MAX, LOCKED_OUT_MAX
from arenapulse.runtime.db import SERVICE, Database, Session

CHECK_IN: Final = f"SELECT * FROM check_in({', '.join(f'${n}' for n in range(1, 18))})"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What stands for an event at its gates."""

    sequence: int = 1
    admitted: int = 0
    inside: int = 0
    reentry: bool = False
    passback_seconds: int = 0
    gates: dict[str, GateRule] = {}
    zones: dict[str, int | None] = {}


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate let in: ever, in the last minute, and in the best of the last ten."""

    gate: str
    admitted: int
    per_minute: int
    peak: int


async def standing(
    connection: asyncpg.Connection[asyncpg.Record]
    | asyncpg.pool.PoolConnectionProxy[asyncpg.Record],
    *,
    event_id: EventId,
) -> Standing:
    row = await connection.fetchrow(_STANDING, event_id)
    if row is None:
        return Standing()
    return Standing(
        sequence=row["sequence"],
        admitted=row["admitted"],
        inside=row["inside"],
        reentry=row["reentry"],
        passback_seconds=row["passback_seconds"],
        gates=msgspec.json.decode(row["gates"], type=dict[str, GateRule]),
        zones=msgspec.json.decode(row["zones"], type=dict[str, int | None]),
    )


async def watch(database: Database, *, event_id: EventId, organization_id: OrganizationId) -> None:
    """From now on changes of the event's tickets are noted; before a manifest is read."""
    await database.pool.execute(_WATCH, event_id, organization_id)


async def checkins_of(session: Session, *, user_id: UserId) -> list[asyncpg.Record]:
    """Scans of the tickets that a person holds, the oldest first."""
    return await (await session.driver()).fetch(_CHECKINS_OF, user_id, EXPORTED_MAX)


async def keep_rules(
    session: Session, *, event_id: EventId, organization_id: OrganizationId, rules: Standing
) -> None:
    """Who is inside and in no zone that there is now is in the one to which their gate leads."""
    connection = await session.driver()
    await connection.execute(
        _KEEP_RULES,
        *(event_id, organization_id, rules.reentry, rules.passback_seconds),
        msgspec.json.encode(rules.gates).decode(),
        msgspec.json.encode(rules.zones).decode(),
    )
    await connection.execute(_REHOUSE, event_id)


async def changed_orders(
    session: Session, *, event_id: EventId, since: int, limit: int
) -> list[UUID]:
    """Orders one of whose tickets changed after a sequence; one more than `limit` is too many."""
    rows = await (await session.driver()).fetch(_CHANGED, event_id, since, limit + 1)
    return [row["order_id"] for row in rows]


async def note_changes(session: Session, *, order_ids: Sequence[UUID], event_id: EventId) -> None:
    """Where somebody holds a manifest of the event, its next delta has these orders."""
    await (await session.driver()).execute(_NOTE, event_id, sorted(set(order_ids)))


async def presences(
    session: Session, *, event_id: EventId, order_ids: Sequence[UUID] | None
) -> list[asyncpg.Record]:
    """Columns: order_id, number, is_inside, gate, changed_at; of some orders, or all."""
    connection = await session.driver()
    if order_ids is None:
        return await connection.fetch(_PRESENCES, event_id)
    return await connection.fetch(f"{_PRESENCES} AND order_id = ANY ($2)", event_id, order_ids)


async def paces(
    database: Database, *, event_id: EventId, now: dt.datetime
) -> tuple[Standing, list[Pace]]:
    """What stands for the event, and what each gate did, by name."""
    beat = int(now.timestamp()) // BEAT_SECONDS
    async with database.pool.acquire() as connection:
        known = await standing(connection, event_id=event_id)
        rows = await connection.fetch(_PACES, event_id, beat)
    found = [
        Pace(
            gate=row["gate"],
            admitted=row["admitted"],
            per_minute=row["per_minute"],
            peak=row["peak"],
        )
        for row in rows
    ]
    return known, found


async def zone_counts(database: Database, *, event_id: EventId) -> dict[str, int]:
    """How many are inside, by zone: numbers, whoever they are."""
    async with database.transaction(actor=SERVICE) as session:
        rows = await (await session.driver()).fetch(_ZONES, event_id)
    return {row["zone"]: row["many"] for row in rows}


async def conflicts(session: Session, *, event_id: EventId, limit: int) -> list[asyncpg.Record]:
    """Scans that were let in and should not have been, the newest first."""
    return await (await session.driver()).fetch(_CONFLICTS, event_id, limit)


async def admissions(
    session: Session, *, orders: Sequence[OrderId], numbers: Sequence[int]
) -> list[asyncpg.Record]:
    """Of each ticket that went in, its first scan.

    Columns: at (its place in both lists, from 1), event_id, organization_id, section_id, gate,
    scanned_at.
    """
    return await (await session.driver()).fetch(
        "SELECT * FROM admissions($1, $2) ORDER BY at", orders, numbers
    )


async def scans_of_order(session: Session, *, order_id: OrderId, limit: int) -> list[PastScan]:
    """The oldest first."""
    connection = await session.driver()
    rows = await connection.fetch(
        "SELECT number, scanned_at, result, gate, "
        "(result = 'ADMITTED' OR conflict IS NOT NULL AND conflict IN (7, 8, 12, 13)) AS is_entry "
        "FROM checkins WHERE order_id = $1 ORDER BY scanned_at, sequence LIMIT $2",
        *(order_id, limit),
    )
    return [PastScan(**dict(row)) for row in rows]


async def add_device(
    session: Session,
    *,
    device_id: UUID,
    event_id: EventId,
    organization_id: OrganizationId,
    name: str,
    gate: str | None,
    code_hash: bytes,
    made_by: UserId,
    now: dt.datetime,
    expires_at: dt.datetime,
) -> None:
    await (await session.driver()).execute(
        _ADD_DEVICE,
        *(device_id, event_id, organization_id, name, gate, code_hash, made_by, now, expires_at),
    )


async def register_device(
    session: Session,
    *,
    code_hash: bytes,
    secret_hash: bytes,
    session_id: SessionId | None,
    now: dt.datetime,
) -> asyncpg.Record | None:
    """Once for each code, in its time; the sign-in it came by is this device's from now on."""
    connection = await session.driver()
    row = await connection.fetchrow(_REGISTER, code_hash, secret_hash, now)
    if row is not None and session_id is not None:
        await connection.execute(_SPOKE_AS, row["id"], session_id, DEVICE_SESSIONS_MAX)
    return row


async def devices(session: Session, *, event_id: EventId, limit: int) -> list[asyncpg.Record]:
    return await (await session.driver()).fetch(_DEVICES, event_id, limit)


async def revoke_device(
    session: Session, *, event_id: EventId, device_id: UUID, now: dt.datetime
) -> bool | None:
    """Whether it was registered; None where there is no such device."""
    found: bool | None = await (await session.driver()).fetchval(_REVOKE, event_id, device_id, now)
    return found


async def living_device(
    database: Database,
    *,
    event_id: EventId,
    secret_hash: bytes,
    session_id: SessionId | None,
    now: dt.datetime,
) -> bool:
    """Whether a device with this secret may ask; notes that it was seen, and by which sign-in."""
    async with database.transaction(actor=SERVICE) as session:
        connection = await session.driver()
        row = await connection.fetchrow(_LIVING, event_id, secret_hash, now, session_id)
        if row is not None and session_id is not None and not row["is_known"]:
            await connection.execute(_SPOKE_AS, row["id"], session_id, DEVICE_SESSIONS_MAX)
    return row is not None


async def locked_out(
    database: Database, *, organization_id: OrganizationId
) -> frozenset[SessionId]:
    """Sign-ins whose last device at this organization's gates was locked out."""
    async with database.transaction(actor=SERVICE) as session:
        rows = await (await session.driver()).fetch(_LOCKED_OUT, organization_id, LOCKED_OUT_MAX)
    return frozenset(SessionId(row[0]) for row in rows)


_CONFLICTS: Final = """
SELECT c.client_id, c.order_id, c.number, c.conflict, c.gate, c.device_id, v.name AS device_name,
    c.scanned_at, c.recorded_at, f.gate AS first_gate, f.scanned_at AS first_at
  FROM checkins c
  LEFT JOIN gate_devices v ON v.event_id = c.event_id AND v.id::TEXT = c.device_id
  LEFT JOIN LATERAL (
    SELECT k.gate, k.scanned_at FROM checkins k
      WHERE k.order_id = c.order_id AND k.number = c.number
        AND (k.result = 'ADMITTED' OR k.conflict IN (7, 8, 12, 13))
      ORDER BY k.sequence LIMIT 1) f ON TRUE
  WHERE c.event_id = $1 AND c.result = 'CONFLICT' ORDER BY c.sequence DESC LIMIT $2
"""
_STANDING: Final = (
    "SELECT sequence, admitted, inside, reentry, passback_seconds, gates::TEXT AS gates, "
    "zones::TEXT AS zones FROM event_gates WHERE event_id = $1"
)
_WATCH: Final = (
    "INSERT INTO event_gates AS g (event_id, organization_id, is_watched) VALUES ($1, $2, TRUE) "
    "ON CONFLICT (event_id) DO UPDATE SET is_watched = TRUE WHERE NOT g.is_watched"
)
_KEEP_RULES: Final = """
INSERT INTO event_gates AS g (event_id, organization_id, reentry, passback_seconds, gates, zones)
  VALUES ($1, $2, $3, $4, $5::TEXT::JSONB, $6::TEXT::JSONB)
  ON CONFLICT (event_id) DO UPDATE SET reentry = EXCLUDED.reentry,
    passback_seconds = EXCLUDED.passback_seconds, gates = EXCLUDED.gates, zones = EXCLUDED.zones,
    version = g.version + 1
"""
# Under the lock of the row above: no scan passes meanwhile.
_REHOUSE: Final = """
UPDATE presences p SET zone = g.gates -> p.gate ->> 'zone'
  FROM event_gates g
  WHERE p.event_id = $1 AND g.event_id = $1 AND p.is_inside
    AND (p.zone IS NULL OR NOT g.zones ? p.zone)
    AND p.zone IS DISTINCT FROM g.gates -> p.gate ->> 'zone'
"""
_CHANGED: Final = """
SELECT DISTINCT c.order_id FROM (
  SELECT order_id FROM checkins WHERE event_id = $1 AND sequence > $2
  UNION ALL SELECT order_id FROM gate_changes WHERE event_id = $1 AND sequence > $2) c
LIMIT $3
"""
_NOTE: Final = """
WITH raised AS (
  UPDATE event_gates SET sequence = sequence + 1 WHERE event_id = $1 AND is_watched
    RETURNING sequence)
INSERT INTO gate_changes (event_id, sequence, order_id)
  SELECT $1, r.sequence, x.order_id FROM raised r CROSS JOIN unnest($2::UUID[]) x(order_id)
"""
_PRESENCES: Final = (
    "SELECT order_id, number, is_inside, gate, changed_at FROM presences WHERE event_id = $1"
)
_PACES: Final = """
WITH beats AS (
  SELECT gate, beat, admitted FROM gate_beats
    WHERE event_id = $1 AND beat BETWEEN $2::INTEGER - 60 AND $2::INTEGER
)
SELECT c.gate, c.admitted,
    coalesce((SELECT sum(b.admitted) FROM beats b
      WHERE b.gate = c.gate AND b.beat > $2::INTEGER - 6), 0)::INTEGER AS per_minute,
    coalesce((SELECT max(m.many) FROM (
      SELECT sum(b.admitted) AS many FROM beats b WHERE b.gate = c.gate
        GROUP BY ($2::INTEGER - b.beat) / 6) m), 0)::INTEGER AS peak
  FROM gate_counts c WHERE c.event_id = $1 ORDER BY c.gate
"""
_ZONES: Final = (
    "SELECT zone, count(*)::INTEGER AS many FROM presences "
    "WHERE event_id = $1 AND is_inside AND zone IS NOT NULL GROUP BY 1"
)
_ADD_DEVICE: Final = """
INSERT INTO gate_devices (id, event_id, organization_id, name, gate, secret_hash, made_by,
    created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_REGISTER: Final = (
    "UPDATE gate_devices SET secret_hash = $2, registered_at = $3, seen_at = $3 "
    "WHERE secret_hash = $1 AND registered_at IS NULL AND revoked_at IS NULL AND expires_at > $3 "
    "RETURNING id, event_id, name, gate"
)
_DEVICES: Final = (
    "SELECT id, name, gate, registered_at, revoked_at, created_at, seen_at FROM gate_devices "
    "WHERE event_id = $1 ORDER BY id DESC LIMIT $2"
)
_REVOKE: Final = (
    "UPDATE gate_devices SET revoked_at = coalesce(revoked_at, $3) "
    "WHERE event_id = $1 AND id = $2 RETURNING registered_at IS NOT NULL"
)
_LIVING: Final = (
    "UPDATE gate_devices SET seen_at = $3 WHERE event_id = $1 AND secret_hash = $2 "
    "AND registered_at IS NOT NULL AND revoked_at IS NULL "
    "RETURNING id, coalesce($4::UUID = ANY (session_ids), FALSE) AS is_known"
)
# A sign-in is that of one device, the last whose code or secret it showed.
_SPOKE_AS: Final = """
WITH device AS (
  UPDATE gate_devices SET session_ids =
      (session_ids || $2::UUID)[greatest(1, cardinality(session_ids) + 2 - $3::INTEGER):]
    WHERE id = $1 AND NOT $2 = ANY (session_ids) RETURNING organization_id)
UPDATE gate_devices d SET session_ids = array_remove(d.session_ids, $2)
  FROM device WHERE d.organization_id = device.organization_id AND d.id <> $1
    AND $2 = ANY (d.session_ids)
"""
_LOCKED_OUT: Final = """
SELECT unnest(session_ids) FROM (
  SELECT session_ids FROM gate_devices WHERE organization_id = $1 AND revoked_at IS NOT NULL
  ORDER BY revoked_at DESC LIMIT $2) locked
"""
# Each half by an index of its own: who bought, and to whom it was passed on.
_CHECKINS_OF: Final = """
WITH theirs AS (
  SELECT t.order_id, t.number FROM orders o JOIN tickets t ON t.order_id = o.id
   WHERE o.user_id = $1 AND coalesce(t.holder_id, o.user_id) = $1
   UNION SELECT t.order_id, t.number FROM tickets t WHERE t.holder_id = $1
)
SELECT c.event_id, c.result, c.gate, c.scanned_at FROM theirs
  JOIN checkins c ON c.order_id = theirs.order_id AND c.number = theirs.number
 ORDER BY c.scanned_at, c.sequence LIMIT $2
"""
