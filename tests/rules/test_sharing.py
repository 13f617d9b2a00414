"""The head of an event's page: what chats and crawlers read, and nothing an organizer can break."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any
from uuid import UUID

import pytest

from arenapulse.events.schemas import EventView
from arenapulse.events.sharing import Shared, page_of
from arenapulse.venues.schemas import VenueView

INDEX = (
    '<!doctype html><html><head>\n<meta name="description" content="Live seats." />\n'
    "<title>ArenaPulse</title></head><body><div id=root></div></body></html>"
)
ID = UUID(int=7)


def _event(**change: Any) -> EventView:
    start = dt.datetime(2027, 3, 14, 18, 45, tzinfo=dt.UTC)
    told: dict[str, Any] = {
        "id": ID,
        "organizationId": ID,
        "venueId": ID,
        "chartId": UUID(int=8),
        "name": "Harbour <City> & Friends",
        "description": 'Bring "a" scarf </script><script>alert(1)</script>',
        "startTime": start,
        "endTime": start + dt.timedelta(hours=2),
        "status": "ON_SALE",
        "capacityConfig": {"sections": {}, "maxTicketsPerOrder": 8, "holdSeconds": 480},
        "pricingTiers": [],
        "currency": "JPY",
        "taxRate": 0,
        "availability": {
            "currentCapacity": 5,
            "capacity": 9,
            "held": 0,
            "sold": 4,
            "priceFrom": 3000,
        },
        "version": 1,
    }
    return EventView.model_validate(told | change)


def _venue() -> VenueView:
    location = {
        "lat": 53.5,
        "lng": 10.0,
        "address": "Lantern Way 1",
        "city": "Havenbrook",
        "country": "DE",
        "timezone": "Europe/Berlin",
    }
    return VenueView.model_validate(
        {
            "id": ID,
            "organizationId": ID,
            "name": "Lantern Park",
            "location": location,
            "capacity": 9,
            "sections": [],
            "amenities": [],
            "chartId": UUID(int=8),
            "version": 1,
        }
    )


def _page(**change: Any) -> str:
    return page_of(INDEX, shared=Shared(_event(**change), _venue(), "https://tickets.example"))


def _data(page: str, kind: str) -> Any:
    found = re.search(rf'<script type="{re.escape(kind)}"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def test_the_head_says_name_date_place_and_price() -> None:
    page = _page(description="")
    told = "Sun 14 Mar 2027, 19:45 · Lantern Park · Havenbrook · from 3000 JPY"
    assert f'<meta name="description" content="{told}" />' in page
    assert "<title>Harbour &lt;City&gt; &amp; Friends · ArenaPulse</title>" in page
    assert f'<meta property="og:url" content="https://tickets.example/events/{ID}" />' in page
    assert '<meta property="og:image" content="https://tickets.example/share.png" />' in page
    assert page.count('<meta name="description"') == 1


def test_crawlers_read_the_event_as_schema_org_says_it() -> None:
    told = _data(_page(), "application/ld+json")
    assert told["@type"] == "Event"
    assert told["startDate"] == "2027-03-14T18:45:00Z"
    assert told["eventStatus"] == "https://schema.org/EventScheduled"
    assert told["location"]["address"]["addressLocality"] == "Havenbrook"
    assert told["offers"] == {
        "@type": "AggregateOffer",
        "lowPrice": "3000",
        "priceCurrency": "JPY",
        "url": f"https://tickets.example/events/{ID}",
        "availability": "https://schema.org/InStock",
        "availabilityEnds": "2027-03-14T18:45:00Z",
    }
    cancelled = _data(_page(status="CANCELLED"), "application/ld+json")
    assert cancelled["eventStatus"] == "https://schema.org/EventCancelled"
    assert cancelled["offers"]["availability"] == "https://schema.org/SoldOut"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"status": "SCHEDULED"}, "PreOrder"),
        ({"status": "PAUSED"}, None),
        ({"status": "POSTPONED"}, None),
        ({"status": "LIVE"}, None),
        ({"status": "LIVE", "salesEndAt": "2027-03-14T20:00:00Z"}, "InStock"),
        ({"status": "COMPLETED"}, "SoldOut"),
    ],
)
def test_nothing_is_called_sold_out_that_is_only_not_sold_now(
    change: dict[str, str], told: str | None
) -> None:
    offers = _data(_page(**change), "application/ld+json")["offers"]
    assert offers.get("availability") == (told and f"https://schema.org/{told}")
    assert offers.get("availabilityEnds") == (
        told and change.get("salesEndAt", "2027-03-14T18:45:00Z")
    )


def test_the_first_answers_come_with_the_page() -> None:
    boot = _data(_page(), "application/json")
    assert boot["event"]["id"] == str(ID)
    assert boot["event"]["startTime"] == "2027-03-14T18:45:00Z"
    assert (boot["venue"]["name"], boot["venue"]["sections"]) == ("Lantern Park", [])


def test_no_word_of_an_organizer_ends_an_element_or_begins_one() -> None:
    page = _page()
    assert page.count("<script") == page.count("</script>") == 2
    assert "<City>" not in page.replace("\\u003cCity>", "")
    assert 'content="Bring "' not in page
