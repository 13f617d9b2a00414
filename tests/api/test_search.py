"""Search on PostgreSQL through HTTP: what is found, in which order, and what is refused."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core.ids import EventId, VenueId
from arenapulse.runtime.db import Database
from arenapulse.search.service.indexing import Index
from arenapulse.search.service.mending import Mender
from tests.shows import (
    LOCATION,
    Organizer,
    fields_of,
    if_match,
    make_event,
    make_venue,
    move,
    organizer,
    take,
    tier,
)


def made_up() -> str:
    """A word that nobody else's test has, in letters."""
    return "z" + "".join(
        secrets.choice("bcdfghklmnprstvw") + secrets.choice("aeiou") for _ in "1234"
    )


@dataclass
class Town:
    """Venues and events that are found by a word of their own in the city's name."""

    client: httpx.AsyncClient
    owner: Organizer
    index: Index
    mark: str = field(default_factory=made_up)
    venues: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    async def venue(self, name: str, **changes: Any) -> dict[str, Any]:
        location = LOCATION | {"city": self.mark} | changes.pop("location", {})
        made = await make_venue(self.client, self.owner, name=name, location=location, **changes)
        await self.index.venues([VenueId(UUID(made["id"]))])
        self.venues.append(made)
        return made

    async def event(
        self,
        name: str,
        *,
        venue: dict[str, Any] | None = None,
        on_sale: bool = True,
        **changes: Any,
    ) -> dict[str, Any]:
        place = venue or (self.venues or [await self.venue("Lantern Park")])[0]
        made = await make_event(self.client, self.owner, place, name=name, **changes)
        if on_sale:
            made = await move(self.client, self.owner, made, "SCHEDULED", "ON_SALE")
        await self.index.events([EventId(UUID(made["id"]))])
        return made

    async def search(self, q: str = "", **params: Any) -> dict[str, Any]:
        """Within this town."""
        answer = await self.client.get(
            "/api/v1/search", params={"q": q, "city": self.mark} | params
        )
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def names(self, q: str = "", **params: Any) -> list[str]:
        return [hit["name"] for hit in (await self.search(q, **params))["data"]]


@pytest.fixture
async def town(
    client: httpx.AsyncClient, db: asyncpg.Connection, database_url: str
) -> AsyncIterator[Town]:
    database = Database(database_url, pool_size=2)
    await database.open()
    yield Town(client, await organizer(client, db), Index(database))
    await database.close()


