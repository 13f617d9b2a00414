"""The socket's messages, as api.md has them; the encoders are made from these types."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from arenapulse.core.ids import EventId, SectionId
from arenapulse.events.pricing import PricingTier
from arenapulse.events.terms import EventStatus
from arenapulse.gates.schemas import GateUpdate
from arenapulse.inventory.seatstates import SectionStates
from arenapulse.waitingroom.schemas import QueueAnswer

SEQUENCE_MAX = 2**53


class SectionUpdate(msgspec.Struct, frozen=True, rename="camel"):
    section_id: SectionId
    capacity: int
    available: int
    held: int
    sold: int


class CapacityUpdate(msgspec.Struct, frozen=True, rename="camel"):
    """`currentCapacity` is the places free in the whole event; `sections` those that changed.

    `sequence` and `epoch` are null while Redis is away.
    """

    event_id: EventId
    sequence: int | None
    epoch: str | None
    current_capacity: int
    sections: list[SectionUpdate]
    timestamp: dt.datetime


class Availability(msgspec.Struct, frozen=True, rename="camel"):
    """GET availability: a `CapacityUpdate` of all sections, with the server's clock."""

    event_id: EventId
    sequence: int | None
    epoch: str | None
    current_capacity: int
    sections: list[SectionUpdate]
    timestamp: dt.datetime
    server_time: dt.datetime


class AvailabilityEnvelope(msgspec.Struct, frozen=True):
    data: Availability
    success: Literal[True] = True


Sequence = Annotated[int, Meta(ge=0, le=SEQUENCE_MAX)]


class Since(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last sequence a client has of each kind; a kind left out is not replayed."""

    capacity: Sequence | UnsetType = UNSET
    update: Sequence | UnsetType = UNSET


class EventSubscribe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    event_id: UUID
    since: Since | UnsetType = UNSET


class EventUnsubscribe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    event_id: UUID


class SeatsSubscribe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """`since` is the last sequence of the section that the client has."""

    event_id: UUID
    section_id: UUID
    since: Sequence | UnsetType = UNSET


class SeatsUnsubscribe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    event_id: UUID
    section_id: UUID


class Handshake(msgspec.Struct, frozen=True):
    """What a client says as `auth` when it connects; a visitor says nothing."""

    token: str | UnsetType = UNSET


class AuthRefresh(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: Annotated[str, Meta(min_length=1, max_length=4096)]


class Sequences(msgspec.Struct, frozen=True):
    capacity: int | None
    update: int | None


class SubscribeAck(msgspec.Struct, frozen=True):
    """Without a `snapshot` the missed frames follow."""

    sequences: Sequences
    epoch: str | None
    snapshot: CapacityUpdate | UnsetType = UNSET
    ok: Literal[True] = True


class PriceUpdate(msgspec.Struct, frozen=True, rename="camel"):
    pricing_tiers: list[PricingTier]


class UpdateData(msgspec.Struct, frozen=True, rename="camel"):
    """One of them, as `type` says."""

    current_capacity: int | UnsetType = UNSET
    status: EventStatus | UnsetType = UNSET
    price: PriceUpdate | UnsetType = UNSET


class EventUpdate(msgspec.Struct, frozen=True, rename="camel"):
    """Not to be coalesced: each is told at once."""

    event_id: EventId
    type: Literal["CAPACITY", "STATUS", "PRICE"]
    data: UpdateData
    timestamp: dt.datetime
    sequence: int
    epoch: str


class SeatsAck(msgspec.Struct, frozen=True):
    """`snapshot` is the answer of GET /events/{id}/seats."""

    sequence: int | None
    epoch: str | None
    snapshot: SectionStates | UnsetType = UNSET
    ok: Literal[True] = True


SeatChange = tuple[str, int, Annotated[str, Meta(pattern="^[FHSB]$")]]


class SeatsUpdate(msgspec.Struct, frozen=True, rename="camel"):
    """`[row, seat, state]` of each seat that changed: F free, H held, S sold, B blocked."""

    event_id: EventId
    section_id: SectionId
    sequence: int | None
    epoch: str | None
    changes: list[SeatChange]


class EventPosition(msgspec.Struct, frozen=True, rename="camel"):
    """After some seconds of silence: the last sequences there are. Who has others, asks `since`."""

    event_id: EventId
    sequences: Sequences
    epoch: str


class SeatsPosition(msgspec.Struct, frozen=True, rename="camel"):
    """The same for the seats of a section."""

    event_id: EventId
    section_id: SectionId
    sequence: int
    epoch: str


class StaffSubscribe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    event_id: UUID


class Revenue(msgspec.Struct, frozen=True):
    """Minor units; `net` is `gross` − `fees` − `refunded`."""

    gross: int
    fees: int
    refunded: int
    net: int
    currency: str


class FunnelStep(msgspec.Struct, frozen=True):
    name: str
    count: int


class Funnel(msgspec.Struct, frozen=True):
    steps: list[FunnelStep]


class SectionFigures(msgspec.Struct, frozen=True, rename="camel"):
    section_id: SectionId
    name: str
    capacity: int
    sold: int
    held: int
    available: int
    checked_in: int
    revenue: int


class Worry(msgspec.Struct, frozen=True, rename="camel"):
    kind: str
    level: Literal["no", "warn", "info"]
    count: int
    of: int | None
    section_id: SectionId | None
    name: str | None


class Attention(msgspec.Struct, frozen=True):
    worries: list[Worry]
    at: dt.datetime


class PacePoint(msgspec.Struct, frozen=True):
    at: dt.datetime
    value: int


class Pace(msgspec.Struct, frozen=True):
    """Tickets sold by the minute, of the last hour; minutes without any are left out."""

    metric: Literal["sales"]
    bucket: Literal["minute"]
    points: list[PacePoint]


class DashboardUpdate(msgspec.Struct, frozen=True, rename="camel"):
    """The summary of an event, and its status; `eventId` since one may look at several.

    With it all else that a dashboard shows, as the endpoints of that name tell it.
    """

    event_id: EventId
    status: str
    orders: int
    tickets_sold: int
    tickets_held: int
    checked_in: int
    revenue: Revenue
    views: int
    visitors: int
    conversion: float
    updated_at: dt.datetime
    funnel: Funnel
    sections: list[SectionFigures]
    attention: Attention
    pace: Pace
    gates: GateUpdate


class QueueUpdate(QueueAnswer, frozen=True, rename="camel", kw_only=True):
    """The answer of the queue calls, for the person whose turn came."""

    event_id: EventId


class Done(msgspec.Struct, frozen=True):
    """An ack that says nothing but yes."""

    ok: Literal[True] = True


class RefusedError(msgspec.Struct, frozen=True):
    code: str
    message: str


class Refused(msgspec.Struct, frozen=True):
    """An ack that says no, with the codes of HTTP."""

    error: RefusedError
    ok: Literal[False] = False


class Nothing(msgspec.Struct, frozen=True):
    """An empty object."""
