"""What is there for whoever attacks: a club with dates, orders, people, and things of each kind.

Each role has a scene of its own, so that what one cancels is not missing for the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from arenapulse.core.ids import SessionId, UserId
from arenapulse.core.settings import Settings
from arenapulse.identity.schemas import ADMIN, Role
from tests.worlds import Fan, Place, World, make_fans, make_world, repeat_world

NOBODY, BUYER, PLATFORM, KEY = "nobody", "buyer", "admin", "key"
EVERYBODY = (NOBODY, BUYER, *(role.value.lower() for role in Role), KEY, PLATFORM)
"""The last one turns switches that all obey."""
SPARES = 100
LASTS = dt.timedelta(hours=12)
ANSWER_SECONDS_MAX = 60.0
PLACES = (Place(capacity=200), Place(rows=(("A", 40), ("B", 40))))
ROOM = {"waitingRoom": {"enabled": True, "admitPerMinute": 600}}


@dataclass(frozen=True)
class Scene:
    world: World
    owner: Fan
    who: Fan | None
    """None is nobody, without a token."""
    spares: list[Fan]
    """People like them, for what shuts out who does it; a machine cannot."""
    known: Mapping[str, list[str]]
    """Ids of what is there, by the names that the document has for them."""


async def set_scene(database_url: str, settings: Settings, *, url: str, who: str) -> Scene:
    db = await asyncpg.connect(database_url)
    try:
        world = await make_world(db, settings, sections=PLACES)
        queued = await repeat_world(db, world, config=ROOM)
        (owner,) = await _people(db, world, Role.OWNER.value.lower(), 1)
        (other,) = await _people(db, world, Role.STAFF.value.lower(), 1)
        person, *spares = (
            [None] if who in {NOBODY, KEY} else await _people(db, world, who, 1 + SPARES)
        )
    finally:
        await db.close()
    with httpx.Client(base_url=f"{url}/api/v1", timeout=ANSWER_SECONDS_MAX) as client:
        club = Club(client, world, owner)
        known = club.offers(queued) | club.sells(person or owner)
        actor = club.machine() if who == KEY else person
    known["user_id"] = [str(other.user_id)]
    return Scene(world, owner, actor, spares, known)


async def _people(db: asyncpg.Connection, world: World, who: str, count: int) -> list[Fan]:
    """By tokens that outlive the tools: one that is over finds nothing."""
    if who == PLATFORM:
        fans = await make_fans(db, world, count, platform=ADMIN)
    else:
        fans = await make_fans(db, world, count, role=None if who == BUYER else who.upper())
    now = dt.datetime.now(dt.UTC)
    roles = frozenset({ADMIN} if who == PLATFORM else ())
    return [
        Fan(
            fan.user_id,
            world.tokens.mint(
                UserId(fan.user_id),
                session_id=SessionId(uuid4()),
                roles=roles,
                signed_in_at=now,
                now=now,
                lifetime=LASTS,
            )[0],
        )
        for fan in fans
    ]


@dataclass(frozen=True)
class Club:
    client: httpx.Client
    world: World
    owner: Fan

    @property
    def path(self) -> str:
        return f"/organizations/{self.world.organization_id}"

    def machine(self) -> Fan:
        """With a key of its own."""
        data = self._made(f"{self.path}/api-keys", {"name": "Audit", "role": Role.OWNER.value})
        return Fan(UUID(data["id"]), data["key"])

    def offers(self, queued: World) -> dict[str, list[str]]:
        """One of what an organizer makes; `queued` is a date with a waiting room."""
        world, event = self.world, f"/events/{self.world.event_id}"
        (draft,) = self._made(f"{event}/repeats", {"every": "WEEK", "times": 1})
        self._made(
            f"/events/{queued.event_id}/waiting-room/lanes",
            {"name": "Members", "code": "MEMBER26", "share": 30},
        )
        promo = {"code": "NORTH10", "kind": "PERCENT", "value": 10}
        invited = {"email": f"{uuid4()}@fans.test", "role": Role.STAFF.value}
        device = self._made(f"{event}/gates/devices", {"name": "Lane 2"})
        charts = self.client.get(f"/venues/{world.venue_id}/charts").raise_for_status().json()
        return {
            "organization_id": [str(world.organization_id)],
            "venue_id": [str(world.venue_id)],
            "chart_id": [str(each["id"]) for each in charts["data"]],
            "event_id": [str(world.event_id), str(queued.event_id), draft["id"]],
            "series_id": [str(world.event_id)],
            "section_id": [str(each) for each in world.section_ids],
            "lane": ["1"],
            "promo_id": [self._made(f"{event}/promo-codes", promo)["id"]],
            "key_id": [self._made(f"{self.path}/api-keys", {"name": "T", "role": "STAFF"})["id"]],
            "invitation_id": [self._made(f"{self.path}/members", invited)["invitationId"]],
            "device_id": [device["deviceId"]],
            "campaign_id": [self._made(f"{event}/messages", CAMPAIGN)["campaignId"]],
            "rehearsal_id": self._rehearsals(draft["id"]),
            "webhook_id": [self._paused_webhook()],
            "template": ["receipt"],
            "locale": ["de"],
        }

    def sells(self, buyer: Fan) -> dict[str, list[str]]:
        """An order that is paid, and one that waits."""
        search = {"name": "Derbies", "query": {"q": "derby"}}
        cards = ({"type": "card", "token": "pm_card_visa"}, {"type": "card"})
        orders = [
            self._made("/orders", self.world.order(quantity=2, paymentMethod=card), by=buyer)
            for card in cards
        ]
        return {
            "order_id": [each["orderId"] for each in orders],
            "ticket_id": [each["tickets"][0]["ticketId"] for each in orders],
            "saved_id": [self._made("/search/saved", search, by=buyer)["id"]],
        }

    def _rehearsals(self, event: str) -> list[str]:
        """None where one of the last scene's is under way still: the platform plays one at once."""
        path, body = f"/events/{event}/rehearsals", {"people": 10}
        answer = self.client.post(path, json=body, headers=self.owner.headers)
        assert answer.status_code in {202, 409}, answer.text
        return [answer.json()["data"]["id"]] if answer.is_success else []

    def _paused_webhook(self) -> str:
        """At once: nothing here may call anybody."""
        hook = {"url": "https://93.184.216.34/hook", "events": ["event.sold_out"]}
        made: str = self._made(f"{self.path}/webhooks", hook)["id"]
        self.client.patch(
            f"{self.path}/webhooks/{made}", json={"paused": True}, headers=self.owner.headers
        ).raise_for_status()
        return made

    def _made(self, path: str, body: object, *, by: Fan | None = None) -> Any:
        answer = self.client.post(path, json=body, headers=(by or self.owner).headers)
        assert answer.is_success, (path, answer.status_code, answer.text)
        return answer.json()["data"]


CAMPAIGN = {
    "segment": {"kind": "HOLDERS"},
    "template": "gate_changed",
    "gate": "Gate C",
    "channels": ["EMAIL"],
}
