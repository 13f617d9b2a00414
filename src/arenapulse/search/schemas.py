"""What goes out, as the API's contract has it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from arenapulse.core.money import AMOUNT_MINOR_MAX
from arenapulse.media.schemas import ThumbView
from arenapulse.runtime.web.envelope import Body, Meta, Name, OneLine, Text, View
from arenapulse.search.terms import QUERY_CHARACTERS_MAX, RADIUS_KM_MAX, Kind


class PlaceView(View):
    """Its `timezone` is by what clock `startTime` is told."""

    id: UUID
    name: str
    city: str
    timezone: str | None = None


class HitView(View):
    """`priceFrom` is in minor units; `highlights` are HTML, escaped but for `mark`."""

    type: Kind
    id: UUID
    name: str
    status: str | None = None
    start_time: dt.datetime | None = None
    venue: PlaceView
    price_from: int | None = None
    currency: str | None = None
    distance_km: float | None = None
    picture: ThumbView | None = None
    score: float
    highlights: dict[str, str]

    @model_serializer(mode="wrap")
    def _drop_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in handler(self).items() if value is not None}


class FacetView(View):
    value: str
    count: int


class FacetsView(View):
    """How many of what was found are so; `month` is `2027-01` by the clock of the venue."""

    type: list[FacetView] = Field(default=[])
    status: list[FacetView] = Field(default=[])
    city: list[FacetView] = Field(default=[])
    amenity: list[FacetView] = Field(default=[])
    month: list[FacetView] = Field(default=[])


class SearchMeta(Meta):
    """`didYouMean` is the query with its corrected words, where some were corrected."""

    facets: FacetsView | None = None
    did_you_mean: str | None = None


class SearchAnswer(View):
    """The envelope with more in its `meta`."""

    success: Literal[True] = True
    data: list[HitView]
    meta: SearchMeta


class SuggestionView(View):
    type: Kind
    id: UUID
    name: str


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
