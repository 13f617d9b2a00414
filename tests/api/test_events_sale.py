"""What an event sells and costs: capacity, prices, news, and the counts of lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import httpx

from arenapulse.core.ids import EventId
from arenapulse.core.settings import Settings
from arenapulse.events.news import EventNews
from arenapulse.inventory.schemas import ChangedCounts
from arenapulse.runtime.redis import connect
from arenapulse.runtime.web.provided import Provided
from arenapulse.wiring import make_app
from tests.shows import (
    code_of,
    fields_of,
    if_match,
    make_event,
    make_venue,
    move,
    organizer,
    statements,
    take,
    tier,
)


async def test_capacity_follows_the_config_and_the_status_follows_the_stock(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    north, club = (section["id"] for section in venue["sections"])
    event = await make_event(client, owner, venue)
    await move(client, owner, event, "SCHEDULED", "ON_SALE")
    await take(db, event["id"], north, sold=30)
    url = f"/api/v1/events/{event['id']}"
    all_blocked = [{"row": "A", "seat": n} for n in range(1, 5)] + [
        {"row": "B", "seat": n} for n in range(1, 7)
    ]
    full = await client.patch(
        url,
        json={
            "capacityConfig": {
                "sections": {north: {"capacity": 30}, club: {"blocked": all_blocked}}
            }
        },
        headers=owner.headers | if_match(3),
    )
    assert full.status_code == 200, full.text
    data = full.json()["data"]
    assert data["status"] == "SOLD_OUT"
    assert data["version"] == 4
    assert data["availability"] | {"priceFrom": None} == {
        "currentCapacity": 0,
        "capacity": 40,
        "held": 0,
        "sold": 30,
        "priceFrom": None,
    }
    open_again = await client.patch(
        url,
        json={"capacityConfig": {"sections": {north: {"capacity": 31}}}},
        headers=owner.headers | if_match(4),
    )
    data = open_again.json()["data"]
    assert (data["status"], data["availability"]["currentCapacity"]) == ("ON_SALE", 11)
    # A place by itself changes the status, not the version; a person's change raises it once.
    assert data["version"] == 5


async def test_an_event_without_a_place_left_is_sold_out_as_soon_as_it_is_on_sale(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    event = await make_event(client, owner, venue)
    await move(client, owner, event, "SCHEDULED", "ON_SALE", "PAUSED")
    for section in venue["sections"]:
        await take(db, event["id"], section["id"], sold=section["capacity"])
    moved = await move(client, owner, event, "ON_SALE")
    assert moved["status"] == "SOLD_OUT"


async def test_less_than_is_taken_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    north = venue["sections"][0]["id"]
    event = await make_event(client, owner, venue)
    await take(db, event["id"], north, held=10, sold=30)
    url = f"/api/v1/events/{event['id']}"
    before = (await client.get(url, headers=owner.headers)).json()["data"]
    for plan in ({"capacity": 39}, {"capacity": 60, "blocked": 21}):
        refused = await client.patch(
            url,
            json={"name": "Smaller", "capacityConfig": {"sections": {north: plan}}},
            headers=owner.headers | if_match(1),
        )
        assert fields_of(refused) == [f"capacityConfig.sections.{north}"]
    assert (await client.get(url, headers=owner.headers)).json()["data"] == before
    just = await client.patch(
        url,
        json={"capacityConfig": {"sections": {north: {"capacity": 60, "blocked": 20}}}},
        headers=owner.headers | if_match(1),
    )
    assert just.json()["data"]["availability"]["currentCapacity"] == 10


async def test_a_config_must_fit_the_chart(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    north, club = (section["id"] for section in venue["sections"])
    event = await make_event(client, owner, venue)
    at = "capacityConfig.sections"
    for sections, named in (
        ({north: {"capacity": 101}}, f"{at}.{north}.capacity"),
        ({north: {"blocked": [{"row": "A", "seat": 1}]}}, f"{at}.{north}.blocked"),
        ({club: {"blocked": 1}}, f"{at}.{club}.blocked"),
        ({club: {"blocked": [{"row": "C", "seat": 1}]}}, f"{at}.{club}.blocked"),
        ({club: {"capacity": 9}}, f"{at}.{club}.capacity"),
        ({event["id"]: {}}, f"{at}.{event['id']}"),
    ):
        answer = await client.patch(
            f"/api/v1/events/{event['id']}",
            json={"capacityConfig": {"sections": sections}},
            headers=owner.headers | if_match(1),
        )
        assert fields_of(answer) == [named]
    shown = await client.get(f"/api/v1/events/{event['id']}", headers=owner.headers)
    assert shown.json()["data"] == event


async def test_new_prices_replace_the_old_in_column_and_table(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    north = venue["sections"][0]["id"]
    event = await make_event(client, owner, venue)
    tiers = [tier(north, priceLevel="EARLY", name="Early", amount=1500, fee=50)]
    url = f"/api/v1/events/{event['id']}"
    answer = await client.put(f"{url}/pricing", json={"pricingTiers": tiers}, headers=owner.headers)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data["pricingTiers"] == tiers
    assert data["availability"]["priceFrom"] == 1550
    assert (data["version"], answer.headers["etag"]) == (2, '"2"')
    rows = await db.fetch(
        "SELECT section_id, price_level, amount, fee FROM tier_prices WHERE event_id = $1",
        UUID(event["id"]),
    )
    assert [tuple(row) for row in rows] == [(UUID(north), "EARLY", 1500, 50)]
    stale = await client.put(
        f"{url}/pricing", json={"pricingTiers": []}, headers=owner.headers | if_match(1)
    )
    assert code_of(stale) == (412, "CONFLICT001")
    assert (await client.get(url, headers=owner.headers)).json()["data"] == data


async def test_prices_that_do_not_fit_change_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    north, club = (section["id"] for section in venue["sections"])
    event = await make_event(client, owner, venue)
    url = f"/api/v1/events/{event['id']}"
    for tiers, named in (
        ([tier(north), tier(club, currency="CHF")], ["pricingTiers"]),
        ([tier(north), tier(north)], ["pricingTiers.1.sectionIds"]),
        ([tier(event["id"])], ["pricingTiers.0.sectionIds"]),
        ([tier(north, surprise=1)], ["pricingTiers.0.surprise"]),
    ):
        answer = await client.put(
            f"{url}/pricing", json={"pricingTiers": tiers}, headers=owner.headers
        )
        assert fields_of(answer) == named
    assert (await client.get(url, headers=owner.headers)).json()["data"] == event


async def test_the_currency_stays_once_a_place_is_taken(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    north = venue["sections"][0]["id"]
    event = await make_event(client, owner, venue)
    url = f"/api/v1/events/{event['id']}"
    francs = {"pricingTiers": [tier(north, currency="CHF")]}
    changed = await client.put(f"{url}/pricing", json=francs, headers=owner.headers)
    assert changed.json()["data"]["currency"] == "CHF"
    await take(db, event["id"], north, sold=1)
    euros = {"pricingTiers": [tier(north)]}
    refused = await client.put(f"{url}/pricing", json=euros, headers=owner.headers)
    assert code_of(refused) == (409, "CONFLICT003")
    shown = (await client.get(url, headers=owner.headers)).json()["data"]
    assert (shown["currency"], shown["pricingTiers"]) == ("CHF", francs["pricingTiers"])


@dataclass
class Heard:
    """Notes the news that realtime would send."""

    news: list[tuple[object, ...]] = field(default_factory=list)

    async def status_changed(self, *, event_id: EventId, status: str) -> None:
        self.news.append(("STATUS", event_id, status))

    async def price_changed(
        self, *, event_id: EventId, pricing_tiers: Sequence[Mapping[str, object]]
    ) -> None:
        self.news.append(("PRICE", event_id, list(pricing_tiers)))

    async def capacity_changed(self, *, changed: ChangedCounts, current_capacity: int) -> None:
        counts = {(c.section_id, c.capacity, c.available) for c in changed.sections}
        self.news.append(("CAPACITY", changed.event_id, current_capacity, counts))


async def test_news_is_told_after_the_commit_and_not_of_refusals(
    db: asyncpg.Connection, settings: Settings
) -> None:
    heard = Heard()
    async with _app(settings, heard) as client:
        owner = await organizer(client, db)
        venue = await make_venue(client, owner)
        north, club = (section["id"] for section in venue["sections"])
        event = await make_event(client, owner, venue)
        url = f"/api/v1/events/{event['id']}"
        event_id = UUID(event["id"])
        await client.put(f"{url}/pricing", json={"pricingTiers": []}, headers=owner.headers)
        assert heard.news == []
        await move(client, owner, event, "SCHEDULED", "ON_SALE")
        assert heard.news == [("STATUS", event_id, "SCHEDULED"), ("STATUS", event_id, "ON_SALE")]
        heard.news.clear()
        tiers = [tier(north)]
        await client.put(f"{url}/pricing", json={"pricingTiers": tiers}, headers=owner.headers)
        assert heard.news == [("PRICE", event_id, tiers)]
        heard.news.clear()
        codes = f"{url}/promo-codes"
        code = {"code": "CLUB", "kind": "PERCENT", "value": 0, "unlocks": [tiers[0]["priceLevel"]]}
        made = await client.post(codes, json=code, headers=owner.headers)
        await client.put(f"{url}/pricing", json={"pricingTiers": tiers}, headers=owner.headers)
        code_id = made.json()["data"]["id"]
        await client.delete(f"{codes}/{code_id}", headers=owner.headers)
        # What the code unlocked stays hidden, so its end is no news.
        assert heard.news == [("PRICE", event_id, []), ("PRICE", event_id, [])]
        heard.news.clear()
        config = {"capacityConfig": {"sections": {north: {"blocked": 10}}}}
        await client.patch(url, json=config, headers=owner.headers | if_match(6))
        counts = {(UUID(north), 100, 90), (UUID(club), 10, 10)}
        assert heard.news == [("CAPACITY", event_id, 100, counts)]
        heard.news.clear()
        refused = [
            await client.patch(url, json=config, headers=owner.headers | if_match(6)),
            await client.post(f"{url}/status", json={"status": "ON_SALE"}, headers=owner.headers),
        ]
        assert [answer.status_code for answer in refused] == [412, 409]
        assert heard.news == []


async def test_a_list_asks_the_database_as_often_for_twelve_events_as_for_one(
    db: asyncpg.Connection, settings: Settings
) -> None:
    async with _app(settings, Heard()) as client:
        owner = await organizer(client, db)
        venue = await make_venue(client, owner)
        url = f"/api/v1/events?organizationId={owner.organization_id}"

        async def queries() -> int:
            with statements() as seen:
                answer = await client.get(url, headers=owner.headers)
            assert answer.status_code == 200
            return len(seen)

        await make_event(client, owner, venue)
        for_one = await queries()
        for _ in range(11):
            await make_event(client, owner, venue)
        for_twelve = await queries()
        # How many there are, which, and what they count.
        assert for_one == for_twelve == 3


async def test_counts_of_a_list_are_at_most_a_second_old_and_capacity_is_new_at_once(
    db: asyncpg.Connection, settings: Settings
) -> None:
    async with _app(settings, Heard()) as client, _app(settings, Heard()) as other:
        owner = await organizer(client, db)
        venue = await make_venue(client, owner)
        north = venue["sections"][0]["id"]
        event = await make_event(client, owner, venue)
        await move(client, owner, event, "SCHEDULED", "ON_SALE")
        listed = f"/api/v1/events?organizationId={owner.organization_id}"
        for blocked in range(1, 9):
            await other.get(listed)
            changed = await client.patch(
                f"/api/v1/events/{event['id']}",
                json={"capacityConfig": {"sections": {north: {"blocked": blocked}}}},
                headers=owner.headers | if_match(2 + blocked),
            )
            assert changed.status_code == 200, changed.text
            (card,) = (await other.get(listed)).json()["data"]
            assert card["availability"]["currentCapacity"] == 110 - blocked
        redis = connect(settings.redis_url or "")
        try:
            keys = [key async for key in redis.scan_iter("cache:capacity:*")]
            lives = [await redis.ttl(key) for key in keys if not key.endswith(b"generation")]
            assert lives
            assert all(0 < seconds <= 60 for seconds in lives)
        finally:
            await redis.aclose()


async def test_a_sale_shows_on_a_list_within_a_second(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    event = await make_event(client, owner, venue)
    await move(client, owner, event, "SCHEDULED", "ON_SALE")
    listed = f"/api/v1/events?organizationId={owner.organization_id}"
    (card,) = (await client.get(listed)).json()["data"]
    assert card["availability"]["sold"] == 0
    await take(db, event["id"], venue["sections"][0]["id"], sold=5)
    sold_at = await db.fetchval("SELECT clock_timestamp()")
    while card["availability"]["sold"] != 5:
        asked_at = await db.fetchval("SELECT clock_timestamp()")
        (card,) = (await client.get(listed)).json()["data"]
        assert (asked_at - sold_at).total_seconds() <= 1.0 or card["availability"]["sold"] == 5


@asynccontextmanager
async def _app(settings: Settings, news: Heard) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(settings)
    given: Provided = app._edge._calm._app.state.provided
    given._by_type[EventNews] = news
    async with app.running():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://own.test") as made:
            yield made
