"""What clients tell, and the figures as organizers see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from arenapulse.analytics.terms import EVENTS_PER_BATCH_MAX, Bucket, Level, Metric, WorryKind
from arenapulse.runtime.web.envelope import View


class ClientEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What somebody did on a page; `sessionId` is a random word of the tab, never a person."""

    type: Annotated[str, Meta(min_length=1, max_length=64)]
    session_id: Annotated[str, Meta(min_length=1, max_length=128)]
    at: Annotated[dt.datetime, Meta(tz=True)]
    event_id: UUID | UnsetType = UNSET
    properties: Annotated[msgspec.Raw, Meta(extra_json_schema={"type": "object"})] | UnsetType = (
        UNSET
    )


class ClientEvents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    events: Annotated[list[ClientEvent], Meta(min_length=1, max_length=EVENTS_PER_BATCH_MAX)]


class Accepted(msgspec.Struct, frozen=True):
    """How many were kept: nothing is sampled; none where the browser asks not to be followed."""

    accepted: int


class AcceptedEnvelope(msgspec.Struct, frozen=True):
    data: Accepted
    success: Literal[True] = True


class Revenue(View):
    """Minor units; `net` is `gross` − `fees` − `refunded`."""

    gross: int
    fees: int
    refunded: int
    net: int
    currency: str


class Summary(View):
    """Sales are exact; `views` and `visitors` are what clients told, at most 10 s old."""

    orders: int
    tickets_sold: int
    tickets_held: int
    checked_in: int
    revenue: Revenue
    views: int
    visitors: int
    conversion: float
    updated_at: dt.datetime


class Point(View):
    at: dt.datetime
    value: int


class Timeseries(View):
    """Empty buckets are left out. Sales and revenue stand at the time of their order."""

    metric: Metric
    bucket: Bucket
    points: list[Point]


class PlottedPoint(msgspec.Struct, frozen=True):
    at: dt.datetime
    value: int


class Plotted(msgspec.Struct, frozen=True):
    """A `Timeseries` as it is sent: 20,000 models would take longer than to count them."""

    metric: Metric
    bucket: Bucket
    points: Sequence[PlottedPoint]


class Step(View):
    name: str
    count: int


class Funnel(View):
    """View and select count sessions, the others orders: placed, paying begun, ever confirmed."""

    steps: list[Step]


class SectionFigures(View):
    """`revenue` is what was paid for the section's places, refunds not taken off."""

    section_id: UUID
    name: str
    capacity: int
    sold: int
    held: int
    available: int
    checked_in: int
    revenue: int


class Worry(View):
    """What needs somebody's hand now: `count` of `of`, at a section or a gate of that `name`.

    Of PAYMENTS_FAILING they are cards declined of those tried in ten minutes; of a LINE, who waits
    beside what goes in a minute (LONG) or the places left; of GATE_SLOW, who went in within five
    minutes beside the mean of the other gates.
    """

    kind: WorryKind
    level: Level
    count: int
    of: int | None = None
    section_id: UUID | None = None
    name: str | None = None


class Attention(View):
    """The worst first; nothing is an empty list."""

    worries: list[Worry]
    at: dt.datetime


class Sales(msgspec.Struct, frozen=True):
    """An event's sales, from its orders, tickets and refunds at one moment."""

    orders: int
    sold: int
    held: int
    checked_in: int
    gross: int
    fees: int
    refunded: int
    placed: int
    paying: int


class Visits(msgspec.Struct, frozen=True):
    """How often something was told, and by how many sessions."""

    count: int = 0
    sessions: int = 0


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """What the tables say of an event at one moment."""

    tried: int
    declined: int
    paying_long: int
    refunds_failed: int
    gates: Sequence[str] | None
    gate_lately: Sequence[int] | None
    devices_silent: int
    device_gate: str | None
    waiting: int
    waiting_rate: float | None
    waiting_places: int | None
    webhooks_paused: int
    webhooks_trying: int


class PriceFigures(View):
    """Of a section at a price level: `ticketsSold` stand; `amount` + `fees` - `discount` was paid.

    Refunds are not taken off: the sums are the orders and the `gross` of the event's own.
    """

    section_id: UUID
    price_level: str
    tickets_sold: int
    amount: int
    fees: int
    discount: int


class Then(msgspec.Struct, frozen=True):
    """What was so of a section at a moment."""

    sold: int = 0
    revenue: int = 0
    checked_in: int = 0
    inside: int = 0


class ChannelFigures(View):
    """`source` null: nobody said it. Sums over all channels are the event's own."""

    source: str | None
    visitors: int
    orders: int
    tickets_sold: int
    revenue: int


class CohortMonth(View):
    """`months` after the first order; 0 is its own month. Money by currency."""

    cohort: dt.date
    months: int
    buyers: int
    orders: int
    revenue: int
    currency: str


class SectionThen(View):
    section_id: UUID
    name: str
    capacity: int
    sold: int
    checked_in: int
    inside: int


class Replay(View):
    """What of today's standing orders and tickets was there at that moment.

    `checkedIn` had gone in by then; `inside` are those of them who had not left.
    """

    at: dt.datetime
    tickets_sold: int
    revenue: int
    checked_in: int
    inside: int
    currency: str
    sections: list[SectionThen]
