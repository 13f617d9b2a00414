"""The head of a venue's page, for whoever is sent its address: people and crawlers. Pure."""

from __future__ import annotations

from typing import Any

from arenapulse.runtime.web import pages
from arenapulse.venues.schemas import LocationView, VenueView


def page_of(index: str, *, venue: VenueView, base: str) -> str:
    """The web app's page with what the venue says of itself; `base` ends without a slash."""
    address = f"{base}/venues/{venue.id}"
    url = next(iter(venue.media)).url if venue.media else "/share.png"
    picture = f"{base}{url}" if url.startswith("/") else url
    place = venue.location
    told = [venue.name, place.address, place.city]
    description = " · ".join(each for each in told if each)
    cards = pages.cards(name=venue.name, description=description, address=address, picture=picture)
    schema = pages.data("application/ld+json", "", _schema(venue, address=address, picture=picture))
    return pages.filled(index, title=venue.name, description=description, head=[*cards, schema])


def place_of(name: str, location: LocationView) -> dict[str, Any]:
    """https://schema.org/Place"""
    return {
        "@type": "Place",
        "name": name,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": location.address,
            "addressLocality": location.city,
            "addressCountry": location.country,
        },
        "geo": {"@type": "GeoCoordinates", "latitude": location.lat, "longitude": location.lng},
    }


def _schema(venue: VenueView, *, address: str, picture: str) -> dict[str, Any]:
    """https://schema.org/EventVenue"""
    return {
        "@context": "https://schema.org",
        **place_of(venue.name, venue.location),
        "@type": "EventVenue",
        "url": address,
        "image": [picture],
        "maximumAttendeeCapacity": venue.capacity,
    }
