"""What would be noticed too late is told: to `/metrics` by a worker, and by `doctor --deep`."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from prometheus_client import REGISTRY

from arenapulse.core.settings import Backups, Environment, Settings
from arenapulse.entrypoints import checkup
from arenapulse.runtime import upkeep
from arenapulse.wiring import make_runtime
from tests.certificates import self_signed
from tests.conftest import settings_for

HOUR = 3600


@contextlib.asynccontextmanager
async def looked(settings: Settings) -> AsyncIterator[None]:
    """What a worker's loop does each half minute."""
    runtime = make_runtime(settings)
    try:
        await runtime.database.open()
        await upkeep.Upkeep(runtime.database, settings=settings).look()
        yield
    finally:
        await runtime.database.close()
        await runtime.redis.aclose()


def told(metric: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"arenapulse_{metric}", labels)


async def findings(settings: Settings) -> dict[str, tuple[str, str]]:
    looked = await checkup.look(settings, url=settings.database_url)
    return {each.about: (each.text, each.mend) for each in looked}


async def test_a_backup_that_is_late_is_told_of(
    fresh_database_url: str, settings: Settings
) -> None:
    at = {"database_url": fresh_database_url, "environment": Environment.PRODUCTION}
    settings = settings.model_copy(update=at)
    db = await asyncpg.connect(fresh_database_url)
    database = await db.fetchval("SELECT current_database()")
    assert (await findings(settings))["backups"] == ("none was ever told of", "")
    # Where none was ever made it is late, too, once there has been time for one.
    await db.execute("UPDATE backups SET finished_at = now() - INTERVAL '27 hours'")
    assert (await findings(settings))["backups"][1] == "docs/runbooks/backup.md"
    async with looked(settings):
        age = told("backup_age_seconds", database=database)
        assert age is not None
        assert 27 * HOUR <= age < 28 * HOUR
    await db.execute("INSERT INTO backups (name) VALUES ('arenapulse 20261130T020000')")
    assert (await findings(settings))["backups"] == ("the last one 0 hours ago", "")
    async with looked(settings):
        assert (told("backup_age_seconds", database=database) or HOUR) < HOUR
    elsewhere = settings.model_copy(update={"backups": Backups.ELSEWHERE})
    assert "elsewhere" in (await findings(elsewhere))["backups"][0]
    await db.close()


# Which slots there are is the cluster's, and others run in it: here a database sees its own.
SLOTS = """
CREATE TABLE public.pg_replication_slots
  (slot_name TEXT, active BOOLEAN, temporary BOOLEAN, restart_lsn PG_LSN);
INSERT INTO public.pg_replication_slots VALUES
  ('barman', FALSE, FALSE, '0/0'), ('standby', TRUE, FALSE, '0/0'), ('copying', FALSE, TRUE, '0/0');
"""


async def test_a_slot_without_a_reader_is_told_of(
    fresh_database_url: str, settings: Settings
) -> None:
    settings = settings.model_copy(update={"database_url": fresh_database_url})
    db = await asyncpg.connect(fresh_database_url)
    database = await db.fetchval("SELECT quote_ident(current_database())")
    await db.execute(SLOTS)
    await db.execute(f"ALTER DATABASE {database} SET search_path = public, pg_catalog")
    async with looked(settings):
        kept = {who: told("wal_kept", who=who) for who in ("barman", "standby", "copying")}
        assert kept == {"barman": 0, "standby": 1, "copying": None}
    found = await findings(settings)
    assert found["WAL"] == ("barman does not keep it", "docs/runbooks/wal.md")
    await db.execute("DELETE FROM public.pg_replication_slots WHERE slot_name = 'barman'")
    async with looked(settings):
        # Whoever was dropped is nobody's worry.
        assert told("wal_kept", who="barman") is None
    assert (await findings(settings))["WAL"] == ("kept by standby", "")
    await db.close()


async def test_a_certificate_that_runs_out_is_told_of(settings: Settings, tmp_path: Path) -> None:
    chain, key = self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key)

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    door = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    port = door.sockets[0].getsockname()[1]
    at = settings.model_copy(update={"public_url": f"https://127.0.0.1:{port}"})
    async with door, looked(at):
        left = told("certificate_seconds_left", host="127.0.0.1")
        assert left is not None
        # As tests.certificates makes them.
        assert 0 < left <= HOUR
        assert (await findings(at))["certificate"][1].endswith("docs/runbooks/certificate.md")
    door.close()
    # Nobody answers there now, and that is another's alert.
    assert "certificate" not in await findings(at)


@pytest.mark.parametrize("free", [0.05, 0.5])
async def test_a_disk_that_fills_up_is_told_of(
    free: float, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        total = 1000
        free = 0

    Usage.free = int(1000 * free)
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage)
    at = settings.model_copy(update={"media_folder": Path("/nowhere/yet")})
    async with looked(at):
        assert told("disk_free_ratio", folder="data") == free
    for name in ("data", "media"):
        text, mend = (await findings(at))[f"disk of {name}"]
        assert text == f"{free:.0%} free"
        assert bool(mend) is (free < 0.1)


async def test_without_a_database_the_rest_is_said() -> None:
    settings = settings_for("postgresql://x@127.0.0.1/x", "redis://127.0.0.1:1")
    found = {each.about for each in await checkup.look(settings, url=None)}
    assert "disk of data" in found
