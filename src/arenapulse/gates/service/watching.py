"""How it goes at the gates, for who follows them."""

from __future__ import annotations

import datetime as dt
from typing import Final

import asyncpg

from arenapulse.core.ids import EventId, OrderId, ticket_id
from arenapulse.gates import queries, scanning
from arenapulse.gates.schemas import FlaggedScan, FlagReason, GateCount, GateUpdate
from arenapulse.gates.service import advising
from arenapulse.gates.service.rules import event_for
from arenapulse.identity.schemas import Actor, Role
from arenapulse.orders import holding
from arenapulse.runtime.db import Database, Session

FLAGGED_MAX: Final = 100
_REASONS: Final[dict[int, FlagReason]] = {
    scanning.DUPLICATE: "ALREADY_IN",
    scanning.OLD_CODE: "OLD_CODE",
    scanning.STATE: "NOT_VALID",
    scanning.NOT_INSIDE: "NOT_INSIDE",
    scanning.NOT_OPEN: "NOT_OPEN",
    scanning.WRONG_GATE: "WRONG_GATE",
    scanning.NO_PRINTED: "NO_PAPER",
    scanning.EXPIRED: "EXPIRED",
}


async def counts(database: Database, *, event_id: EventId, now: dt.datetime) -> GateUpdate:
    """How many went in and in the last minute, by gate; who is inside, by zone; what to do."""
    known, paces = await queries.paces(database, event_id=event_id, now=now)
    inside = await queries.zone_counts(database, event_id=event_id) if known.zones else {}
    zones = [
        advising.zone_count(name=name, inside=inside.get(name, 0), capacity=capacity)
        for name, capacity in known.zones.items()
    ]
    full = frozenset(each.zone for each in zones if each.alarm == "FULL")
    return GateUpdate(
        event_id=event_id,
        admitted=known.admitted,
        inside=known.inside,
        per_minute=sum(each.per_minute for each in paces),
        gates=[GateCount(each.gate, each.admitted, each.per_minute) for each in paces],
        zones=zones,
        advice=advising.advice(paces, gates=known.gates, full=full),
    )


async def flagged(session: Session, *, actor: Actor, event_id: EventId) -> list[FlaggedScan]:
    """The last scans in conflict, the newest first. Raises `EventNotFound`, `Forbidden`."""
    await require_staff(session, actor=actor, event_id=event_id)
    scans = await queries.conflicts(session, event_id=event_id, limit=FLAGGED_MAX)
    orders = sorted({scan["order_id"] for scan in scans})
    rows = await holding.standing(await session.driver(), event_id=event_id, order_ids=orders)
    places = {(row["order_id"], row["number"]): row for row in rows}
    return [_flagged(scan, places[scan["order_id"], scan["number"]]) for scan in scans]


def _flagged(scan: asyncpg.Record, place: asyncpg.Record) -> FlaggedScan:
    return FlaggedScan(
        client_id=scan["client_id"],
        reason=_REASONS.get(scan["conflict"], "NOT_VALID"),
        ticket_id=ticket_id(OrderId(scan["order_id"]), number=scan["number"]),
        section_id=place["section_id"],
        row=place["seat_row"],
        seat=place["seat"],
        gate=scan["gate"],
        device_id=scan["device_id"],
        device_name=scan["device_name"],
        scanned_at=scan["scanned_at"],
        recorded_at=scan["recorded_at"],
        first_gate=scan["first_gate"],
        first_at=scan["first_at"],
    )


async def require_staff(session: Session, *, actor: Actor, event_id: EventId) -> None:
    """Raises `EventNotFound` to strangers, `Forbidden` to members below STAFF."""
    await event_for(session, actor=actor, event_id=event_id, at_least=Role.STAFF)
