"""What a start finds broken and mends, without losing a row."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import asyncpg
import pytest

from arenapulse.core.settings import Settings
from arenapulse.runtime.engines import Engines, EngineUrls
from arenapulse.runtime.engines.folder import claimed
from tests.engines.conftest import HOLDER, Holder, is_running, until

EnginesOn = Callable[[Path], AbstractContextManager[EngineUrls]]


async def run_sql(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@pytest.fixture
def with_row(engines_on: EnginesOn, data: Path) -> Path:
    """A stopped data folder with one row."""
    with engines_on(data) as urls:
        asyncio.run(run_sql(urls.database_url, "CREATE TABLE kept AS SELECT 42 AS answer"))
    return data


def assert_row(urls: EngineUrls) -> None:
    assert asyncio.run(run_sql(urls.database_url, "SELECT answer FROM kept")) == 42


@pytest.fixture
def bystander(with_row: Path) -> Iterator[int]:
    """A live process of the very account that PostgreSQL runs as, and no PostgreSQL."""
    owner = (with_row / "engines" / "postgres").stat()
    other = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    with subprocess.Popen(["/bin/sleep", "300"], cwd="/", **other) as process:
        yield process.pid
        process.kill()


def stale_pid_file(folder: Path, *, pid: int) -> Path:
    path = folder / "engines" / "postgres" / "postmaster.pid"
    path.write_text(f"{pid}\n{path.parent}\n1700000000\n5432\n\n127.0.0.1\n  123456  7\nready   \n")
    return path


def test_stale_pid_of_a_dead_process(engines_on: EnginesOn, with_row: Path) -> None:
    with subprocess.Popen(["/bin/true"]) as gone:
        gone.wait()
    stale_pid_file(with_row, pid=gone.pid)
    with engines_on(with_row) as urls:
        assert_row(urls)


def test_stale_pid_that_now_is_another_live_process(
    engines_on: EnginesOn, with_row: Path, bystander: int
) -> None:
    stale_pid_file(with_row, pid=bystander)
    with engines_on(with_row) as urls:
        assert_row(urls)
    assert is_running(bystander)


def test_start_right_after_kill_9(
    hold: Callable[[Path], Holder], engines_on: EnginesOn, with_row: Path
) -> None:
    holder = hold(with_row)
    asyncio.run(run_sql(holder.database_url, "INSERT INTO kept VALUES (43)"))
    holder.kill()
    with engines_on(with_row) as urls:
        total = asyncio.run(run_sql(urls.database_url, "SELECT sum(answer) FROM kept"))
        assert total == 42 + 43


def test_initdb_killed_midway(engines_on: EnginesOn, data: Path) -> None:
    half_made = data / "engines" / "postgres.new"
    holder = subprocess.Popen([sys.executable, str(HOLDER), str(data)], stdin=subprocess.PIPE)
    with holder:
        assert until((half_made / "PG_VERSION").exists, seconds=60)
        holder.send_signal(signal.SIGKILL)
    assert half_made.exists()
    assert not (data / "engines" / "postgres").exists()
    with engines_on(data) as urls:
        assert asyncio.run(run_sql(urls.database_url, "SELECT 1")) == 1
    assert not half_made.exists()


@pytest.mark.parametrize("missing", ["PG_VERSION", "global/pg_control"])
def test_half_made_folder_is_put_aside(engines_on: EnginesOn, with_row: Path, missing: str) -> None:
    (with_row / "engines" / "postgres" / missing).unlink()
    with engines_on(with_row) as urls:
        assert asyncio.run(run_sql(urls.database_url, "SELECT 1")) == 1
    aside = list((with_row / "engines").glob("postgres.broken-*"))
    assert len(aside) == 1
    assert (aside[0] / "base").is_dir()


def test_lost_passwords_are_made_anew(engines_on: EnginesOn, with_row: Path) -> None:
    (with_row / "state.json").unlink()
    with engines_on(with_row) as urls:
        assert_row(urls)


def test_missing_database_is_made(engines_on: EnginesOn, with_row: Path) -> None:
    with engines_on(with_row) as urls:
        asyncio.run(_drop(urls.database_url))
    with engines_on(with_row) as urls:
        found = asyncio.run(run_sql(urls.database_url, "SELECT to_regclass('kept')::text"))
        assert found is None


async def _drop(url: str) -> None:
    connection = await asyncpg.connect(url, database="postgres")
    await connection.execute("DROP DATABASE arenapulse WITH (FORCE)")
    await connection.close()


@pytest.mark.parametrize("key", ["database_port", "redis_port"])
def test_taken_port_is_left_alone(engines_on: EnginesOn, with_row: Path, key: str) -> None:
    state = with_row / "state.json"
    before = json.loads(state.read_text())
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", int(before[key])))
        squatter.listen()
        with engines_on(with_row) as urls:
            assert_row(urls)
    after = json.loads(state.read_text())
    assert after[key] != before[key]
    assert {k: v for k, v in after.items() if k not in {key, "owner_pid"}} == {
        k: v for k, v in before.items() if k not in {key, "owner_pid"}
    }


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_engine_that_dies_is_started_again(
    settings_of: Callable[[Path], Settings], with_row: Path, name: str
) -> None:
    with (
        claimed(with_row) as folder,
        Engines(settings_of(with_row), folder=folder) as engines,
    ):
        urls, before = engines.urls, engines.pids()
        assert engines.tend() == []
        os.kill(before[name], signal.SIGKILL)
        # A process whose threads are still ending cannot be waited for yet, so more than one look.
        mended: list[str] = []
        assert until(lambda: bool(mended.extend(engines.tend()) or mended), seconds=30)
        assert mended == [name]
        assert engines.urls == urls
        assert {key for key, pid in engines.pids().items() if pid != before[key]} == {name}
        assert_row(urls)
