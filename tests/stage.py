"""An organization with its owner, a person who has nothing of theirs, and eyes on every table."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from arenapulse.entrypoints import reference
from tests.hostile import RULES
from tests.worlds import Fan, World, make_fans, make_world

API = "/api/v1"
# Rows of the queue's own book-keeping, and of nothing that anybody asked for.
NOT_OURS = ("alembic_version", "pgqueuer", "pgqueuer_log", "pgqueuer_schedules")
CODES = {(kind.status, kind.code) for kind in reference.refusals()}


@dataclass(frozen=True)
class Stage:
    """An organization with its owner, and a person who has nothing of theirs."""

    client: httpx.AsyncClient
    watcher: asyncpg.Connection
    tables: tuple[str, ...]
    world: World
    fan: Fan
    owner: Fan
    guest: Fan
    admin: Fan
    ids: Mapping[str, UUID | int]

    def path(self, name: str, ids: Mapping[str, object] | None = None) -> str:
        return API + name.split(" ")[1].format_map({**self.ids, **(ids or {})})

    def body(self, template: Mapping[str, Any] | None) -> Any:
        text = json.dumps(template)
        for key, value in self.ids.items():
            text = text.replace(f"{{{key}}}", str(value))
        return json.loads(text)

    async def send(self, name: str, path: str, **sent: Any) -> httpx.Response:
        query = RULES[name].query
        if query and "?" not in path:
            path = f"{path}?{query}"
        return await self.client.request(name.split(" ", maxsplit=1)[0], path, **sent)

    async def rows(self) -> dict[str, tuple[int, int]]:
        """How many rows each table has, and a sum over all that stands in them."""
        query = " UNION ALL ".join(
            f"SELECT '{table}' AS name, count(*) AS many, "
            f"coalesce(sum(hashtext(t::text)), 0)::bigint AS content FROM {table} t "
            # That somebody was refused is written, and changes nothing.
            + ("WHERE action <> 'access.refused'" if table == "audit_log" else "")
            for table in self.tables
        )
        found = await self.watcher.fetch(query)
        return {row["name"]: (row["many"], row["content"]) for row in found}

    @contextlib.asynccontextmanager
    async def unchanged(self) -> AsyncIterator[None]:
        before = await self.rows()
        yield
        assert await self.rows() == before


@contextlib.asynccontextmanager
async def set_stage(
    client: httpx.AsyncClient, *, settings: Settings, database_url: str
) -> AsyncIterator[Stage]:
    # What asks all tables is long, and asked a thousand times: it is planned once, and by itself.
    watcher = await asyncpg.connect(
        database_url,
        max_cacheable_statement_size=0,
        server_settings={
            "max_parallel_workers_per_gather": "0",
            "plan_cache_mode": "force_generic_plan",
        },
    )
    sold = await make_world(watcher, settings)
    draft = await make_world(watcher, settings, status="DRAFT")
    (fan,) = await make_fans(watcher, sold, 1)
    (owner,) = await make_fans(watcher, draft, 1, role="OWNER")
    await watcher.execute(
        "INSERT INTO promo_codes (id, event_id, code, code_key, kind, value) "
        "VALUES ($1, $2, 'SPRING', 'spring', 'PERCENT', 10)",
        *(uuid4(), sold.event_id),
    )
    order = await client.post(f"{API}/orders", json=sold.order(), headers=owner.headers)
    assert order.status_code == 201, order.text
    placed = order.json()["data"]
    session = await watcher.fetchval("SELECT id FROM sessions LIMIT 1")
    found = await watcher.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    chart = await watcher.fetchval("SELECT chart_id FROM venues WHERE id = $1", draft.venue_id)
    # A chart that was written past the service is drawn for the first who looks at it.
    await client.get(f"{API}/venues/{draft.venue_id}/charts/{chart}")
    # The first who asks for a manifest has the event's keys made.
    manifest = f"{API}/events/{draft.event_id}/checkins/manifest"
    assert (await client.get(manifest, headers=owner.headers)).status_code == 200
    ids = {
        "organization_id": draft.organization_id,
        "user_id": owner.user_id,
        "venue_id": draft.venue_id,
        "chart_id": chart,
        "event_id": draft.event_id,
        "series_id": draft.event_id,
        "section_id": draft.section_ids[0],
        "lane": 0,
        "promo_id": uuid4(),
        "key_id": uuid4(),
        "invitation_id": uuid4(),
        "media_id": uuid4(),
        "webhook_id": uuid4(),
        "delivery_id": uuid4(),
        "passkey_id": uuid4(),
        "order_id": UUID(placed["orderId"]),
        "ticket_id": UUID(placed["tickets"][0]["ticketId"]),
        "message_id": uuid4(),
        "campaign_id": uuid4(),
        "token": uuid4(),
        "device_id": uuid4(),
        "rehearsal_id": uuid4(),
        "saved_id": uuid4(),
        "job_id": uuid4(),
        "invoice_id": uuid4(),
        "suppression_id": uuid4(),
        "template": "receipt",
        "locale": "de",
        "session_id": session or draft.venue_id,
    }
    tables = tuple(sorted({row["tablename"] for row in found} - set(NOT_OURS)))
    visitor = await client.post(f"{API}/auth/guest")
    guest = Fan(visitor.json()["data"]["userId"], visitor.json()["data"]["token"])
    (boss,) = await make_fans(watcher, draft, 1, platform="ADMIN")
    yield Stage(client, watcher, tables, draft, fan, owner, guest, boss, ids)
    await watcher.close()


def judge(answer: httpx.Response, what: str) -> tuple[int, str]:
    """Status and code of a refusal (or "" for a success), after what every answer owes."""
    assert answer.status_code < 500, (what, answer.status_code, answer.text[:500])
    assert answer.headers["x-request-id"], what
    if answer.status_code < 400:
        return answer.status_code, ""
    told = answer.json()
    assert answer.headers["content-type"] == "application/json", what
    assert told.keys() == {"success", "error"}, what
    assert told["success"] is False, what
    assert told["error"].keys() - {"details"} == {"code", "message"}, what
    refused = (answer.status_code, told["error"]["code"])
    assert refused in CODES, (what, refused)
    assert not re.search(r"Traceback|asyncpg|sqlalchemy|psycopg|\.py\b|SELECT ", answer.text), what
    return refused
