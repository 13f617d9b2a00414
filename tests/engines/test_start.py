"""What a start gives: engines that answer to their password alone, kept from start to start."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import asyncpg
import pytest
import redis

from arenapulse.core.settings import Settings
from arenapulse.runtime.engines import EngineUrls, running_engines
from tests.engines.conftest import Holder

EnginesOn = Callable[[Path], AbstractContextManager[EngineUrls]]
STARTS = 3
EXTENSIONS = ("pg_trgm", "unaccent", "fuzzystrmatch", "btree_gist")


def redis_at(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=5)


@pytest.mark.asvs("V13.2.2")
async def test_who_migrates_owns_by_a_role_that_nobody_logs_in_as_and_the_app_owns_nothing(
    engines_on: EnginesOn, data: Path
) -> None:
    with engines_on(data) as urls:
        looking = await asyncpg.connect(urls.database_url)
        app = await asyncpg.connect(urls.app_database_url)
        try:
            owner = await looking.fetchrow(
                "SELECT r.rolname, r.rolcanlogin, current_user AS me FROM pg_database d "
                "JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = current_database()"
            )
            assert owner == ("arenapulse_owner", False, "arenapulse")
            for refused in ("CREATE TABLE mine (x INT)", "SET ROLE arenapulse_owner"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await app.execute(refused)
            assert await looking.fetchval("SHOW is_superuser") == "off"
            for extension in EXTENSIONS:
                await looking.execute(f"CREATE EXTENSION {extension}")
            # Under a plain C character type the umlauts would cut the words to pieces.
            assert (
                await looking.fetchval("SELECT to_tsvector('simple', 'Müller Köln')::text")
                == "'köln':2 'müller':1"
            )
        finally:
            await app.close()
            await looking.close()


async def test_postgres_is_durable_and_tuned(engines_on: EnginesOn, data: Path) -> None:
    wanted = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "jit": "off",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "listen_addresses": "127.0.0.1",
        "password_encryption": "scram-sha-256",
        "server_version_num": "180006",
    }
    with engines_on(data) as urls:
        connection = await asyncpg.connect(urls.database_url)
        found = {name: await connection.fetchval(f"SHOW {name}") for name in wanted}
        await connection.close()
    assert found == wanted


@pytest.mark.asvs("V13.2.1")
async def test_wrong_password_is_refused(engines_on: EnginesOn, data: Path) -> None:
    with engines_on(data) as urls:
        for user in ("arenapulse", "postgres"):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(urls.database_url, user=user, password="guess")
        with pytest.raises(redis.AuthenticationError):
            redis_at(urls.redis_url.replace(":@", "").replace("redis://:", "redis://:no")).ping()
        port = urls.redis_url.split("@")[1]
        with pytest.raises(redis.AuthenticationError):
            redis_at(f"redis://{port}").ping()


def test_valkey_keeps_nothing_and_evicts_nothing(engines_on: EnginesOn, data: Path) -> None:
    with engines_on(data) as urls, redis_at(urls.redis_url) as link:
        found = {
            key: value
            for name in ("save", "appendonly", "maxmemory-policy", "bind")
            for key, value in link.config_get(name).items()
        }
        assert int(link.info("server")["valkey_version"].split(".")[0]) >= 9
    decoded = {
        (k.decode() if isinstance(k, bytes) else k): (v.decode() if isinstance(v, bytes) else v)
        for k, v in found.items()
    }
    assert decoded == {
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
        "bind": "127.0.0.1",
    }


async def test_second_start_is_quick_and_keeps_urls_and_rows(
    engines_on: EnginesOn, data: Path
) -> None:
    with engines_on(data) as first:
        connection = await asyncpg.connect(first.database_url)
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        await connection.close()
    for _ in range(STARTS):
        with engines_on(data) as again:
            assert again == first
            connection = await asyncpg.connect(again.database_url)
            assert await connection.fetchval("SELECT answer FROM kept") == 42
            await connection.close()


@pytest.mark.asvs("V13.3.2")
def test_secrets_are_for_the_owner_s_eyes(engines_on: EnginesOn, data: Path) -> None:
    with engines_on(data) as urls:
        assert (data / "state.json").stat().st_mode & 0o777 == 0o600
        assert (data / "engines").stat().st_mode & 0o777 == 0o700
        # Arguments of processes are public.
        secrets = [urls.database_url.split(":")[2].split("@")[0], urls.redis_url[9:].split("@")[0]]
        arguments = [
            path.read_bytes().decode(errors="replace")
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if path.exists()
        ]
        assert not [line for line in arguments for secret in secrets if secret in line]


@pytest.mark.asvs("V13.2.2")
def test_engines_never_run_as_root(hold: Callable[[Path], Holder], data: Path) -> None:
    holder = hold(data)
    owners = {name: Path(f"/proc/{pid}").stat().st_uid for name, pid in holder.pids.items()}
    assert set(owners) == {"postgres", "valkey"}
    assert 0 not in owners.values()
    if os.geteuid() != 0:
        assert set(owners.values()) == {os.geteuid()}


def test_given_urls_start_nothing(data: Path) -> None:
    given = EngineUrls(
        "postgresql://a:b@db.test/x", "redis://cache.test/0", "postgresql://a:b@db.test/x"
    )
    settings = Settings().model_copy(
        update={
            "data_folder": data,
            "database_url": given.database_url,
            "redis_url": given.redis_url,
        }
    )
    with running_engines(settings) as urls:
        assert urls == given
    assert not data.exists()


def test_given_database_starts_valkey_alone(
    settings_of: Callable[[Path], Settings], data: Path
) -> None:
    url = "postgresql://a:b@db.test/x"
    with running_engines(settings_of(data).model_copy(update={"database_url": url})) as urls:
        assert urls.database_url == url
        with redis_at(urls.redis_url) as link:
            assert link.ping() is True
        assert not (data / "engines" / "postgres").exists()
