"""Bodies and answers about events, as the API's contract has them."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from arenapulse.core.currencies import MINOR_UNITS
from arenapulse.core.money import AMOUNT_MINOR_MAX, BASIS_POINTS
from arenapulse.events.terms import (
    ADMIT_PER_MINUTE_MAX,
    HOLD_SECONDS_DEFAULT,
    HOLD_SECONDS_MAX,
    REPEATS_MAX,
    TICKETS_PER_ORDER_DEFAULT,
    TICKETS_PER_ORDER_MAX,
    TICKETS_PER_PERSON_MAX,
    TIERS_MAX,
    EventStatus,
    Step,
    Yarn,
)
from arenapulse.media.schemas import PictureView, ThumbView
from arenapulse.runtime.web.envelope import ABSENT, Body, Label, Moment, Name, OneLine, Text, View
from arenapulse.venues.schemas import PlaceCard
from arenapulse.venues.terms import SEATS_A_ROW_MAX, SECTIONS_MAX, VENUE_CAPACITY_MAX

BLOCKED_SEATS_MAX = 20_000
USES_MAX = 10_000_000


def _is_none(value: object) -> bool:
    return value is None


def _active_currency(code: str) -> str:
    if code not in MINOR_UNITS:
        raise ValueError("is no active currency code of ISO 4217")
    return code


Currency = Annotated[str, AfterValidator(_active_currency)]
Description = Annotated[Text, StringConstraints(max_length=20_000)]
Minor = Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MINOR_MAX)]
Places = Annotated[int, Field(strict=True, ge=0, le=VENUE_CAPACITY_MAX)]
TaxRate = Annotated[int, Field(strict=True, ge=0, le=BASIS_POINTS)]


class SeatBody(Body):
    """A seat to take off sale, with a note why."""

    row: Label
    seat: Annotated[int, Field(strict=True, ge=1, le=SEATS_A_ROW_MAX)]
    reason: Name | None = None


class SectionPlanBody(Body):
    capacity: Places | None = None
    blocked: Places | Annotated[list[SeatBody], Field(max_length=BLOCKED_SEATS_MAX)] | None = None


class WaitingRoomBody(Body):
    enabled: Annotated[bool, Field(strict=True)]
    admit_per_minute: Annotated[int, Field(strict=True, ge=1, le=ADMIT_PER_MINUTE_MAX)]


class CapacityConfigBody(Body):
    sections: Annotated[dict[UUID, SectionPlanBody], Field(max_length=SECTIONS_MAX)] = Field(
        default={}
    )
    max_tickets_per_order: Annotated[int, Field(strict=True, ge=1, le=TICKETS_PER_ORDER_MAX)] = (
        TICKETS_PER_ORDER_DEFAULT
    )
    max_tickets_per_person: (
        Annotated[int, Field(strict=True, ge=1, le=TICKETS_PER_PERSON_MAX)] | None
    ) = None
    hold_seconds: Annotated[int, Field(strict=True, ge=1, le=HOLD_SECONDS_MAX)] = (
        HOLD_SECONDS_DEFAULT
    )
    waiting_room: WaitingRoomBody | None = None


class TierBody(Body):
    price_level: Label
    name: Name
    section_ids: Annotated[list[UUID], Field(min_length=1, max_length=SECTIONS_MAX)]
    amount: Minor
    fee: Minor
    currency: Currency


Tiers = Annotated[list[TierBody], Field(max_length=TIERS_MAX)]
# Home and away, or one for all.
Scarf = Annotated[list[Yarn], Field(min_length=1, max_length=2)]


class EventBody(Body):
    """Without `chartId` the event gets the current chart of its venue.

    At `salesStartAt` the sale of what is SCHEDULED opens by itself, without it somebody opens it.
    `currency` is that of the prices, and of totals of 0 where there are none.
    """

    organization_id: UUID
    venue_id: UUID
    chart_id: UUID | None = None
    name: Name
    description: Description = ""
    start_time: Moment
    end_time: Moment
    sales_start_at: Moment | None = None
    sales_end_at: Moment | None = None
    capacity_config: CapacityConfigBody = CapacityConfigBody()
    pricing_tiers: Tiers
    currency: Currency | None = None
    tax_rate: TaxRate = 0
    scarf: Scarf | None = None


class EventPatch(Body):
    """Only the fields that are sent change.

    `salesStartAt: null` is that somebody opens the sale, `salesEndAt: null` is `startTime` again,
    `scarf: null` the colours that the name gives. The organization, the series and the currency may
    be sent as they were read, and stay.
    """

    organization_id: UUID = ABSENT
    series_id: UUID | None = None
    currency: Currency = ABSENT
    venue_id: UUID = ABSENT
    chart_id: UUID = ABSENT
    name: Name = ABSENT
    description: Description = ABSENT
    start_time: Moment = ABSENT
    end_time: Moment = ABSENT
    sales_start_at: Moment | None = None
    sales_end_at: Moment | None = None
    capacity_config: CapacityConfigBody = ABSENT
    pricing_tiers: Tiers = ABSENT
    tax_rate: TaxRate = ABSENT
    scarf: Scarf | None = None


class RepeatBody(Body):
    """So many more of an event, each a step after the one before, at the same hour of its venue."""

    every: Step
    times: Annotated[int, Field(strict=True, ge=1, le=REPEATS_MAX)]


class SeasonLevelBody(Body):
    """`amount`: what a place costs at each date, where alone it costs more; fees stay."""

    price_level: Label
    amount: Annotated[int, Field(strict=True, ge=1, le=AMOUNT_MINOR_MAX)]


class SeasonBody(Body):
    """The levels that season tickets are sold at; none ends it."""

    levels: Annotated[list[SeasonLevelBody], Field(max_length=TIERS_MAX)]


class SeasonDateView(View):
    event_id: UUID
    start_time: dt.datetime
    end_time: dt.datetime


class SeasonPriceView(View):
    """A place at each date (`byDate`), at all (`total`), one by one (`single`); with fees."""

    section_id: UUID
    price_level: str
    amount: int
    by_date: list[int]
    total: int
    single: int


class SeasonLevelView(View):
    price_level: str
    amount: int


class SeasonView(View):
    """The dates that are on sale, and what a place at all of them costs, by section and level.

    `levels` is the offer as it was made, for MANAGER and up.
    """

    series_id: UUID
    currency: str
    dates: list[SeasonDateView]
    prices: list[SeasonPriceView]
    levels: list[SeasonLevelView] | None = Field(default=None, exclude_if=_is_none)


class StatusBody(Body):
    status: EventStatus


class PricingBody(Body):
    pricing_tiers: Tiers


class SeatView(View):
    row: str
    seat: int
    reason: str | None = Field(default=None, exclude_if=_is_none)


class SectionPlanView(View):
    capacity: int | None = Field(default=None, exclude_if=_is_none)
    blocked: int | list[SeatView] | None = Field(default=None, exclude_if=_is_none)


class WaitingRoomView(View):
    enabled: bool
    admit_per_minute: int


class CapacityConfigView(View):
    sections: dict[UUID, SectionPlanView]
    max_tickets_per_order: int
    max_tickets_per_person: int | None = Field(default=None, exclude_if=_is_none)
    hold_seconds: int
    waiting_room: WaitingRoomView | None = Field(default=None, exclude_if=_is_none)


class TierView(View):
    price_level: str
    name: str
    section_ids: list[UUID]
    amount: int
    fee: int
    currency: str


class AvailabilityView(View):
    """Places: `capacity` counts blocked ones, `currentCapacity` the free. Prices in minor units."""

    current_capacity: int
    capacity: int
    held: int
    sold: int
    price_from: int | None


class PromoKind(enum.StrEnum):
    PERCENT = "PERCENT"
    AMOUNT = "AMOUNT"


class PromoOffer(View):
    """What a promo code takes off the amounts of the sections that it is for, all without them."""

    kind: PromoKind
    value: int
    section_ids: list[UUID] | None = Field(default=None, exclude_if=_is_none)


class EventView(View):
    """`chartId` names the sections: GET /venues/{venueId}/charts/{chartId}.

    `promo` is there where the request names a code that can be used now.
    """

    id: UUID
    organization_id: UUID
    venue_id: UUID
    chart_id: UUID
    name: str
    description: str
    start_time: dt.datetime
    end_time: dt.datetime
    sales_start_at: dt.datetime | None = Field(default=None, exclude_if=_is_none)
    sales_end_at: dt.datetime | None = Field(default=None, exclude_if=_is_none)
    status: EventStatus
    capacity_config: CapacityConfigView
    pricing_tiers: list[TierView]
    currency: str
    tax_rate: int
    availability: AvailabilityView
    version: int
    scarf: list[Yarn] | None = Field(default=None, exclude_if=_is_none)
    series_id: UUID | None = Field(default=None, exclude_if=_is_none)
    media: list[PictureView] = Field(default=[])
    promo: PromoOffer | None = Field(default=None, exclude_if=_is_none)


class EventCard(View):
    """What a list shows of an event; `currency` is that of `priceFrom`.

    `picture` is its own, else its venue's.
    """

    id: UUID
    name: str
    start_time: dt.datetime
    end_time: dt.datetime
    sales_start_at: dt.datetime | None = Field(default=None, exclude_if=_is_none)
    sales_end_at: dt.datetime | None = Field(default=None, exclude_if=_is_none)
    status: EventStatus
    currency: str
    scarf: list[Yarn] | None = Field(default=None, exclude_if=_is_none)
    series_id: UUID | None = Field(default=None, exclude_if=_is_none)
    availability: AvailabilityView
    venue: PlaceCard
    picture: ThumbView | None = Field(default=None, exclude_if=_is_none)


def stored(body: Body) -> Any:
    """A body as the JSON that is kept: camelCase, absent fields absent."""
    return body.model_dump(mode="json", by_alias=True, exclude_none=True)


PromoName = Annotated[str, OneLine(64)]
Uses = Annotated[int, Field(strict=True, ge=1, le=USES_MAX)]


class PromoBody(Body):
    """`value` is whole percent, or minor units once an order."""

    code: PromoName
    kind: PromoKind
    value: Minor
    max_uses: Uses | None = None
    max_per_person: Uses | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    section_ids: Annotated[list[UUID], Field(min_length=1, max_length=SECTIONS_MAX)] | None = None
    unlocks: Annotated[list[Label], Field(max_length=TIERS_MAX)] | None = None


class PromoCodeBody(Body):
    """The code that a hold is to have."""

    code: PromoName


class PromoView(View):
    id: UUID
    code: str
    kind: PromoKind
    value: int
    max_uses: int | None
    max_per_person: int | None
    valid_from: dt.datetime | None
    valid_until: dt.datetime | None
    section_ids: list[UUID] | None
    unlocks: list[str]
    uses: int
