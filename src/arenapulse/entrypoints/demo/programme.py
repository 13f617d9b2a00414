"""What is on: an event in every status, by invented clubs and artists."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.entrypoints.demo.places import Place, demo_id
from arenapulse.events.schemas import EventBody
from arenapulse.events.terms import EventStatus as S

Cents = tuple[int, int]
"""Amount and fee of a full-price ticket."""

MATCH: Final[Mapping[str, Cents]] = {
    "club": (14_500, 450),
    "lower centre": (6_800, 250),
    "lower side": (5_500, 250),
    "ends": (4_200, 200),
    "upper": (2_800, 200),
}
CONCERT: Final[Mapping[str, Cents]] = {
    name: (amount + 2_000, fee + 150) for name, (amount, fee) in MATCH.items()
}
HALL: Final[Mapping[str, Cents]] = {
    "floor": (3_900, 190),
    "stalls": (5_400, 240),
    "balcony": (3_200, 190),
}
FESTIVAL: Final[Mapping[str, Cents]] = {
    "front": (18_900, 600),
    "field": (12_900, 500),
    "terrace": (24_900, 900),
}
CHILD_DISCOUNT_PERCENT = 40
TAX_BASIS_POINTS = 1_900

# The moves by which an event comes to a status.
ROADS: Final[Mapping[S, Sequence[S]]] = {
    S.DRAFT: (),
    S.SCHEDULED: (S.SCHEDULED,),
    S.ON_SALE: (S.SCHEDULED, S.ON_SALE),
    S.SOLD_OUT: (S.SCHEDULED, S.ON_SALE),
    S.PAUSED: (S.SCHEDULED, S.ON_SALE, S.PAUSED),
    S.LIVE: (S.SCHEDULED, S.ON_SALE, S.LIVE),
    S.COMPLETED: (S.SCHEDULED, S.ON_SALE, S.LIVE, S.COMPLETED),
    S.POSTPONED: (S.SCHEDULED, S.POSTPONED),
    S.CANCELLED: (S.SCHEDULED, S.CANCELLED),
}


@dataclass(frozen=True)
class Show:
    """An event of the demo. SOLD_OUT is reached by selling, see the seed.

    `at` is the hour and minute of its start in UTC; without it, it starts at a full hour.
    """

    place: Place
    key: str
    name: str
    description: str
    status: S
    starts_in: dt.timedelta
    lasts: dt.timedelta
    prices: Mapping[str, Cents]
    has_child_price: bool = True
    season_tickets: bool = False
    at: tuple[int, int] | None = None
    limits: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def event_id(self) -> EventId:
        return EventId(demo_id(self.place.key, self.key))

    def body(self, organization_id: OrganizationId, *, now: dt.datetime) -> EventBody:
        hour, minute = self.at or (now.hour, 0)
        day = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        start = day + self.starts_in
        return EventBody.model_validate(
            {
                "organizationId": organization_id,
                "venueId": self.place.venue_id,
                "name": self.name,
                "description": self.description,
                "startTime": start,
                "endTime": start + self.lasts,
                "capacityConfig": {
                    "sections": _season_tickets(self) if self.season_tickets else {},
                    "maxTicketsPerOrder": 10,
                    **self.limits,
                },
                "pricingTiers": _tiers(self),
                "taxRate": TAX_BASIS_POINTS,
            }
        )


def _tiers(show: Show) -> list[Mapping[str, object]]:
    tiers: list[Mapping[str, object]] = []
    for group, (amount, fee) in show.prices.items():
        full = {
            "priceLevel": "ADULT",
            "name": group.capitalize(),
            "sectionIds": show.place.groups[group],
            "amount": amount,
            "fee": fee,
            "currency": "EUR",
        }
        tiers.append(full)
        if show.has_child_price:
            less = amount * (100 - CHILD_DISCOUNT_PERCENT) // 100
            child = {"priceLevel": "CHILD", "name": f"{group.capitalize()}, child", "amount": less}
            tiers.append(full | child)
    return tiers


def _season_tickets(show: Show) -> dict[UUID, dict[str, int]]:
    """Places of season-ticket holders are not for sale: some sections have few left, some many."""
    plans: dict[UUID, dict[str, int]] = {}
    for section in show.place.sections:
        if section["kind"] == "GENERAL":
            # Any spread will do, so long as every seeding has the same.
            percent = 25 + zlib.crc32(f"{show.key}/{section['name']}".encode()) % 74
            plans[section["id"]] = {"blocked": section["capacity"] * percent // 100}
    return plans


def programme(stadium: Place, *, hall: Place, ground: Place) -> list[Show]:
    """Every event of the demo, in each status at least one."""
    return [*_at_stadium(stadium), *_at_hall(hall), *_at_ground(ground)]


_DAYS = dt.timedelta(days=1)
_HOURS = dt.timedelta(hours=1)


def _at_stadium(stadium: Place) -> list[Show]:
    def match(key: str, name: str, *, status: S, days: int) -> Show:
        return Show(
            place=stadium,
            key=key,
            name=name,
            description="League match. Gates open two hours before kick-off.",
            status=status,
            starts_in=days * _DAYS,
            lasts=2 * _HOURS,
            prices=MATCH,
            season_tickets=True,
            at=(18, 45),
        )

    return [
        match("rovers-kestrels", "Harbour Rovers v Kestrel United", status=S.ON_SALE, days=9),
        match("rovers-millgate", "Harbour Rovers v Millgate Athletic", status=S.PAUSED, days=16),
        match("cup-semi-final", "Beacon Cup: Semi-Final", status=S.SCHEDULED, days=44),
        match("rovers-thistle", "Harbour Rovers v Thistledown", status=S.POSTPONED, days=58),
        match("rovers-foundry", "Harbour Rovers v Foundry Town", status=S.COMPLETED, days=-6),
        Show(
            place=stadium,
            key="thousand-lanterns",
            name="Night of a Thousand Lanterns",
            description="Aurelia Voss and the Paper Moons, one night under the open roof.",
            status=S.ON_SALE,
            starts_in=24 * _DAYS,
            at=(19, 0),
            lasts=4 * _HOURS,
            prices=CONCERT,
            has_child_price=False,
            limits={"maxTicketsPerOrder": 6, "maxTicketsPerPerson": 6},
        ),
    ]


def _at_hall(hall: Place) -> list[Show]:
    def evening(key: str, name: str, text: str, *, status: S, days: int | None = None) -> Show:
        return Show(
            place=hall,
            key=key,
            name=name,
            description=text,
            status=status,
            # Without a day, it has begun.
            starts_in=-_HOURS if days is None else days * _DAYS,
            at=None if days is None else (19, 30),
            lasts=3 * _HOURS,
            prices=HALL,
            has_child_price=False,
        )

    return [
        evening(
            "late-kitchen",
            "The Late Kitchen: live on stage",
            "Four cooks, two ovens, no recipe.",
            status=S.LIVE,
        ),
        evening(
            "quiet-room",
            "Mira Solene: The Quiet Room",
            "Piano and strings, without amplification.",
            status=S.SOLD_OUT,
            days=9,
        ),
        evening(
            "orchestra-of-tides",
            "Orchestra of the Tides",
            "Two suites for a harbour city, with the Northmere youth choir.",
            status=S.ON_SALE,
            days=16,
        ),
        evening(
            "glasshouse",
            "Glasshouse: the farewell tour",
            "Called off: the band cannot travel.",
            status=S.CANCELLED,
            days=24,
        ),
        evening(
            "winter-revue",
            "Ember Winter Revue",
            "The programme is still being put together.",
            status=S.DRAFT,
            days=90,
        ),
    ]


def _at_ground(ground: Place) -> list[Show]:
    def weekend(key: str, name: str, text: str, *, status: S, days: int) -> Show:
        return Show(
            place=ground,
            key=key,
            name=name,
            description=text,
            status=status,
            starts_in=days * _DAYS,
            at=(12, 0),
            lasts=2 * _DAYS,
            prices=FESTIVAL,
            limits={"maxTicketsPerOrder": 8, "holdSeconds": 600},
        )

    return [
        weekend(
            "meadow-sound",
            "Meadow Sound Weekender",
            "Three stages, forty bands, one river.",
            status=S.ON_SALE,
            days=75,
        ),
        weekend(
            "harvest-lights",
            "Harvest Lights",
            "Folk and fire at the end of summer.",
            status=S.SCHEDULED,
            days=130,
        ),
    ]
