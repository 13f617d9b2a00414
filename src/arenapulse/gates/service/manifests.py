"""What a gate needs to decide without a network: rules, keys, and the tickets as they stand."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg
from msgspec import UNSET

from arenapulse.core import clock
from arenapulse.core.ids import EventId, SectionId, SessionId, UserId
from arenapulse.events.errors import EventNotFound
from arenapulse.events.queries import times_from_pool
from arenapulse.events.salebook import SaleFacts
from arenapulse.gates import queries
from arenapulse.gates.errors import DeviceLocked
from arenapulse.gates.queries import Standing
from arenapulse.gates.schemas import GateSection, Manifest, ManifestTicket
from arenapulse.gates.terms import DELTA_MAX
from arenapulse.identity.queries import names_from_pool
from arenapulse.identity.schemas import Actor
from arenapulse.orders import holding
from arenapulse.orders.terms import TicketStatus
from arenapulse.questions.service import holder_names
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.priority import briefly
from arenapulse.tickets.service import Keyrack
from arenapulse.tickets.terms import STEP_SECONDS
from arenapulse.venues.seatmap import Chart

_LIVING: Final = frozenset({TicketStatus.VALID.value, TicketStatus.CHECKED_IN.value})


class Manifests:
    """One a process."""

    def __init__(self, database: Database, *, rack: Keyrack) -> None:
        self._database = database
        self._rack = rack

    async def make(
        self,
        event_id: EventId,
        *,
        actor: Actor,
        facts: SaleFacts,
        since: int | None,
        secret: str | None,
    ) -> Manifest:
        """All tickets, or those that changed after `since`; `secret` is a registered device's.

        Raises `DeviceLocked` for one that is revoked or was never registered.
        """
        is_device = secret is not None
        if secret is not None:
            await self._require_living(event_id, actor=actor, secret=secret)
        await queries.watch(
            self._database, event_id=event_id, organization_id=facts.organization_id
        )
        times = await times_from_pool(self._database, event_id=event_id)
        if times is None:
            raise EventNotFound
        async with self._database.pool.acquire() as connection:
            # First, so that what changes while we read comes with the next delta.
            standing = await queries.standing(connection, event_id=event_id)
        async with self._database.transaction(actor=actor.user_id) as session:
            order_ids = await _changed(session, event_id=event_id, since=since, standing=standing)
            read = await _read(session, event_id=event_id, order_ids=order_ids)
        names = await self._names(
            read, actor=actor, event_id=event_id, order_ids=order_ids, is_named=is_device
        )
        # 60,000 tickets are a quarter of a second, in which people are let in.
        tickets = await briefly(_told, read, names=names, chart=facts.chart)
        codes = await self._rack.codes(event_id)
        return Manifest(
            event_id=event_id,
            sequence=standing.sequence,
            is_whole=order_ids is None,
            status=times.status,
            start_time=times.start_time,
            end_time=times.end_time,
            public_keys=[_base64(codes.keys.public_key)],
            key_generation=codes.generation,
            step_seconds=STEP_SECONDS,
            printed_codes=codes.printed_codes,
            reentry=standing.reentry,
            passback_seconds=standing.passback_seconds,
            gates=standing.gates,
            sections=[
                GateSection(SectionId(each.id), each.name, each.gate or UNSET)
                for each in facts.chart.sections
            ],
            admitted=standing.admitted,
            inside=standing.inside,
            tickets=tickets,
            gate_key=_base64(codes.keys.gate_key) if is_device else UNSET,
        )

    async def _require_living(self, event_id: EventId, *, actor: Actor, secret: str) -> None:
        if not await queries.living_device(
            self._database,
            event_id=event_id,
            secret_hash=device_hash(secret),
            session_id=session_of(actor),
            now=clock.now(),
        ):
            raise DeviceLocked

    async def _names(
        self,
        read: _Read,
        *,
        actor: Actor,
        event_id: EventId,
        order_ids: list[UUID] | None,
        is_named: bool,
    ) -> _Names:
        if not is_named or not read.rows:
            return _Names({}, {})
        people = {UserId(row["holder_id"]) for row in read.rows}
        return _Names(
            await holder_names(
                self._database,
                actor=actor.user_id,
                event_id=event_id,
                tickets=(
                    None if order_ids is None else [holding.ticket_of(row) for row in read.rows]
                ),
            ),
            await names_from_pool(self._database, user_ids=sorted(people)),
        )


async def _changed(
    session: Session, *, event_id: EventId, since: int | None, standing: Standing
) -> list[UUID] | None:
    """The orders a delta is about; None where everything is to be sent."""
    if since is None or since > standing.sequence:
        return None
    if since == standing.sequence:
        return []
    found = await queries.changed_orders(session, event_id=event_id, since=since, limit=DELTA_MAX)
    return None if len(found) > DELTA_MAX else found


class _Read(NamedTuple):
    """Tickets, and where those are that went in."""

    rows: Sequence[asyncpg.Record]
    inside: Mapping[tuple[UUID, int], asyncpg.Record]


async def _read(session: Session, *, event_id: EventId, order_ids: list[UUID] | None) -> _Read:
    if order_ids == []:
        return _Read([], {})
    rows = await holding.standing(await session.driver(), event_id=event_id, order_ids=order_ids)
    presences = await queries.presences(session, event_id=event_id, order_ids=order_ids)
    return _Read(rows, {(row["order_id"], row["number"]): row for row in presences})


class _Names(NamedTuple):
    """What tickets say, and whose accounts hold them."""

    tickets: Mapping[UUID, str]
    people: Mapping[UserId, str]


def _told(read: _Read, *, names: _Names, chart: Chart) -> list[ManifestTicket]:
    made: list[ManifestTicket] = []
    for row in read.rows:
        status: str = row["status"]
        if status not in _LIVING or (status == TicketStatus.VALID and row["is_disputed"]):
            status = TicketStatus.VOID.value
        presence = read.inside.get((row["order_id"], row["number"]))
        ticket = holding.ticket_of(row)
        section, label, seat = row["section_id"], row["seat_row"], row["seat"]
        made.append(
            ManifestTicket(
                ticket_id=ticket,
                status=status,
                section_id=section,
                version=row["code_version"],
                row=label,
                seat=seat,
                inside=None if presence is None else presence["is_inside"],
                gate=None if presence is None else presence["gate"],
                at=None if presence is None else presence["changed_at"],
                name=names.tickets.get(ticket) or names.people.get(row["holder_id"]),
                printed_seat=chart.renumbered(section, row=label, seat=seat),
            )
        )
    return made


def device_hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("latin-1", "replace")).digest()


def session_of(actor: Actor | None) -> SessionId | None:
    """A key is no sign-in: it may be that of all devices at once."""
    return None if actor is None or actor.key is not None else actor.session_id


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