@pytest.mark.asvs("V15.3.1")
async def test_a_hit_is_as_the_contract_says(town: Town) -> None:
    venue = await town.venue("Lantern <Park>", amenities=["parking", "food"])
    event = await town.event(
        "Harbour & <b>Derby</b>",
        description="The old kick-off by the river.",
        startTime="2035-03-31T22:30:00Z",
        endTime="2035-04-01T01:00:00Z",
        pricingTiers=[tier(venue["sections"][0]["id"], amount=2000, fee=100)],
        scarf=["navy", "red"],
        salesEndAt="2035-03-31T20:00:00Z",
    )
    found = await town.search("derby")
    (hit,) = found["data"]
    assert hit.pop("score") > 0
    assert hit == {
        "type": "event",
        "id": event["id"],
        "name": "Harbour & <b>Derby</b>",
        "status": "ON_SALE",
        "startTime": "2035-03-31T22:30:00Z",
        "salesEndAt": "2035-03-31T20:00:00Z",
        "scarf": ["navy", "red"],
        "venue": {
            "id": venue["id"],
            "name": "Lantern <Park>",
            "city": town.mark,
            "timezone": "Europe/Berlin",
        },
        "priceFrom": 2100,
        "currency": "EUR",
        "highlights": {"name": "Harbour &amp; &lt;b&gt;<mark>Derby</mark>&lt;/b&gt;"},
    }
    # Those that might be chosen in its place stand there, too: other tests' towns.
    assert {"value": town.mark, "count": 1} in found["meta"]["facets"].pop("city")
    assert found["meta"] == {
        "page": 1,
        "limit": 20,
        "total": 1,
        "facets": {
            "type": [{"value": "event", "count": 1}],
            "status": [{"value": "ON_SALE", "count": 1}],
            "amenity": [{"value": "food", "count": 1}, {"value": "parking", "count": 1}],
            # In Berlin it is April already.
            "month": [{"value": "2035-04", "count": 1}],
        },
    }
    both = await town.search("lantern")
    assert [(hit["type"], hit["highlights"]) for hit in both["data"]] == [
        ("venue", {"name": "<mark>Lantern</mark> &lt;Park&gt;"}),
        ("event", {"venue": "<mark>Lantern</mark> &lt;Park&gt;"}),
    ]


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Harbour Derby", "hrabour"),  # two letters swapped
        ("Harbour Derby", "dreby"),
        ("Philharmonic Night", "philarmonik"),  # two letters in a long word
        ("Philharmonic Night", "philh"),  # a beginning
        ("Grand Atlético Match", "atletico"),
        ("Münchner Abend", "munchner"),
        ("Münchner Abend", "muenchner abend"),
        ("Straßenfest", "strassenfest"),
        ("Grandes Conciertos", "concierto"),  # stems
        ("Die Konzerte", "konzert"),
        ("Evening Matches", "match"),
        ("Anpfiff im Norden", "kick off"),  # synonyms over languages, and over a blank
        ("Kick-off party", "anpfiff"),
        ("Rovers United", "fc rovers"),
        ("FC Rovers", "rovers"),
        ("FC Rovers", "fc"),
        ("The Women's Final", "womens finale"),
    ],
)
async def test_it_is_found_as_people_type_it(town: Town, name: str, query: str) -> None:
    await town.event(name)
    await town.event("Zzyzx Quorum")
    assert await town.names(query, type="event") == [name]


async def test_a_corrected_word_is_told(town: Town) -> None:
    await town.event(f"Festival {town.mark[:3]}quovadis")
    query = f"festival {town.mark[:3]}quovdais"
    assert (await town.search(query))["meta"]["didYouMean"] == f"festival {town.mark[:3]}quovadis"
    assert "didYouMean" not in (await town.search("festival"))["meta"]


async def test_names_come_before_descriptions_and_what_is_over_last(town: Town) -> None:
    await town.event("Quiet Evening", description="After the regatta.", on_sale=False)
    said = await town.event("Evening Show", description="Beside the regatta.")
    over = await town.event("The Regatta")
    await move(town.client, town.owner, over, "CANCELLED")
    named = await town.event("Regatta")
    await town.index.events([EventId(UUID(over["id"]))])
    assert [hit["id"] for hit in (await town.search("regatta"))["data"]] == [
        named["id"],
        over["id"],
        said["id"],
    ]


async def test_filters_and_their_facets(town: Town) -> None:
    dear = await town.venue("North End", amenities=["parking"])
    cheap = await town.venue("South End", amenities=["parking", "wheelchair"])
    one = tier(dear["sections"][0]["id"], amount=9000, fee=100)
    two = tier(cheap["sections"][0]["id"], amount=1000, fee=50)
    early = {"startTime": "2035-05-01T18:00:00Z", "endTime": "2035-05-01T21:00:00Z"}
    late = {"startTime": "2035-06-01T18:00:00Z", "endTime": "2035-06-01T21:00:00Z"}
    await town.event("Opening", venue=dear, pricingTiers=[one], **late)
    await town.event("Closing", venue=cheap, pricingTiers=[two], **early)
    assert await town.names(type="venue") == ["North End", "South End"] or await town.names(
        type="venue"
    ) == ["South End", "North End"]
    assert await town.names(sort="date", type="event") == ["Closing", "Opening"]
    assert await town.names(sort="price", type="event") == ["Closing", "Opening"]
    assert await town.names(priceMin=1051) == ["Opening"]
    assert await town.names(priceMax=1050) == ["Closing"]
    assert await town.names(**{"from": "2035-05-01T20:59:59Z", "to": "2035-05-02T00:00:00Z"}) == [
        "Closing"
    ]
    assert await town.names(**{"from": "2035-05-01T21:00:00Z"}) == ["Opening"]
    assert sorted(await town.names(amenity="wheelchair")) == ["Closing", "South End"]
    assert sorted(await town.names(amenity=["wheelchair", "parking"])) == ["Closing", "South End"]
    assert await town.names(status="SOLD_OUT") == []
    assert await town.names(month="2035-06") == ["Opening"]
    assert len(await town.names(status=["ON_SALE", "SOLD_OUT"])) == 2
    whole = (await town.search(limit=1, page=2))["meta"]
    assert (whole["total"], whole["page"]) == (4, 2)
    assert whole["facets"]["type"] == [
        {"value": "event", "count": 2},
        {"value": "venue", "count": 2},
    ]
    assert [each["value"] for each in whole["facets"]["month"]] == ["2035-05", "2035-06"]


