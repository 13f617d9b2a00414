"""What goes out, as the API's contract has it."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from arenapulse.media.schemas import ThumbView
from arenapulse.runtime.web.envelope import Meta, View
from arenapulse.search.terms import Kind


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
