"""Events that a test needs for itself, made by the demo's owner through the API."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.e2e.stack import PASSWORD

OWNER = "owner@demo.test"


@dataclass(frozen=True)
class Sale:
    """An event on sale; one section a name, and 46.50 EUR a place."""

    event_id: str
    name: str
    sections: dict[str, str]
    api: httpx.AsyncClient

    async def availability(self) -> dict[str, Any]:
        answer = await self.api.get(f"/api/v1/events/{self.event_id}/availability")
        assert answer.status_code == 200, answer.text
        counts: dict[str, Any] = answer.json()["data"]
        return counts

    async def counts(self, section: str) -> tuple[int, int, int]:
        """Free, held, sold."""
        for each in (await self.availability())["sections"]:
            if each["sectionId"] == self.sections[section]:
                return each["available"], each["held"], each["sold"]
        raise AssertionError(section)


async def bearer(api: httpx.AsyncClient, email: str) -> dict[str, str]:
    answer = await api.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['data']['token']}"}


@dataclass(frozen=True)
class Organizer:
    api: httpx.AsyncClient
    headers: dict[str, str]
    organization_id: str

    @classmethod
    async def signed_in(cls, api: httpx.AsyncClient) -> Organizer:
        headers = await bearer(api, OWNER)
        found = (await api.get("/api/v1/organizations", headers=headers)).json()["data"]
        return cls(api, headers, found[0]["id"])

    async def post(self, path: str, body: object, *, status: int = 201) -> dict[str, Any]:
        answer = await self.api.post(f"/api/v1{path}", json=body, headers=self.headers)
        assert answer.status_code == status, answer.text
        made: dict[str, Any] = answer.json()["data"]
        return made

    async def seated(
        self, *, rows: int, seats: int, wheelchair: int | None = None, companion: int | None = None
    ) -> Sale:
        """An event on sale in a house of one stand; of its first row two seats may be kept."""
        labels = "ABCDEFGHJKLMNPQRSTUVWXYZ"[:rows]
        made: list[dict[str, Any]] = [{"label": label, "seats": seats} for label in labels]
        if wheelchair is not None and companion is not None:
            made[0] |= {"accessible": [wheelchair], "companion": [companion]}
        stand = {
            "name": "Stand",
            "kind": "SEATED",
            "rows": made,
            "shape": _box(0),
            "gate": "A",
        }
        return await self._on_sale([stand], hold_seconds=480)

    async def sell_to_children(
        self, sale: Sale, *, amount: int, only: Sequence[str] | None = None
    ) -> None:
        """A second level of prices in every section, or only in these."""
        where = {
            "ADULT": list(sale.sections.values()),
            "CHILD": [id_ for name, id_ in sale.sections.items() if only is None or name in only],
        }
        levels = [("ADULT", "Adult", 4500, 150), ("CHILD", "Child", amount, 0)]
        tiers = [
            {
                "priceLevel": level,
                "name": name,
                "sectionIds": where[level],
                "amount": price,
                "fee": fee,
                "currency": "EUR",
            }
            for level, name, price, fee in levels
        ]
        answer = await self.api.put(
            f"/api/v1/events/{sale.event_id}/pricing",
            json={"pricingTiers": tiers},
            headers=self.headers,
        )
        assert answer.status_code == 200, answer.text

    async def sale(
        self, *, hold_seconds: int = 480, name: str | None = None, **capacities: int
    ) -> Sale:
        """An event on sale in a ground with a standing section for each name."""
        sections = [
            {
                "name": section.capitalize(),
                "kind": "GENERAL",
                "capacity": capacity,
                "shape": _box(number),
                "gate": "A",
            }
            for number, (section, capacity) in enumerate(capacities.items())
        ]
        return await self._on_sale(sections, hold_seconds=hold_seconds, name=name)

    async def _on_sale(
        self, sections: list[dict[str, Any]], *, hold_seconds: int, name: str | None = None
    ) -> Sale:
        mark = secrets.token_hex(3)
        venue = await self.post(
            "/venues",
            {
                "organizationId": self.organization_id,
                "name": f"Cinder Road {mark}",
                "location": _LOCATION,
                "sections": sections,
                "amenities": [],
            },
        )
        named = {} if name is None else {"name": f"{name} {mark}"}
        body = self._event(venue, mark, hold_seconds=hold_seconds) | named
        event = await self.post("/events", body)
        for status in ("SCHEDULED", "ON_SALE"):
            await self.post(f"/events/{event['id']}/status", {"status": status}, status=200)
        ids = {section["name"]: section["id"] for section in venue["sections"]}
        return Sale(event["id"], event["name"], ids, self.api)

    def _event(self, venue: dict[str, Any], mark: str, *, hold_seconds: int) -> dict[str, Any]:
        start = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=30)
        return {
            "organizationId": self.organization_id,
            "venueId": venue["id"],
            "name": f"Cinder Town v Brightwell {mark}",
            "description": "Two sides of one river.",
            "startTime": start.isoformat(),
            "endTime": (start + dt.timedelta(hours=2)).isoformat(),
            "capacityConfig": {
                "sections": {},
                "maxTicketsPerOrder": 8,
                "holdSeconds": hold_seconds,
            },
            "pricingTiers": [
                {
                    "priceLevel": "ADULT",
                    "name": "Adult",
                    "sectionIds": [section["id"] for section in venue["sections"]],
                    "amount": 4500,
                    "fee": 150,
                    "currency": "EUR",
                }
            ],
            "taxRate": 1900,
        }


@dataclass(frozen=True)
class Buyer:
    """Somebody who buys by the API alone."""

    api: httpx.AsyncClient
    headers: dict[str, str]

    @classmethod
    async def registered(cls, api: httpx.AsyncClient) -> Buyer:
        person = new_person()
        answer = await api.post("/api/v1/auth/register", json=person)
        assert answer.status_code == 201, answer.text
        return cls(api, {"Authorization": f"Bearer {answer.json()['data']['token']}"})

    async def hold(self, event_id: str, section_id: str, quantity: int) -> dict[str, Any]:
        return await self._order(event_id, section_id, quantity, method={"type": "card"})

    async def buy(self, event_id: str, section_id: str, quantity: int) -> dict[str, Any]:
        method = {"type": "card", "token": "pm_card_visa"}
        return await self._order(event_id, section_id, quantity, method=method)

    async def invoice(self, event_id: str, section_id: str, quantity: int) -> dict[str, Any]:
        return await self._order(event_id, section_id, quantity, method={"type": "invoice"})

    async def buy_seat(self, event_id: str, section_id: str, row: str, seat: int) -> dict[str, Any]:
        method = {"type": "card", "token": "pm_card_visa"}
        named = {"seats": [{"row": row, "seat": seat}]}
        return await self._order(event_id, section_id, 1, method=method, more=named)

    async def cancel(self, order_id: str) -> None:
        answer = await self.api.post(f"/api/v1/orders/{order_id}/cancel", headers=self.headers)
        assert answer.status_code == 200, answer.text

    async def _order(
        self,
        event_id: str,
        section_id: str,
        quantity: int,
        *,
        method: dict[str, str],
        more: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        line = {"sectionId": section_id, "quantity": quantity, "priceLevel": "ADULT"} | (more or {})
        body = {"eventId": event_id, "tickets": [line], "paymentMethod": method}
        answer = await self.api.post("/api/v1/orders", json=body, headers=self.headers)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()["data"]
        return made


def new_person() -> dict[str, str]:
    return {
        "email": f"visitor-{secrets.token_hex(6)}@arena.test",
        "password": PASSWORD,
        "fullName": "Noor Castellan",
    }


def _box(number: int) -> list[list[float]]:
    left = 100.0 + 260.0 * number
    return [[left, 100.0], [left + 240.0, 100.0], [left + 240.0, 300.0], [left, 300.0]]


_LOCATION = {
    "lat": 53.5,
    "lng": 10.0,
    "address": "Cinder Road 4",
    "city": "Havenbrook",
    "country": "DE",
    "timezone": "Europe/Berlin",
}
