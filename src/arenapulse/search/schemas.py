"""What goes out, as the API's contract has it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import msgspec
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel

from arenapulse.core.money import AMOUNT_MINOR_MAX
from arenapulse.core.paging import PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, PAGE_NUMBER_MAX
from arenapulse.events.schemas import Currency
from arenapulse.events.terms import EventStatus
from arenapulse.runtime.web.envelope import Body, Moment, Name, OneLine, Text, View
from arenapulse.search.terms import (
    QUERY_CHARACTERS_MAX,
    RADIUS_KM_MAX,
    TOGETHER_MAX,
    Kind,
    Sort,
)


class PlaceView(msgspec.Struct, frozen=True, kw_only=True):
    """Its `timezone` is by what clock `startTime` is told."""

    id: UUID
    name: str
    city: str
    timezone: str | None = None


class HitPicture(msgspec.Struct, frozen=True, kw_only=True):
    """As a card shows it: its files are `<path><width>.avif`, `.webp` and `.jpg`."""

    path: str
    widths: list[int]
    blur: str


class HitView(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`priceFrom` is in minor units; `highlights` are HTML, escaped but for `mark`.

    Of events: `salesEndAt` is when the sale on line ends, `scarf` its colours, where it has some.
    """

    type: Kind
    id: UUID
    name: str
    status: str | None = None
    start_time: dt.datetime | None = None
    sales_end_at: dt.datetime | None = None
    scarf: tuple[str, ...] | None = None
    venue: PlaceView
    price_from: int | None = None
    currency: str | None = None
    distance_km: float | None = None
    picture: HitPicture | None = None
    score: float
    highlights: dict[str, str]


class FacetView(msgspec.Struct, frozen=True):
    value: str
    count: int


class FacetsView(msgspec.Struct, frozen=True, kw_only=True):
    """How many of what was found are so; `month` is `2027-01` by the clock of the venue."""

    type: list[FacetView]
    status: list[FacetView]
    city: list[FacetView]
    amenity: list[FacetView]
    month: list[FacetView]


class SearchMeta(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`didYouMean` is the query with its corrected words, where some were corrected."""

    page: int
    limit: int
    total: int
    facets: FacetsView
    did_you_mean: str | None = None


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope with more in its `meta`."""

    success: Literal[True] = True
    data: list[HitView]
    meta: SearchMeta


class SuggestionView(msgspec.Struct, frozen=True, kw_only=True):
    type: Kind
    id: UUID
    name: str


class SuggestionsEnvelope(msgspec.Struct, frozen=True):
    data: list[SuggestionView]
    success: Literal[True] = True


Value = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Asking = Annotated[list[Value], Field(max_length=20)]
Bound = Annotated[int, Field(ge=0, le=AMOUNT_MINOR_MAX)]


class SuggestParams(BaseModel):
    """What stands behind the `?` of GET /search/suggest; what else stands there is not read."""

    q: Annotated[Text, Field(max_length=QUERY_CHARACTERS_MAX)] = ""


class SearchParams(SuggestParams):
    """The same of GET /search."""

    model_config = ConfigDict(alias_generator=to_camel)

    kind: Annotated[Kind | None, Field(alias="type")] = None
    near: Annotated[Value | None, Field(description="`lat,lng` in degrees")] = None
    radius_km: Annotated[float, Field(gt=0, le=RADIUS_KM_MAX, allow_inf_nan=False)] | None = None
    since: Annotated[Moment | None, Field(alias="from")] = None
    until: Annotated[Moment | None, Field(alias="to")] = None
    price_min: Bound | None = None
    price_max: Bound | None = None
    currency: Currency | None = None
    amenity: Asking = Field(default=[])
    status: Annotated[list[EventStatus], Field(max_length=20)] = Field(default=[])
    city: Asking = Field(default=[])
    month: Asking = Field(default=[])
    sort: Sort | None = None
    together: Annotated[int, Field(ge=1, le=TOGETHER_MAX)] | None = None
    page: Annotated[int, Field(ge=1, le=PAGE_NUMBER_MAX)] = 1
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT_MAX)] = PAGE_LIMIT_DEFAULT


Price = Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MINOR_MAX)]
Values = Annotated[list[Annotated[str, OneLine(200)]], Field(max_length=20)]


class SpotBody(Body):
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    lng: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class SavedQuery(Body):
    """What is looked for, in the words of `GET /search`; something must be."""

    q: Annotated[Text, Field(max_length=QUERY_CHARACTERS_MAX)] = ""
    city: Values = Field(default=[])
    month: Values = Field(default=[])
    amenity: Values = Field(default=[])
    price_min: Price | None = None
    price_max: Price | None = None
    currency: Currency | None = None
    near: SpotBody | None = None
    radius_km: Annotated[float, Field(gt=0, le=RADIUS_KM_MAX, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_dump(exclude_defaults=True) or not (
            self.q.strip() or self.model_dump(exclude_defaults=True, exclude={"q"})
        ):
            raise ValueError("must say what to look for")
        if self.radius_km is not None and self.near is None:
            raise ValueError("radiusKm needs near")
        return self


class SavedBody(Body):
    """`name` is what messages call it."""

    name: Name
    query: SavedQuery


class SavedView(View):
    id: UUID
    name: str
    query: dict[str, Any]
    created_at: dt.datetime