async def test_near_is_in_kilometres(town: Town) -> None:
    await town.venue("Near Ground", location={"lat": 52.52, "lng": 13.405})
    await town.venue("Far Ground", location={"lat": 48.137, "lng": 11.575})
    await town.venue("Antipodes", location={"lat": -41.3, "lng": 174.8})
    found = (await town.search(near="52.5,13.4", sort="distance"))["data"]
    assert [(hit["name"], round(hit["distanceKm"])) for hit in found] == [
        ("Near Ground", 2),
        ("Far Ground", 502),
        ("Antipodes", 18141),
    ]
    assert await town.names(near="52.5,13.4", radiusKm=2.3) == ["Near Ground"]
    assert await town.names("ground", near="52.5,13.4", radiusKm=600) == [
        "Near Ground",
        "Far Ground",
    ]
    # Over the date line.
    assert await town.names(near="-41.3,-179.9", radiusKm=500) == ["Antipodes"]


async def test_drafts_and_hidden_prices_are_not_found(town: Town) -> None:
    venue = await town.venue("Hush Hall")
    north = venue["sections"][0]["id"]
    draft = await make_event(town.client, town.owner, venue, name="Secret Rehearsal")
    await town.index.events([EventId(UUID(draft["id"]))])
    assert await town.names("rehearsal") == []
    # Given up before anybody saw it; what was found stays so.
    await move(town.client, town.owner, draft, "CANCELLED")
    await town.index.events([EventId(UUID(draft["id"]))])
    assert await town.names("rehearsal") == []
    tiers = [
        tier(north, amount=5000, fee=0),
        tier(north, priceLevel="CREW", name="Crew", amount=100, fee=0),
    ]
    event = await town.event("Loud Night", pricingTiers=tiers)
    answer = await town.client.post(
        f"/api/v1/events/{event['id']}/promo-codes",
        json={"code": "CREW", "kind": "PERCENT", "value": 0, "unlocks": ["CREW"]},
        headers=town.owner.headers,
    )
    assert answer.status_code == 201
    await town.index.events([EventId(UUID(event["id"]))])
    (hit,) = (await town.search("loud"))["data"]
    assert hit["priceFrom"] == 5000


@pytest.mark.asvs("V1.2.4", "V1.2.9")
@pytest.mark.parametrize(
    "query",
    [
        "' OR 1=1 --",
        "foo & | ! ( ) :* <-> 'bar'",
        "name:secret AND (a OR b) NOT c~2^4",
        '{"query":{"match_all":{}}}',
        "%_\\",
        "🎉🎉",
        "<script>alert(1)</script>",
        "a" * 200,
        "体育场 стадион στάδιο",
        "\u202egnol",
    ],
)
async def test_any_query_is_an_answer(client: httpx.AsyncClient, query: str) -> None:
    for path in ("search", "search/suggest"):
        answer = await client.get(f"/api/v1/{path}", params={"q": query})
        assert answer.status_code == 200, answer.text


