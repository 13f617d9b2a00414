"""Tickets in hand and people at gates, for tests that are about going in."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from arenapulse.runtime.crypto import Keyring
from arenapulse.tickets import ticketcode
from arenapulse.tickets.ticketcode import EventKeys, Payload
from tests.worlds import Fan, Place, World, make_fans, make_world

FREE = Place(capacity=10_000, amount=0, fee=0)
API = "/api/v1"


@dataclass(frozen=True)
class Evening:
    """An event that is on, somebody at its gate, and a fan who has tickets."""

    client: httpx.AsyncClient
    db: asyncpg.Connection
    settings: Settings
    world: World
    staff: Fan
    fan: Fan

    @property
    def path(self) -> str:
        return f"{API}/events/{self.world.event_id}"

    async def tickets(self, many: int = 1, *, fan: Fan | None = None) -> list[str]:
        """Ids of tickets that the fan took for nothing."""
        answer = await self.client.post(
            f"{API}/orders",
            json=self.world.order(quantity=many, paymentMethod={"type": "free"}),
            headers=(fan or self.fan).headers,
        )
        assert answer.status_code == 201, answer.text
        return [each["ticketId"] for each in answer.json()["data"]["tickets"]]

    async def code(self, ticket_id: str, *, fan: Fan | None = None) -> str:
        answer = await self.client.get(
            f"{API}/tickets/{ticket_id}/code", headers=(fan or self.fan).headers
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["code"])

    async def set_rules(self, **rules: Any) -> None:
        (manager,) = await make_fans(self.db, self.world, 1, role="MANAGER")
        answer = await self.client.put(
            f"{self.path}/gates/rules", json=rules, headers=manager.headers
        )
        assert answer.status_code == 200, answer.text

    async def scan(
        self, code: str | None, *, who: Fan | None = None, **changes: Any
    ) -> httpx.Response:
        body = scan(code, **changes)
        return await self.client.post(
            f"{self.path}/checkins", json=body, headers=(who or self.staff).headers
        )

    async def scan_at_once(self, code: str, **changes: Any) -> str:
        """ADMITTED, or the refusal's code: for thousands of scans, without a client between."""
        body = json.dumps(scan(code, **changes)).encode()
        authorization = self.staff.headers["Authorization"].encode()
        told: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            told.append(message)

        path = f"{self.path}/checkins"
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [
                (b"host", b"arena.test"),
                (b"authorization", authorization),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
            ],
            "client": ("127.0.0.1", 1),
        }
        transport: Any = self.client._transport  # it has no other name
        await transport.app(scope, receive, send)
        answer = json.loads(b"".join(each.get("body", b"") for each in told))
        return str(answer["data"]["result"] if answer["success"] else answer["error"]["code"])

    async def batch(self, *scans: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await self.client.post(
            f"{self.path}/checkins/batch",
            json={"checkins": list(scans)},
            headers=self.staff.headers,
        )
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["data"]["results"]
        return results

    async def manifest(self, *, since: int | None = None, **headers: str) -> dict[str, Any]:
        answer = await self.client.get(
            f"{self.path}/checkins/manifest",
            params={} if since is None else {"since": since},
            headers=self.staff.headers | headers,
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    async def keys(self) -> EventKeys:
        """The event's secrets, as the server has them."""
        sealed = await self.db.fetchval(
            "SELECT sealed FROM event_keys WHERE event_id = $1", self.world.event_id
        )
        both = Keyring(self.settings.secret or "").open(
            sealed, purpose="ticket codes", bound_to=f"event_keys {self.world.event_id}"
        )
        return EventKeys(seed=both[:32], gate_key=both[32:])

    async def code_made(
        self, ticket_id: str, *, at: dt.datetime, version: int = 0, printed: bool = False
    ) -> str:
        """The code that the ticket shows at another time."""
        payload = Payload(UUID(ticket_id), self.world.event_id, version, printed)
        return ticketcode.code_at(payload, keys=await self.keys(), unix=at.timestamp())

    async def recorded(self) -> list[tuple[str, str]]:
        """Result and gate of each scan that was recorded, in order."""
        rows = await self.db.fetch(
            "SELECT result, gate FROM checkins WHERE event_id = $1 ORDER BY sequence",
            self.world.event_id,
        )
        return [(row["result"], row["gate"]) for row in rows]


def scan(code: str | None, **changes: Any) -> dict[str, Any]:
    given = {} if code is None else {"code": code}
    return {"gate": "A", "deviceId": "d1", "clientId": str(uuid4()), **given, **changes}


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def seconds_ago(seconds: float) -> str:
    return (now() - dt.timedelta(seconds=seconds)).isoformat()


async def make_evening(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    settings: Settings,
    *,
    status: str = "LIVE",
    sections: tuple[Place, ...] = (FREE,),
    starts_in: dt.timedelta = dt.timedelta(hours=1),
    config: dict[str, object] | None = None,
) -> Evening:
    world = await make_world(
        db, settings, status=status, sections=sections, starts_in=starts_in, config=config
    )
    (staff,) = await make_fans(db, world, 1, role="STAFF")
    (fan,) = await make_fans(db, world, 1)
    return Evening(client, db, settings, world, staff, fan)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
