"""An answer leaves only after its commit, and nobody calls a vendor inside a transaction."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import APIRouter
from sqlalchemy import text
from structlog.testing import capture_logs

from arenapulse.core.errors import InvariantBroken
from arenapulse.core.settings import Settings
from arenapulse.runtime.db import Database, forbid_in_transaction
from arenapulse.runtime.ratelimit import RateClass
from arenapulse.runtime.web.app import build
from arenapulse.runtime.web.deps import Db, RuntimeDep
from arenapulse.runtime.web.edge import Edge
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.hot import HotRequest, HotResponse, HotRoute
from arenapulse.runtime.web.provided import Provided
from arenapulse.wiring import make_runtime
from tests.conftest import TestEngines as Engines
from tests.conftest import settings_for

Message = MutableMapping[str, Any]

probe = APIRouter()


@probe.post("/api/v1/probe", status_code=201)
async def leave_a_row(session: Db) -> Envelope[str]:
    await session.execute(text("INSERT INTO probe (id) VALUES (1)"))

    async def mark() -> None:
        marks.append("after the commit")

    session.after_commit(mark)
    return ok("done")


@probe.post("/api/v1/probe-refused-at-commit", status_code=201)
async def break_a_promise_that_is_judged_at_the_end(session: Db) -> Envelope[str]:
    await session.execute(text("INSERT INTO probe (id) VALUES (2)"))
    await session.execute(text("INSERT INTO probe_child (parent) VALUES (404)"))
    return ok("done")


@probe.post("/api/v1/probe-vendor")
async def call_a_vendor_inside(session: Db) -> Envelope[str]:
    await session.execute(text("INSERT INTO probe (id) VALUES (3)"))
    forbid_in_transaction("the vendor")
    return ok("done")


@probe.post("/api/v1/probe-vendor-between")
async def call_a_vendor_between(runtime: RuntimeDep) -> Envelope[str]:
    async with runtime.database.transaction() as session:
        await session.execute(text("INSERT INTO probe (id) VALUES (4)"))
    forbid_in_transaction("the vendor")
    async with runtime.database.transaction() as session:
        await session.execute(text("INSERT INTO probe (id) VALUES (5)"))
    return ok("done")


marks: list[str] = []


@dataclass
class Seen:
    """What stood in the table, as another connection saw it when the answer began to leave."""

    watcher: asyncpg.Connection
    status: int = 0
    rows: list[int] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    body: bytes = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.rows = [row["id"] for row in await self.watcher.fetch("SELECT id FROM probe")]
            self.marks = list(marks)
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


@dataclass
class Probe:
    app: Edge
    watcher: asyncpg.Connection

    async def post(self, path: str) -> Seen:
        seen = Seen(self.watcher)
        marks.clear()
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [],
            "client": ("203.0.113.7", 1),
            "server": ("arena.test", 80),
            "scheme": "http",
        }
        await self.app(scope, _nothing, seen.send)
        return seen


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


@pytest.fixture
async def probed(fresh_database_url: str, engines: Engines) -> AsyncIterator[Probe]:
    watcher = await asyncpg.connect(fresh_database_url)
    await watcher.execute(
        "CREATE TABLE probe (id INT PRIMARY KEY);"
        "CREATE TABLE probe_child (parent INT REFERENCES probe DEFERRABLE INITIALLY DEFERRED)"
    )
    settings: Settings = settings_for(fresh_database_url, engines.redis_url)
    runtime = make_runtime(settings)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        yield

    app = build(runtime, routers=[probe], hot_routes=[], lifespan=lifespan, provided=Provided())
    yield Probe(app, watcher)
    await runtime.database.close()
    await runtime.redis.aclose()
    await watcher.close()


async def test_the_row_is_committed_when_the_answer_begins_to_leave(probed: Probe) -> None:
    seen = await probed.post("/api/v1/probe")
    assert (seen.status, seen.rows, seen.marks) == (201, [1], ["after the commit"])
    assert json.loads(seen.body) == {"success": True, "data": "done"}


async def test_a_commit_that_fails_is_never_answered_with_success(probed: Probe) -> None:
    seen = await probed.post("/api/v1/probe-refused-at-commit")
    assert (seen.status, seen.rows) == (500, [])
    assert json.loads(seen.body)["error"]["code"] == "SYS001"


async def test_a_vendor_inside_a_transaction_is_a_bug_that_is_caught(probed: Probe) -> None:
    seen = await probed.post("/api/v1/probe-vendor")
    assert (seen.status, seen.rows) == (500, [])


async def test_a_vendor_between_transactions_is_the_way(probed: Probe) -> None:
    seen = await probed.post("/api/v1/probe-vendor-between")
    assert (seen.status, seen.rows) == (200, [4, 5])


async def test_a_database_that_is_away_is_a_503_that_says_when_to_come_back(
    engines: Engines,
) -> None:
    runtime = make_runtime(settings_for("postgresql://nobody@127.0.0.1:1/none", engines.redis_url))

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        yield

    app = build(runtime, routers=[probe], hot_routes=[], lifespan=lifespan, provided=Provided())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://arena.test"
    ) as client:
        answer = await client.post("/api/v1/probe")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SYS002")
    assert answer.headers["retry-after"] == "1"
    await runtime.database.close()
    await runtime.redis.aclose()


async def test_hot_requests_say_in_a_word_that_the_database_is_away(engines: Engines) -> None:
    """A traceback each would bury the night's log: there are thousands a second."""
    runtime = make_runtime(settings_for("postgresql://nobody@127.0.0.1:1/none", engines.redis_url))

    async def read(_request: HotRequest) -> HotResponse:
        await runtime.database.connect()
        raise AssertionError

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        yield

    route = HotRoute("GET", "/api/v1/hot-probe", read, RateClass.READ, {}, public=True)
    app = build(runtime, routers=[], hot_routes=[route], lifespan=lifespan, provided=Provided())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://arena.test"
    ) as client:
        with capture_logs() as logs:
            answer = await client.get("/api/v1/hot-probe")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SYS002")
    (said,) = (entry for entry in logs if entry["log_level"] in {"warning", "error"})
    assert said == {
        "event": "unavailable",
        "log_level": "warning",
        "path": "/api/v1/hot-probe",
        "error": "ConnectionRefusedError",
    }
    await runtime.database.close()
    await runtime.redis.aclose()


async def test_the_guard_raises_inside_and_only_inside(database_url: str) -> None:
    database = Database(database_url, pool_size=1)
    try:
        forbid_in_transaction("a vendor")
        async with database.transaction():
            with pytest.raises(InvariantBroken, match="a vendor was called inside a transaction"):
                forbid_in_transaction("a vendor")
        forbid_in_transaction("a vendor")
    finally:
        await database.close()
