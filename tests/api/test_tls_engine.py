"""PostgreSQL by TLS, as every managed one wants it: `DATABASE_URL=…?sslmode=require`."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from arenapulse.entrypoints import checkup
from arenapulse.migrations import run as migrations
from arenapulse.wiring import running_worker
from tests.certificates import self_signed
from tests.conftest import TestEngines, client_of, settings_for

# The first eight bytes of a client that wants TLS, and the answer that it may.
TLS_WANTED = bytes.fromhex("0000000804d2162f")
TLS_GRANTED = b"S"
TLS_REFUSED = b"N"


@contextlib.asynccontextmanager
async def tls_before(url: str, *, folder: Path) -> AsyncIterator[tuple[str, Path]]:
    """The address of a door that speaks TLS alone before an engine that has none; its root."""
    chain, key = self_signed(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key)
    engine = urlsplit(url)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while part := await reader.read(65_536):
                writer.write(part)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(len(TLS_WANTED)) != TLS_WANTED:
            writer.close()
            return
        writer.write(TLS_GRANTED)
        await writer.start_tls(context)
        inside = await asyncio.open_connection(engine.hostname, engine.port)
        await asyncio.gather(pass_on(reader, inside[1]), pass_on(inside[0], writer))

    door = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = door.sockets[0].getsockname()[1]
    account = engine.netloc.rpartition("@")[0]
    try:
        yield urlunsplit(engine._replace(netloc=f"{account}@127.0.0.1:{port}")), chain
    finally:
        door.close()


@pytest.fixture
async def empty_url(engines: TestEngines) -> AsyncIterator[str]:
    name = f"tls_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(engines.database_url)
    await admin.execute(f"CREATE DATABASE {name}")
    yield engines.url_of(name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.mark.asvs("V12.3.1", "V12.3.4")
async def test_all_that_asks_postgresql_does_so_by_tls_where_the_address_says_so(
    empty_url: str, engines: TestEngines, tmp_path: Path
) -> None:
    async with tls_before(empty_url, folder=tmp_path) as (url, root):
        trusting = f"{url}?sslmode=verify-full&sslrootcert={root}"
        await migrations.migrate(f"{url}?sslmode=require")
        assert await migrations.current(trusting) == migrations.head()
        settings = settings_for(empty_url, engines.redis_url).model_copy(
            update={"database_url": trusting}
        )
        async with client_of(settings) as client:
            # A pool of its own for each of the two: the hot road and the calm one.
            assert (await client.get("/health/ready")).status_code == 200
            assert (await client.get("/api/v1/events")).json()["data"] == []
        async with running_worker(settings) as worker:
            running = asyncio.create_task(worker.run())
            await asyncio.sleep(0)
            worker.stop()
            await running
        found = await checkup.look(settings, url=trusting)
        assert "the database cannot be asked" not in {finding.text for finding in found}


async def test_an_engine_without_tls_is_used_where_it_may_be_and_refused_where_it_may_not(
    database_url: str,
) -> None:
    assert await migrations.current(f"{database_url}?sslmode=prefer") == migrations.head()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.read(len(TLS_WANTED)) == TLS_WANTED
        writer.write(TLS_REFUSED)
        writer.close()

    door = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with door:
        port = door.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionError, match="rejected SSL upgrade"):
            await migrations.current(f"postgresql://a:b@127.0.0.1:{port}/x?sslmode=require")
