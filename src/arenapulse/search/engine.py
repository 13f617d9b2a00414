"""Who answers a search: PostgreSQL, or a cluster."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

import msgspec

from arenapulse.core.paging import PageRequest
from arenapulse.events.queries.sales import Sale
from arenapulse.search.indexed import Card
from arenapulse.search.terms import Kind, Sort

FACETS: Final = ("type", "status", "city", "amenity", "month")


class EngineAway(Exception):
    """The engine did not answer, or could not: somebody else is asked."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A search as engines take it."""

    query: str = ""
    kind: Kind | None = None
    near: tuple[float, float] | None = None
    radius_km: float | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    price_min: int | None = None
    price_max: int | None = None
    currency: str | None = None
    amenities: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    only: tuple[UUID, ...] = ()
    """Among these alone, if there are some."""
    is_strict: bool = False
    """Every word as it stands: no spellings that may have been meant, nothing that has but some."""
    sort: Sort = Sort.RELEVANCE
    page: PageRequest
    now: dt.datetime


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a hit shows and no index has: its clock, a picture's row, and until when it is sold."""

    timezone: str | None = None
    picture_id: UUID | None = None
    blur: str = ""
    sizes: str = ""
    sale: Sale | None = None


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was found; `shown` where the engine knows it, too."""

    document: Card
    score: float
    distance_km: float | None = None
    shown: Shown | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """`lexemes` and `beginnings` are what counts as found in a text; `meant` what a query meant."""

    hits: list[Hit]
    total: int
    facets: dict[str, list[tuple[str, int]]]
    lexemes: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    meant: str | None = None


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    kind: Kind
    id: UUID
    name: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A query as it was understood: required terms as alternatives, and what was corrected."""

    required: list[list[str]] = field(default_factory=list[list[str]])
    exact: list[str] = field(default_factory=list[str])
    meant: str | None = None


class Engine(Protocol):
    @property
    def name(self) -> str: ...

    async def search(self, asked: Asked) -> Found:
        """Raises `EngineAway`."""
        ...

    async def suggest(self, query: str, *, now: dt.datetime) -> list[Suggestion]:
        """What people may be about to type, at most `SUGGESTIONS_MAX`; raises `EngineAway`."""
        ...


class FarEngine(Engine, Protocol):
    """One that may be away."""

    async def check(self) -> None:
        """Asks for nothing; raises `EngineAway`, or what it refuses with."""
        ...
