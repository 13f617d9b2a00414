"""The rules of an event's gates: which tickets go in where, paper, re-entry, zones."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from arenapulse.core.errors import Invalid
from arenapulse.core.ids import EventId
from arenapulse.core.names import key
from arenapulse.events import queries as events
from arenapulse.events.errors import EventNotFound
from arenapulse.events.queries import EventRow
from arenapulse.gates import queries
from arenapulse.gates.queries import Standing
from arenapulse.gates.schemas import GateRule, GateView, RulesBody, RulesView, ZoneView
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session
from arenapulse.tickets.service import Keyrack
from arenapulse.venues import queries as venues

ALL = "*"


async def event_for(
    session: Session, *, actor: Actor, event_id: EventId, at_least: Role
) -> EventRow:
    """Raises `EventNotFound` to strangers, `Forbidden` to members below."""
    row = await events.find(session, event_id=event_id)
    await require_role(
        session,
        actor=actor,
        organization_id=row.organization_id,
        at_least=at_least,
        hidden=EventNotFound,
    )
    return row


async def rules(session: Session, *, actor: Actor, event_id: EventId, rack: Keyrack) -> RulesView:
    """The rules as they stand, for STAFF and up."""
    await event_for(session, actor=actor, event_id=event_id, at_least=Role.STAFF)
    return await _rules(session, event_id=event_id, rack=rack)


async def _rules(session: Session, *, event_id: EventId, rack: Keyrack) -> RulesView:
    known = await queries.standing(await session.driver(), event_id=event_id)
    return RulesView(
        printed_codes=await rack.allows_printed(event_id),
        reentry=known.reentry,
        passback_seconds=known.passback_seconds,
        gates=[_view(name, rule) for name, rule in known.gates.items()],
        zones=[ZoneView(name=name, capacity=many) for name, many in known.zones.items()],
    )


async def set_rules(
    session: Session, *, actor: Actor, event_id: EventId, body: RulesBody, rack: Keyrack
) -> RulesView:
    """New rules, whole; MANAGER and up. They are so at once at every gate with a network."""
    row = await event_for(session, actor=actor, event_id=event_id, at_least=Role.MANAGER)
    chart = await venues.chart(session, chart_id=row.chart_id)
    sections = {UUID(str(section)) for section in chart.by_id}
    _require_distinct([gate.name for gate in body.gates], field="gates")
    _require_distinct([zone.name for zone in body.zones], field="zones")
    zones = {zone.name: zone.capacity for zone in body.zones}
    made: dict[str, GateRule] = {}
    for number, gate in enumerate(body.gates):
        if not sections.issuperset(gate.section_ids):
            raise Invalid.on(f"gates.{number}.sectionIds", "names a section of another venue")
        if gate.zone is not None and gate.zone not in zones:
            raise Invalid.on(f"gates.{number}.zone", "is not among the zones")
        ids = [str(each) for each in gate.section_ids] or [ALL]
        made[gate.name] = GateRule(sections=ids, zone=gate.zone)
    standing = Standing(
        reentry=body.reentry, passback_seconds=body.passback_seconds, gates=made, zones=zones
    )
    before = await _rules(session, event_id=event_id, rack=rack)
    await queries.keep_rules(
        session, event_id=event_id, organization_id=row.organization_id, rules=standing
    )
    await rack.allow_printed(session, event_id=event_id, is_allowed=body.printed_codes)
    await audit(
        session,
        organization_id=row.organization_id,
        action="event.gates",
        subject_id=event_id,
        details={
            "before": before.model_dump(mode="json", by_alias=True),
            "after": body.model_dump(mode="json", by_alias=True),
        },
    )
    return RulesView(
        printed_codes=body.printed_codes,
        reentry=body.reentry,
        passback_seconds=body.passback_seconds,
        gates=[_view(name, rule) for name, rule in made.items()],
        zones=[ZoneView(name=name, capacity=many) for name, many in zones.items()],
    )


def _require_distinct(given: Sequence[str], *, field: str) -> None:
    if len({key(name) for name in given}) != len(given):
        raise Invalid.on(field, "names one twice")


def _view(name: str, rule: GateRule) -> GateView:
    ids = [UUID(each) for each in rule.sections if each != ALL]
    return GateView(name=name, section_ids=ids, zone=rule.zone)
