"""Campaigns: counted first, approved, told to each once, stopped; news only to who agreed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import pytest

from tests.conftest import TestEngines, client_of, settings_for
from tests.logged import logged
from tests.paying import worker_of
from tests.reactions.office import zone_where_it_is
from tests.worlds import Fan, Place, World, make_fans, make_world

API = "/api/v1"
GATE = {"template": "gate_changed", "gate": "Gate C", "channels": ["EMAIL", "SMS"]}
MAILS = GATE | {"channels": ["EMAIL"]}
NEWS = {"title": "Early doors", "text": "Come at five.", "channels": ["EMAIL"]}
CHOSEN: dict[str, Any] = {
    "locale": "de",
    "currency": "EUR",
    "timezone": "UTC",
    "notifications": {"email": True, "sms": True, "push": False},
}
HOLDERS = {"segment": {"kind": "HOLDERS"}}


@dataclass
class Fair:
    """Two fans with tickets in section 1, one in section 2; a STAFF and a MANAGER."""

    client: httpx.AsyncClient
    db: asyncpg.Connection
    world: World
    fans: list[Fan]
    staff: Fan
    manager: Fan

    @property
    def path(self) -> str:
        return f"{API}/events/{self.world.event_id}/messages"

    async def ask(self, who: Fan | None = None, **body: Any) -> Any:
        answer = await self.client.post(
            self.path, json=HOLDERS | body, headers=(who or self.staff).headers
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    async def act(
        self, campaign: Any, deed: str, who: Fan | None = None, key: str | None = None
    ) -> httpx.Response:
        keyed = {} if key is None else {"Idempotency-Key": key}
        return await self.client.post(
            f"{self.path}/{campaign['campaignId']}/{deed}",
            headers=(who or self.manager).headers | keyed,
        )

    async def ended(self, campaign: Any, status: str = "SENT") -> Any:
        deadline = time.monotonic() + 15
        while True:
            listed = await self.client.get(self.path, headers=self.staff.headers)
            found = {one["campaignId"]: one for one in listed.json()["data"]}
            one = found[campaign["campaignId"]]
            if one["status"] == status and one["progress"]["queued"] == 0:
                return one
            assert time.monotonic() < deadline, one
            await asyncio.sleep(0.05)

    async def told(self) -> list[str]:
        """Who was mailed, by number of the fan."""
        rows = await self.db.fetch("SELECT recipient FROM sandbox_messages WHERE vendor='sendgrid'")
        names = {f"{fan.user_id}@fans.test": f"fan {n}" for n, fan in enumerate(self.fans)}
        return sorted(names[row["recipient"]] for row in rows)


@pytest.fixture
async def fair(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Fair]:
    settings = settings_for(fresh_database_url, engines.redis_url)
    db = await asyncpg.connect(fresh_database_url)
    world = await make_world(db, settings, sections=(Place(100, amount=0, fee=0),) * 2)
    fans = await make_fans(db, world, 4)
    (staff,) = await make_fans(db, world, 1, role="STAFF")
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    # One asked for texts; another has a number, and did not.
    silent = CHOSEN | {"notifications": CHOSEN["notifications"] | {"sms": False}}
    for fan, chosen in ((fans[0], CHOSEN), (fans[1], silent | {"locale": "en"})):
        await db.execute(
            "UPDATE users SET preferences = $2::TEXT::JSONB, phone_number = '+4915112345678'"
            " WHERE id = $1",
            fan.user_id,
            json.dumps(chosen),
        )
    async with client_of(settings) as client:
        for fan, section in zip(fans, (0, 0, 1), strict=False):
            order = world.order(section, quantity=2, paymentMethod={"type": "free"})
            answer = await client.post(f"{API}/orders", json=order, headers=fan.headers)
            assert answer.status_code == 201, answer.text
        # Their receipts are another test's.
        await db.execute("DELETE FROM pgqueuer")
        async with worker_of(settings):
            yield Fair(client, db, world, fans, staff, manager)
    await db.close()


async def test_a_campaign_is_counted_and_priced_and_sends_nothing_by_itself(fair: Fair) -> None:
    asked = await fair.ask(**GATE)
    assert asked["status"] == "PENDING"
    assert asked["count"] == {"people": 3, "emails": 3, "texts": 1}
    assert asked["cost"] == {"amount": 9, "currency": "EUR"}
    section = {"kind": "SECTION", "sectionId": str(fair.world.section_ids[1])}
    assert (await fair.ask(**GATE, segment=section))["count"]["people"] == 1
    await fair.db.execute(
        "UPDATE tickets SET status = 'CHECKED_IN' WHERE order_id IN"
        " (SELECT id FROM orders WHERE user_id = $1)",
        fair.fans[0].user_id,
    )
    outside = await fair.ask(**GATE, segment={"kind": "NOT_SCANNED"})
    assert outside["count"]["people"] == 2
    assert await fair.db.fetchval("SELECT count(*) FROM messages") == 0


async def test_an_approved_campaign_reaches_each_holder_once(fair: Fair) -> None:
    asked = await fair.ask(**GATE)
    assert (await fair.act(asked, "approve", fair.staff)).status_code == 403
    assert (await fair.act(asked, "approve")).json()["data"]["status"] == "SENDING"
    again = await fair.act(asked, "approve")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "CONFLICT003")
    of = await logged(fair.db, "campaign.sending", subject=asked["campaignId"])
    assert of == fair.world.organization_id
    await fair.ended(asked)
    assert await fair.told() == ["fan 0", "fan 1", "fan 2"]
    said = await fair.db.fetch("SELECT body FROM sandbox_messages WHERE vendor = 'twilio'")
    assert len(said) == 1
    assert "bitte zu Gate C" in said[0]["body"]


async def test_what_was_approved_or_stopped_by_a_key_is_answered_again(fair: Fair) -> None:
    asked = await fair.ask(**GATE)
    for deed in ("approve", "stop"):
        done = await fair.act(asked, deed, key=deed)
        assert done.status_code == 200, done.text
        again = await fair.act(asked, deed, key=deed)
        assert (again.status_code, again.json()) == (200, done.json())
        assert again.headers["Idempotent-Replayed"] == "true"
        unkeyed = await fair.act(asked, deed)
        assert (unkeyed.status_code, unkeyed.json()["error"]["code"]) == (409, "CONFLICT003")


async def test_another_place_is_told_as_the_place_of_the_event(fair: Fair) -> None:
    place = {"venue": "Lantern Park", "address": "Lantern Street 1", "city": "Havenbrook"}
    asked = await fair.ask(template="event_moved", place=place, channels=["EMAIL", "SMS"])
    assert asked["count"] == {"people": 3, "emails": 3, "texts": 1}
    await fair.act(asked, "approve")
    await fair.ended(asked)
    assert await fair.told() == ["fan 0", "fan 1", "fan 2"]
    bodies = await fair.db.fetch("SELECT vendor, body FROM sandbox_messages")
    for row in bodies:
        assert "Lantern Park" in row["body"]
        assert "Ground" not in row["body"]
    mails = [row["body"] for row in bodies if row["vendor"] == "sendgrid"]
    assert sum("now takes place at Lantern Park, Lantern Street 1" in body for body in mails) == 2


async def test_news_reaches_who_agreed_until_one_click_takes_it_back(fair: Fair) -> None:
    organization = fair.world.organization_id
    for fan in fair.fans[:2]:
        answer = await fair.client.put(
            f"{API}/users/me/news/{organization}", json={"agreed": True}, headers=fan.headers
        )
        assert answer.status_code == 200, answer.text
    # Night is another test's: who chose no zone is where the event is.
    await fair.db.execute("UPDATE users SET preferences = NULL")
    await _event_where_it_is(fair, 12)
    asked = await fair.ask(**NEWS)
    assert asked["count"]["people"] == 2
    await fair.act(asked, "approve")
    await fair.ended(asked)
    assert await fair.told() == ["fan 0", "fan 1"]
    headers = json.loads(await fair.db.fetchval("SELECT headers FROM sandbox_messages LIMIT 1"))
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    rows = await fair.db.fetch("SELECT recipient, headers FROM sandbox_messages")
    urls = {row["recipient"]: json.loads(row["headers"])["List-Unsubscribe"] for row in rows}
    url = urls[f"{fair.fans[0].user_id}@fans.test"].strip("<>")
    path = url[url.index(API) :]
    # Whoever only follows the link changes nothing.
    assert (await fair.client.get(path)).status_code == 200
    assert (await fair.ask(**NEWS))["count"]["people"] == 2
    clicked = await fair.client.post(
        path,
        content=b"List-Unsubscribe=One-Click",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert clicked.status_code == 200, clicked.text
    assert (await fair.ask(**NEWS))["count"]["people"] == 1
    # A person in a browser is told so, in their language.
    browser = {"Accept": "text/html,*/*", "Accept-Language": "fr, de-AT;q=0.8, en;q=0.5"}
    asked_in = await fair.client.get(path, headers=browser)
    assert "Ja, keine mehr" in asked_in.text
    told = await fair.client.post(path, headers=browser)
    assert told.headers["content-type"].startswith("text/html")
    assert '<html lang="de">' in told.text
    assert "Erledigt: keine Neuigkeiten mehr." in told.text
    forged = await fair.client.post(path[:-4] + "AAAA")
    assert forged.status_code == 404
    mine = await fair.client.get(f"{API}/users/me/news", headers=fair.fans[0].headers)
    listed = {"organizationId": str(organization), "organizationName": "Test"}
    assert mine.json()["data"] == [listed | {"agreed": False}]
    # Who ordered and was never asked can be asked; who has to do with nobody is asked nothing.
    holder = await fair.client.get(f"{API}/users/me/news", headers=fair.fans[2].headers)
    assert holder.json()["data"] == [listed | {"agreed": False}]
    stranger = await fair.client.get(f"{API}/users/me/news", headers=fair.fans[3].headers)
    assert stranger.json()["data"] == []


@pytest.mark.parametrize("chosen", [True, False])
async def test_news_waits_for_the_morning_of_its_reader_one_after_the_other(
    fair: Fair, *, chosen: bool
) -> None:
    zone = zone_where_it_is(2)
    # Who chose none is where the event is; UTC stands there of who chose other things alone.
    await _event_where_it_is(fair, 12 if chosen else 2)
    await fair.db.execute(
        "UPDATE users SET preferences = $1::TEXT::JSONB",
        json.dumps(CHOSEN | {"timezone": zone if chosen else "UTC"}),
    )
    for fan in fair.fans[:2]:
        await fair.client.put(
            f"{API}/users/me/news/{fair.world.organization_id}",
            json={"agreed": True},
            headers=fan.headers,
        )
    asked = await fair.ask(**NEWS, perMinute=1)
    assert (await fair.act(asked, "approve")).status_code == 200
    await _until(fair, "SELECT count(*) = 2 FROM messages")
    due = await fair.db.fetch("SELECT due_at FROM messages ORDER BY due_at")
    local = [row["due_at"].astimezone(ZoneInfo(zone)) for row in due]
    assert [f"{at:%H:%M:%S}" for at in local] == ["09:00:00", "09:01:00"]
    assert await fair.told() == []


async def test_news_without_a_title_are_headed_by_the_event(fair: Fair) -> None:
    asked = await fair.ask(text="Come at five.", channels=["EMAIL"])
    assert asked["template"] == "announcement"
    content = json.loads(await fair.db.fetchval("SELECT content FROM campaigns"))
    assert content == {"title": "Match", "text": "Come at five."}


async def test_a_stopped_campaign_sends_no_more(fair: Fair) -> None:
    asked = await fair.ask(**MAILS, perMinute=1)
    await fair.act(asked, "approve")
    # All are told, one a minute: the first has it, the others wait.
    await _until(fair, "SELECT count(*) = 3 FROM messages")
    await _until(fair, "SELECT count(*) = 1 FROM messages WHERE status <> 'QUEUED'")
    await _until(fair, "SELECT bool_and(status = 'SENT') FROM campaigns")
    listed = (await fair.client.get(fair.path, headers=fair.staff.headers)).json()["data"]
    assert (listed[0]["status"], listed[0]["endedAt"]) == ("SENDING", None)
    assert listed[0]["progress"]["queued"] == 2
    stopped = await fair.act(asked, "stop")
    assert stopped.status_code == 200, stopped.text
    assert stopped.json()["data"]["status"] == "STOPPED"
    of = await logged(fair.db, "campaign.stopped", subject=asked["campaignId"])
    assert of == fair.world.organization_id
    ended = await fair.ended(asked, "STOPPED")
    assert ended["progress"]["failed"] == 2
    assert ended["endedAt"] is not None
    # Nothing of it is due any more, so nothing of it goes.
    assert await fair.db.fetchval("SELECT count(*) FROM messages WHERE due_at IS NOT NULL") == 0
    again = await fair.act(asked, "stop")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "CONFLICT003")


async def test_a_slow_campaign_is_worth_sending_when_its_turn_comes(fair: Fair) -> None:
    asked = await fair.ask(**MAILS, perMinute=1)
    await fair.act(asked, "approve")
    await _until(fair, "SELECT count(*) = 3 FROM messages")
    # Told long ago, and its minute is now.
    await fair.db.execute(
        "UPDATE messages SET due_at = now(), created_at = created_at - interval '13 h'"
        " WHERE status = 'QUEUED'"
    )
    await fair.ended(asked)
    assert await fair.told() == ["fan 0", "fan 1", "fan 2"]


async def test_a_campaign_that_would_reach_the_last_too_late_is_422(fair: Fair) -> None:
    # Twelve hours are 720 minutes.
    await fair.db.execute(
        "INSERT INTO users (id, email, password_hash, full_name)"
        " SELECT gen_random_uuid(), n || '@crowd.test', '-', 'Fan' FROM generate_series(4, 721) n"
    )
    await fair.db.execute(
        "INSERT INTO tickets (order_id, number, event_id, section_id, price_level, amount, fee,"
        " status, holder_id)"
        " SELECT o.id, 10 + row_number() OVER (), o.event_id, $1, 'STANDARD', 0, 0, 'VALID', u.id"
        " FROM users u, (SELECT id, event_id FROM orders LIMIT 1) o"
        " WHERE u.email LIKE '%@crowd.test'",
        fair.world.section_ids[0],
    )
    slow = HOLDERS | GATE | {"perMinute": 1}
    answer = await fair.client.post(fair.path, json=slow, headers=fair.staff.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION001")
    assert "say at least 2" in answer.text
    assert await fair.db.fetchval("SELECT count(*) FROM campaigns") == 0
    assert (await fair.ask(**GATE, perMinute=2))["count"]["people"] == 721


async def test_a_campaign_of_which_nothing_waits_cannot_be_stopped(fair: Fair) -> None:
    asked = await fair.ask(**GATE)
    await fair.act(asked, "approve")
    await fair.ended(asked)
    late = await fair.act(asked, "stop")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "CONFLICT003")
    assert (await fair.ended(asked))["status"] == "SENT"


@pytest.mark.parametrize(
    "body",
    [
        {"channels": ["EMAIL"]},
        {**GATE, **NEWS},
        {"template": "gate_changed", "channels": ["EMAIL"]},
        {"template": "event_moved", "channels": ["EMAIL"]},
        {"template": "event_moved", "gate": "C", "channels": ["EMAIL"]},
        {**GATE, "place": {"venue": "A", "address": "B", "city": "C"}},
        {**NEWS, "place": {"venue": "A", "address": "B", "city": "C"}},
        {
            "template": "event_moved",
            "place": {"venue": "A", "address": "", "city": "C"},
            "channels": ["EMAIL"],
        },
        {**GATE, "channels": []},
        {**GATE, "channels": ["EMAIL", "EMAIL"]},
        {**GATE, "channels": ["FAX"]},
        {**GATE, "gate": "C\r\nBcc: x"},
        {**GATE, "segment": {"kind": "SECTION"}},
        {**GATE, "segment": {"kind": "SECTION", "sectionId": str(uuid4())}},
        {**GATE, "perMinute": 0},
        {**NEWS, "text": "x" * 1001},
        {"title": "Early doors", "channels": ["EMAIL"]},
    ],
)
async def test_bad_campaigns_are_422_and_leave_nothing(fair: Fair, body: dict[str, Any]) -> None:
    answer = await fair.client.post(fair.path, json=HOLDERS | body, headers=fair.staff.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION001")
    assert await fair.db.fetchval("SELECT count(*) FROM campaigns") == 0


async def _until(fair: Fair, true: str) -> None:
    deadline = time.monotonic() + 10
    while not await fair.db.fetchval(true):
        assert time.monotonic() < deadline, true
        await asyncio.sleep(0.05)


async def _event_where_it_is(fair: Fair, hour: int) -> None:
    await fair.db.execute(
        "UPDATE venues SET location = location || jsonb_build_object('timezone', $1::TEXT)",
        zone_where_it_is(hour),
    )
