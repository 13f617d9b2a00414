"""A database that waits, refuses or is full: 503 on every road, and nobody's data in the log.

A trigger on every table fails each write as PostgreSQL would; the lock, the read-only database and
the full disk are real ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.migrations import run as migrations
from arenapulse.runtime.engines import running_engines
from tests.conftest import TestEngines, settings_for
from tests.hostile import RULES, Who
from tests.hostile_bodies import REGISTRATION
from tests.servers import Server, start_server, stop
from tests.stage import API, Stage, set_stage

BUSY = ("40001", "40P01", "55P03", "57014", "25P03")
STUCK = ("53100", "53200", "25006", "58030")
BUG = "XX001"
EMAIL, PHONE, NAME, PASSWORD = (
    "zebra.quux@fans.test",
    "+491735550199",
    "Zebulon Quuxworth",
    "zebras run at 9",
)
# What people gave, and what was made of it.
PERSONAL = (
    *("zebra", "Quuxworth", "5550199", "fans.test", "argon2", "Other Name", "New Fan"),
    *("correct horse", "old password", "Bearer", "eyJ"),
)
WRITES = [name for name in RULES if not name.startswith("GET ") and RULES[name].who != Who.SIGNED]
DISK_BYTES = 250_000_000

_PLANT = """
CREATE TABLE planted (state TEXT);
INSERT INTO planted VALUES (NULL);
CREATE FUNCTION trouble() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE wanted TEXT := (SELECT state FROM planted);
BEGIN
  IF wanted IS NOT NULL THEN
    RAISE EXCEPTION 'zebra.quux@fans.test is in the way' USING ERRCODE = wanted,
      DETAIL = 'Key (email)=(zebra.quux@fans.test) already exists.';
  END IF;
  RETURN NULL;
END $$;
DO $$
DECLARE t TEXT;
BEGIN
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'planted'
  LOOP
    EXECUTE format('CREATE TRIGGER trouble BEFORE INSERT OR UPDATE OR DELETE ON %I'
      ' FOR EACH STATEMENT EXECUTE FUNCTION trouble()', t);
  END LOOP;