async def test_what_makes_no_sense_is_refused_by_field(client: httpx.AsyncClient) -> None:
    for field_name, params in {
        "q": {"q": "x" * 10_000},
        "near": {"near": "91,0"},
        "radiusKm": {"radiusKm": "5"},
        "sort": {"sort": "distance"},
        "to": {"from": "2035-01-02T00:00:00Z", "to": "2035-01-01T00:00:00Z"},
        "from": {"from": "yesterday"},
        "priceMin": {"priceMin": "-1"},
        "currency": {"currency": "euro"},
        "type": {"type": "ticket"},
        "status.0": {"status": "ON"},
        "page": {"page": "0"},
        "limit": {"limit": "101"},
    }.items():
        answer = await client.get("/api/v1/search", params=params)
        assert fields_of(answer) == [field_name]
    nul = await client.get("/api/v1/search?q=%00")
    assert fields_of(nul) == ["q"]
    nan = await client.get("/api/v1/search", params={"near": "0,0", "radiusKm": "nan"})
    assert fields_of(nan) == ["radiusKm"]


async def test_suggest_gives_names_as_they_are_typed(town: Town) -> None:
    word = town.mark.capitalize()
    await town.event(f"{word} Derby")
    await town.event(f"Night of {word}")
    await town.event(f"{word} Derby")
    over = await town.event(f"{word} Requiem")
    await move(town.client, town.owner, over, "CANCELLED")
    await town.index.events([EventId(UUID(over["id"]))])
    answer = await town.client.get("/api/v1/search/suggest", params={"q": town.mark[:6]})
    assert [(each["type"], each["name"]) for each in answer.json()["data"]] == [
        ("event", f"{word} Derby"),
        ("event", f"Night of {word}"),
    ]


async def test_the_walk_mends_what_was_missed_and_what_is_too_much(
    town: Town, database_url: str, db: asyncpg.Connection
) -> None:
    venue = await town.venue("Old Yard")
    kept = await town.event("Kept Promise")
    missed = await make_event(town.client, town.owner, venue, name="Missed Promise")
    await move(town.client, town.owner, missed, "SCHEDULED")
    await town.client.patch(
        f"/api/v1/events/{kept['id']}",
        json={"name": "Changed Promise"},
        headers=town.owner.headers | if_match(kept["version"]),
    )
    ghost = UUID(kept["id"]), UUID(int=UUID(missed["id"]).int ^ 1)
    await db.execute("UPDATE search_documents SET id = $2 WHERE id = $1", *ghost)
    database = Database(database_url, pool_size=2)
    await database.open()
    mender = Mender(database, Index(database))
    assert await mender.walk() >= 3
    assert sorted(await town.names("promise")) == ["Changed Promise", "Missed Promise"]
    assert await mender.walk() == 0
    await database.close()


async def test_selling_out_is_found_without_a_fact(town: Town, db: asyncpg.Connection) -> None:
    event = await town.event("Last Chance")
    rows = await db.fetch("SELECT section_id, capacity FROM stock WHERE event_id = $1", event["id"])
    for row in rows:
        await take(db, event["id"], str(row["section_id"]), sold=row["capacity"])
    await db.execute("SELECT * FROM flip_sold_out(ARRAY[$1::UUID])", event["id"])
    queued = await db.fetchval(
        "SELECT payload FROM pgqueuer WHERE entrypoint = 'search.index_event' AND payload LIKE $1",
        f"%{event['id']}%".encode(),
    )
    assert queued is not None
    await town.index.events([EventId(UUID(event["id"]))])
    assert await town.names(status="SOLD_OUT") == ["Last Chance"]


async def test_crawlers_are_told_of_what_is_public_and_not_over(town: Town) -> None:
    shown = await town.event("Seen Show")
    over = await town.event("Seen Before")
    await move(town.client, town.owner, over, "CANCELLED")
    await town.index.events([EventId(UUID(over["id"]))])
    sitemap = await town.client.get("/sitemap.xml")
    assert sitemap.headers["content-type"] == "application/xml"
    assert f"/events/{shown['id']}</loc>" in sitemap.text
    assert f"/venues/{shown['venueId']}</loc>" in sitemap.text
    assert over["id"] not in sitemap.text
    assert (await town.client.get("/sitemap-1.xml")).status_code == 404
    assert (await town.client.get("/sitemap-0.xml")).status_code == 422
    robots = await town.client.get("/robots.txt")
    assert "Disallow: /checkout/" in robots.text
    assert robots.text.rstrip().endswith("/sitemap.xml")
