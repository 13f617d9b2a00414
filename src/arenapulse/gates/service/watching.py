"""How it goes at the gates, for who follows them."""

from __future__ import annotations

import datetime as dt

from arenapulse.core.ids import EventId
from arenapulse.gates import queries
from arenapulse.gates.schemas import GateCount, GateUpdate
from arenapulse.gates.service import advising
from arenapulse.gates.service.rules import event_for
from arenapulse.identity.schemas import Actor, Role
from arenapulse.runtime.db import Database, Session


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


async def require_staff(session: Session, *, actor: Actor, event_id: EventId) -> None:
    """Raises `EventNotFound` to strangers, `Forbidden` to members below STAFF."""
    await event_for(session, actor=actor, event_id=event_id, at_least=Role.STAFF)
