"""The head of an event's page, for whoever is sent its address: people and crawlers. Pure."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final
from zoneinfo import ZoneInfo

from arenapulse.core.currencies import MINOR_UNITS
from arenapulse.events.schemas import EventView
from arenapulse.events.terms import EventStatus as S
from arenapulse.venues.schemas import VenueView

_DESCRIPTION_MAX: Final = 200
_TITLE_MARK: Final = "<title>ArenaPulse</title>"
_DESCRIPTION_MARK: Final = '<meta name="description"'
# What schema.org calls a status; an event that is sold out or over is still scheduled there.
_SCHEMA_STATUS: Final[Mapping[S, str]] = {
    S.CANCELLED: "EventCancelled",
    S.POSTPONED: "EventPostponed",
}
_IN_STOCK: Final = frozenset({S.ON_SALE, S.LIVE})


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
    def title(self) -> str:
        return f"{self.event.name} · ArenaPulse"

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
    start = index.index(_DESCRIPTION_MARK)
    end = index.index("/>", start) + 2
    described = f'<meta name="description" content="{escape(shared.description)}" />'
    page = index[:start] + described + index[end:]
    page = page.replace(_TITLE_MARK, f"<title>{escape(shared.title)}</title>\n{_head(shared)}", 1)
    return page.replace("</body>", f"{_boot(shared)}</body>", 1)


def _head(shared: Shared) -> str:
    told = {
        "og:type": "website",
        "og:site_name": "ArenaPulse",
        "og:title": shared.event.name,
        "og:description": shared.description,
        "og:url": shared.address,
        "og:image": shared.picture,
    }
    lines = [f'<meta property="{k}" content="{escape(v)}" />' for k, v in told.items()]
    lines.append('<meta name="twitter:card" content="summary_large_image" />')
    lines.append(f'<link rel="canonical" href="{escape(shared.address)}" />')
    chart = f"/api/v1/venues/{shared.venue.id}/charts/{shared.event.chart_id}"
    lines.append(f'<link rel="preload" as="fetch" crossorigin href="{chart}" />')
    return "\n".join([*lines, _data("application/ld+json", "", _schema(shared))])


def _schema(shared: Shared) -> dict[str, Any]:
    """https://schema.org/Event"""
    event, place = shared.event, shared.venue.location
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
        "location": {
            "@type": "Place",
            "name": shared.venue.name,
            "address": {
                "@type": "PostalAddress",
                "streetAddress": place.address,
                "addressLocality": place.city,
                "addressCountry": place.country,
            },
            "geo": {"@type": "GeoCoordinates", "latitude": place.lat, "longitude": place.lng},
        },
    }
    lowest = event.availability.price_from
    if lowest is not None:
        is_free = event.status in _IN_STOCK and event.availability.current_capacity > 0
        made["offers"] = {
            "@type": "AggregateOffer",
            "lowPrice": _money(lowest, event.currency),
            "priceCurrency": event.currency,
            "url": shared.address,
            "availability": f"https://schema.org/{'InStock' if is_free else 'SoldOut'}",
        }
    return made


def _boot(shared: Shared) -> str:
    """What the page would ask for first; the sections are in the chart, cached for ever."""
    event = shared.event.model_dump(mode="json", by_alias=True)
    bare = shared.venue.model_copy(update={"sections": []})
    venue = bare.model_dump(mode="json", by_alias=True)
    return _data("application/json", ' id="boot"', {"event": event, "venue": venue})


def _data(kind: str, more: str, value: object) -> str:
    # Nothing in it may end the element, whatever an organizer wrote.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="{kind}"{more}>{text}</script>'


def _iso(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _money(minor: int, currency: str) -> str:
    digits = MINOR_UNITS.get(currency, 2)
    return f"{minor / 10**digits:.{digits}f}"
