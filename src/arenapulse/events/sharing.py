"""The head of an event's page, for whoever is sent its address: people and crawlers. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from arenapulse.core.currencies import MINOR_UNITS
from arenapulse.events.schemas import EventView
from arenapulse.events.terms import EventStatus as S
from arenapulse.runtime.web import pages
from arenapulse.venues.schemas import VenueView
from arenapulse.venues.sharing import place_of

_DESCRIPTION_MAX: Final = 200
# What schema.org calls a status; an event that is sold out or over is still scheduled there.
_SCHEMA_STATUS: Final[Mapping[S, str]] = {
    S.CANCELLED: "EventCancelled",
    S.POSTPONED: "EventPostponed",
}
_RESTING: Final = frozenset({S.DRAFT, S.PAUSED, S.POSTPONED})


@dataclass(frozen=True, slots=True)
class Shared:
    """What is told of an event. `base` is the site's address without a slash at its end."""

    event: EventView
    venue: VenueView
    base: str

    @property
    def address(self) -> str:
        return f"{self.base}/events/{self.event.id}"

    @property
    def picture(self) -> str:
        """The event's first picture, else its venue's, or the one of the house."""
        first = next(iter((*self.event.media, *self.venue.media)), None)
        url = "/share.png" if first is None else first.url
        return f"{self.base}{url}" if url.startswith("/") else url

    @property
    def description(self) -> str:
        start = self.event.start_time.astimezone(ZoneInfo(self.venue.location.timezone))
        parts = [f"{start:%a} {start.day} {start:%b %Y, %H:%M}", self.venue.name]
        parts.append(self.venue.location.city)
        lowest = self.event.availability.price_from
        if lowest is not None:
            parts.append(f"from {_money(lowest, self.event.currency)} {self.event.currency}")
        told = " · ".join(parts)
        words = " ".join(self.event.description.split())
        return f"{told}. {words}"[:_DESCRIPTION_MAX] if words else told


def page_of(index: str, *, shared: Shared) -> str:
    """The web app's page with what the event says of itself, and the answers it asks for first."""
    chart = f"/api/v1/venues/{shared.venue.id}/charts/{shared.event.chart_id}"
    head = [
        *pages.cards(
            name=shared.event.name,
            description=shared.description,
            address=shared.address,
            picture=shared.picture,
        ),
        f'<link rel="preload" as="fetch" crossorigin href="{chart}" />',
        pages.data("application/ld+json", "", _schema(shared)),
    ]
    return pages.filled(
        index,
        title=shared.event.name,
        description=shared.description,
        head=head,
        foot=_boot(shared),
    )


def _schema(shared: Shared) -> dict[str, Any]:
    """https://schema.org/Event"""
    event = shared.event
    made: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.name,
        "description": event.description or shared.description,
        "startDate": _iso(event.start_time),
        "endDate": _iso(event.end_time),
        "eventStatus": f"https://schema.org/{_SCHEMA_STATUS.get(event.status, 'EventScheduled')}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "url": shared.address,
        "image": [shared.picture],
        "location": place_of(shared.venue.name, shared.venue.location),
    }
    lowest = event.availability.price_from
    if lowest is not None:
        made["offers"] = {
            "@type": "AggregateOffer",
            "lowPrice": _money(lowest, event.currency),
            "priceCurrency": event.currency,
            "url": shared.address,
            **_sale(event),
        }
    return made


def _sale(event: EventView) -> dict[str, str]:
    """Whether there is something to buy, as far as a page that is kept for days can say it."""
    ends = event.sales_end_at or event.start_time
    if event.status in _RESTING or (event.status is S.LIVE and ends <= event.start_time):
        return {}
    told = {"availabilityEnds": _iso(ends)}
    if event.status is S.SCHEDULED:
        opens = event.sales_start_at
        starts = {} if opens is None else {"availabilityStarts": _iso(opens)}
        return told | starts | {"availability": "https://schema.org/PreOrder"}
    is_free = event.status in {S.ON_SALE, S.LIVE} and event.availability.current_capacity > 0
    return told | {"availability": f"https://schema.org/{'InStock' if is_free else 'SoldOut'}"}


def _boot(shared: Shared) -> str:
    """What the page would ask for first; the sections are in the chart, cached for ever."""
    event = shared.event.model_dump(mode="json", by_alias=True)
    bare = shared.venue.model_copy(update={"sections": []})
    venue = bare.model_dump(mode="json", by_alias=True)
    return pages.data("application/json", ' id="boot"', {"event": event, "venue": venue})


def _iso(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _money(minor: int, currency: str) -> str:
    digits = MINOR_UNITS.get(currency, 2)
    return f"{minor / 10**digits:.{digits}f}"