END $$;
"""


@dataclass(frozen=True)
class Troubled:
    server: Server
    log: Path
    stage: Stage

    async def plant(self, state: str | None) -> None:
        await self.stage.watcher.execute("UPDATE planted SET state = $1", state)

    async def write_everywhere(self) -> list[httpx.Response]:
        return [await self._write(name) for name in WRITES] + [await self._register()]

    async def _write(self, name: str) -> httpx.Response:
        rule, stage = RULES[name], self.stage
        token = stage.owner.headers if rule.who in {Who.PERSON, Who.MAYBE} else {}
        headers = {**token, **rule.headers, "Idempotency-Key": str(uuid4())}
        sent: dict[str, Any] = {} if rule.body is None else {"json": stage.body(rule.body)}
        # An id that the stage has nothing for is nobody's.
        unknown = {word: uuid4() for word in re.findall(r"{(\w+)}", name) if word not in stage.ids}
        return await stage.send(name, stage.path(name, unknown), headers=headers, **sent)

    async def _register(self) -> httpx.Response:
        body = REGISTRATION | {
            "email": EMAIL,
            "phoneNumber": PHONE,
            "fullName": NAME,
            "password": PASSWORD,
        }
        return await self.stage.client.post(f"{API}/auth/register", json=body)

    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line[:1] == "{"]


@pytest.fixture
async def troubled(
    fresh_database_url: str, engines: TestEngines, tmp_path: Path
) -> AsyncIterator[Troubled]:
    settings = settings_for(fresh_database_url, engines.redis_url)
    async with _troubled(settings, fresh_database_url, tmp_path / "server.log") as made:
        yield made


@contextlib.asynccontextmanager
async def _troubled(settings: Settings, url: str, log: Path) -> AsyncIterator[Troubled]:
    server = await start_server(settings, log=log)
    try:
        async with (
            httpx.AsyncClient(base_url=server.url, timeout=30) as client,
            set_stage(client, settings=settings, database_url=url) as stage,
        ):
            yield Troubled(server, log, stage)
    finally:
        stop([server.process])


def _judge_away(answer: httpx.Response, *, seconds: int) -> None:
    assert answer.status_code == 503, (answer.request.url.path, answer.text)
    assert answer.json()["error"]["code"] == "SYS002"
    assert answer.headers["retry-after"] == str(seconds)


@pytest.mark.asvs("V16.2.5", "V16.3.4", "V16.5.1")
async def test_every_write_that_cannot_be_done_now_is_503_and_no_log_tells_on_people(
    troubled: Troubled,
) -> None:
    await troubled.stage.watcher.execute(_PLANT)
    for state in (*BUSY, *STUCK):
        await troubled.plant(state)
        counted: Counter[int] = Counter()
        for answer in await troubled.write_everywhere():
            counted[answer.status_code] += 1
            if answer.status_code >= 500:
                _judge_away(answer, seconds=10 if state in STUCK else 1)
        assert counted[503] > 12, (state, counted)
    lines = troubled.said()
    assert [line for line in lines if line["level"] == "error"] == []
    assert any(line.get("error") == "DiskFullError 53100" for line in lines)
    # A fault of ours is told with where it was, and without what was in it.
    await troubled.plant(BUG)
    answers = await troubled.write_everywhere()
    assert Counter(answer.status_code for answer in answers)[500] > 12
    errors = [line for line in troubled.said() if line["level"] == "error"]
    assert len(errors) > 12
    assert all("/identity/" in e["exception"] for e in errors if "/auth/" in e.get("path", ""))
    assert any("DataCorruptedError XX001" in error["exception"] for error in errors)
    log = troubled.log.read_text()
    assert [word for word in PERSONAL if word in log] == []
    await troubled.plant(None)
    assert (await troubled._register()).status_code == 201


async def test_a_lock_that_nobody_gives_back(troubled: Troubled) -> None:
    watcher = troubled.stage.watcher
    async with watcher.transaction():
        await watcher.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        _judge_away(await troubled._register(), seconds=1)
    assert (await troubled._register()).status_code == 201
    assert "LockNotAvailableError 55P03" in troubled.log.read_text()
    assert "zebra" not in troubled.log.read_text()


async def test_a_read_only_database_is_not_ready_and_503(troubled: Troubled) -> None:
    watcher, client = troubled.stage.watcher, troubled.stage.client
    name = await watcher.fetchval("SELECT current_database()")

    async def is_read_only(word: str) -> None:
        await watcher.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {word}')
        await watcher.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert (await client.get("/health/ready")).status_code == 200
    await is_read_only("on")
    ready = await _until(client, status=503)
    assert ready["dependencies"]["postgresql"] == "down"
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get(f"{API}/events")).status_code == 200
    _judge_away(await troubled._register(), seconds=10)
    order = await client.post(
        f"{API}/orders",
        json=troubled.stage.body(RULES["POST /orders"].body),
        headers=troubled.stage.owner.headers,
    )
    _judge_away(order, seconds=10)
    await is_read_only("off")
    await _until(client, status=200)
    assert (await troubled._register()).status_code == 201
    assert "zebra" not in troubled.log.read_text()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own; only root may mount one."""
    folder = Path(f"/tmp/arenapulse-disk-{secrets.token_hex(4)}")
    folder.mkdir()
    if os.geteuid() != 0 or not _mounted(folder):
        folder.rmdir()
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def _mounted(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.asvs("V16.5.3")
async def test_a_full_disk_is_not_ready_and_503(small_disk: Path, tmp_path: Path) -> None:
    folder = small_disk / "data"
    with running_engines(Settings().model_copy(update={"data_folder": folder})) as urls:
        await migrations.migrate(urls.database_url)
        settings = settings_for(urls.database_url, urls.redis_url)
        log, ballast = tmp_path / "server.log", small_disk / "ballast"
        async with _troubled(settings, urls.database_url, log) as troubled:
            client = troubled.stage.client
            assert (await client.get("/health/ready")).status_code == 200
            _fill(ballast)
            await _until(client, status=503)
            assert (await client.get(f"{API}/events")).status_code == 200
            answers = await _register_many(client, 60)
            assert answers[-1].status_code == 503, "there was room: the test shows nothing"
            _judge_away(answers[-1], seconds=10)
            ballast.unlink()
            await _until(client, status=200)
            assert (await troubled._register()).status_code == 201
        assert "DiskFullError 53100" in log.read_text()
        assert [word for word in PERSONAL if word in log.read_text()] == []


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)


async def _register_many(client: httpx.AsyncClient, count: int) -> list[httpx.Response]:
    """Rows of some size, until one finds no room or all of them did."""
    answers: list[httpx.Response] = []
    for number in range(count):
        body = REGISTRATION | {"email": f"zebra{number}@fans.test", "fullName": "Zebra " * 15}
        answers.append(await client.post(f"{API}/auth/register", json=body))
        if answers[-1].status_code != 201:
            break
    return answers


async def _until(client: httpx.AsyncClient, *, status: int) -> dict[str, Any]:
    """What readiness says once it has this status; that takes it no longer than a moment."""
    for _ in range(200):
        answer = await client.get("/health/ready")
        if answer.status_code == status:
            return answer.json()["data"]
    raise AssertionError(answer.text)
