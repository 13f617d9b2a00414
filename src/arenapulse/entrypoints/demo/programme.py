"""What is on: an event in every status, by invented clubs and artists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.entrypoints.demo.places import STAGE_CHART, Place, demo_id
from arenapulse.events.schemas import EventBody
from arenapulse.events.terms import EventStatus as S
from arenapulse.venues.seatmap import Chart

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
    "front of stage": (15_900, 500),
    "pitch standing": (9_900, 400),
} | {name: (amount + 2_000, fee + 150) for name, (amount, fee) in MATCH.items()}
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

    `sold` is about the share of the house that is sold when the demo begins, `chart` the name of
    its chart where that is not the place's current one. `at` is the hour and minute of its start
    in UTC; without it, it starts at a full hour.
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
    sold: float | None = None
    chart: str | None = None
    at: tuple[int, int] | None = None
    limits: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def event_id(self) -> EventId:
        return EventId(demo_id(self.place.key, self.key))

    def body(self, organization_id: OrganizationId, *, now: dt.datetime, chart: Chart) -> EventBody:
        hour, minute = self.at or (now.hour, 0)
        day = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        start = day + self.starts_in
        return EventBody.model_validate(
            {
                "organizationId": organization_id,
                "venueId": self.place.venue_id,
                "chartId": chart.chart_id,
                "name": self.name,
                "description": self.description,
                "startTime": start,
                "endTime": start + self.lasts,
                "capacityConfig": {
                    "maxTicketsPerOrder": 10,
                    **self.limits,
                },
                "pricingTiers": _tiers(self, chart=chart),
                "taxRate": TAX_BASIS_POINTS,
            }
        )


def _tiers(show: Show, *, chart: Chart) -> list[Mapping[str, object]]:
    ids = {section.name: section.id for section in chart.sections}
    groups = show.place.house(show.chart).groups
    tiers: list[Mapping[str, object]] = []
    for group, (amount, fee) in show.prices.items():
        full = {
            "priceLevel": "ADULT",
            "name": group.capitalize(),
            "sectionIds": [ids[name] for name in groups[group]],
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


def programme(stadium: Place, *, hall: Place, ground: Place) -> list[Show]:
    """Every event of the demo, in each status at least one."""
    return [*_at_stadium(stadium), *_at_hall(hall), *_at_ground(ground)]


_DAYS = dt.timedelta(days=1)
_HOURS = dt.timedelta(hours=1)


def _at_stadium(stadium: Place) -> list[Show]:
    def match(key: str, name: str, *, status: S, days: int, sold: float | None = None) -> Show:
        return Show(
            place=stadium,
            key=key,
            name=name,
            description="League match. Gates open two hours before kick-off.",
            status=status,
            starts_in=days * _DAYS,
            lasts=2 * _HOURS,
            prices=MATCH,
            sold=sold,
            at=(18, 45),
        )

    return [
        match(
            "rovers-kestrels", "Harbour Rovers v Kestrel United", status=S.ON_SALE, days=9, sold=0.7
        ),
        match(
            "rovers-millgate",
            "Harbour Rovers v Millgate Athletic",
            status=S.PAUSED,
            days=16,
        ),
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
            sold=0.5,
            chart=STAGE_CHART,
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
    def weekend(
        key: str, name: str, text: str, *, status: S, days: int, sold: float | None = None
    ) -> Show:
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
            sold=sold,
            limits={"maxTicketsPerOrder": 8, "holdSeconds": 600},
        )

    return [
        weekend(
            "meadow-sound",
            "Meadow Sound Weekender",
            "Three stages, forty bands, one river.",
            status=S.ON_SALE,
            days=75,
            sold=0.3,
        ),
        weekend(
            "harvest-lights",
            "Harvest Lights",
            "Folk and fire at the end of summer.",
            status=S.SCHEDULED,
            days=130,
        ),
    ]
