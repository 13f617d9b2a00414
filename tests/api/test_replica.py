"""What may be a moment old, over a streaming standby: while it keeps up, behind, dead, promoted."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from prometheus_client import REGISTRY

from arenapulse.core.settings import Settings
from arenapulse.migrations import run as migrations
from arenapulse.runtime.engines import account as accounts
from arenapulse.runtime.engines import running_engines
from arenapulse.runtime.engines.children import Launch, polls, start
from arenapulse.runtime.engines.cluster import ENVIRONMENT, SUPERUSER
from arenapulse.runtime.engines.ports import free_port
from arenapulse.runtime.engines.postgres import SETTINGS
from arenapulse.runtime.engines.programs import installed, reachable
from tests.conftest import TestEngines, client_of, settings_for
from tests.worlds import Fan, World, make_fans, make_world

# Room for a machine that is busy with other tests: a turn of measuring may take a second then.
LAG_SECONDS = 3.0
DEADLINE_SECONDS = 15.0
ANALYTICS = "/api/v1/analytics/events"


@dataclass
class Standby:
    """A copy of a database that follows it, in a folder of its own."""

    folder: Path
    port: int
    primary: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "standby"

    def copy(self) -> None:
        account = accounts.choose(self.folder)
        conninfo = f"host=127.0.0.1 port={self.primary['database_port']} user={SUPERUSER}"
        subprocess.run(
            [
                *(installed().postgres("pg_basebackup"), "-d", conninfo, "-D", self.data),
                *("-R", "-X", "stream", "-c", "fast", "--no-sync"),
            ],
            env=ENVIRONMENT | {"PGPASSWORD": self.primary["superuser_password"]},
            check=True,
            timeout=60,
        )
        for path in (self.data, *self.data.rglob("*")):
            os.chown(path, account.uid, account.gid)

    def start(self) -> None:
        account = accounts.choose(self.data)
        postgres = reachable(installed(), account=account).postgres("postgres")
        words = SETTINGS | {"port": str(self.port)}
        flags = [word for key, value in words.items() for word in ("-c", f"{key}={value}")]
        launch = Launch(
            program=[str(postgres), "-D", str(self.data), *flags],
            account=account,
            folder=self.folder,
            environment=ENVIRONMENT,
        )
        with (self.folder / "standby.log").open("ab") as log:
            self.process = start(launch, output=log)

    def kill(self) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGQUIT)
        self.process.wait(20)

    async def ask(self, sql: str) -> Any:
        """As its superuser, once it answers."""
        for _ in polls(seconds_max=DEADLINE_SECONDS):
            with contextlib.suppress(OSError, asyncpg.CannotConnectNowError):
                connection = await asyncpg.connect(
                    host="127.0.0.1",
                    port=self.port,
                    user=SUPERUSER,
                    password=self.primary["superuser_password"],
                    database="arenapulse",
                )
                try:
                    return await connection.fetchval(sql)
                finally:
                    await connection.close()
        raise AssertionError("the standby does not answer")


@dataclass
class Pair:
    standby: Standby
    owner_url: str
    settings: Settings

    def kill_primary(self) -> None:
        pid = (self.standby.folder / "engines/postgres/postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGQUIT)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Not below pytest's own, which the engines' account may not enter.
    made = Path(tempfile.mkdtemp(prefix="arenapulse-standby-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
async def pair(folder: Path, engines: TestEngines) -> AsyncIterator[Pair]:
    own = Settings().model_copy(
        update={"data_folder": folder, "database_url": None, "redis_url": engines.redis_url}
    )
    with running_engines(own) as urls:
        await migrations.migrate(urls.database_url)
        state = json.loads((folder / "state.json").read_text())
        standby = Standby(folder, free_port(), state)
        standby.copy()
        standby.start()
        port = f":{state['database_port']}/"
        settings = settings_for(
            urls.app_database_url,
            engines.redis_url,
            database_read_url=urls.app_database_url.replace(port, f":{standby.port}/"),
            replica_lag_seconds=LAG_SECONDS,
        )
        try:
            await standby.ask("SELECT 1")
            yield Pair(standby, urls.database_url, settings)
        finally:
            standby.kill()


@pytest.fixture
async def db(pair: Pair) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(pair.owner_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def client(pair: Pair) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(pair.settings) as made:
        await until(made, lambda states: states["replica"] == "up")
        yield made


@pytest.fixture
async def world(db: asyncpg.Connection, pair: Pair) -> World:
    return await make_world(db, pair.settings)


@pytest.fixture
async def paused(pair: Pair, client: httpx.AsyncClient, world: World) -> AsyncIterator[None]:
    """The standby hears everything and shows nothing of it."""
    await caught_up(client, world)
    await pair.standby.ask("SELECT pg_wal_replay_pause()")
    # Asked for and not yet so.
    state = "SELECT pg_get_wal_replay_pause_state()"
    while await pair.standby.ask(state) != "paused":  # noqa: ASYNC110 - polls the subject itself
        await asyncio.sleep(0.02)
    yield
    await pair.standby.ask("SELECT pg_wal_replay_resume()")
    await until(client, lambda states: states["replica"] == "up")


async def until(client: httpx.AsyncClient, what: Callable[[dict[str, str]], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            ready = await client.get("/health/ready")
            if what(ready.json()["data"]["dependencies"]):
                return
            await asyncio.sleep(0.05)


async def caught_up(client: httpx.AsyncClient, world: World) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while str(world.event_id) not in await listed(client, world):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await until(client, lambda states: states["replica"] == "up")


async def listed(client: httpx.AsyncClient, world: World, by: Fan | None = None) -> set[str]:
    answer = await client.get(
        "/api/v1/events",
        params={"venueId": str(world.venue_id)},
        headers={} if by is None else by.headers,
    )
    assert answer.status_code == 200, answer.text
    return {each["id"] for each in answer.json()["data"]}


def answered(by: str) -> float:
    return REGISTRY.get_sample_value("arenapulse_replica_reads_total", {"by": by}) or 0.0


async def test_lists_search_figures_and_exports_are_answered_by_the_standby(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World
) -> None:
    (analyst,) = await make_fans(db, world, 1, role="MANAGER")
    await caught_up(client, world)
    house, event = f"/api/v1/organizations/{world.organization_id}", f"{ANALYTICS}/{world.event_id}"
    before = answered("primary")
    for path in (
        *("/api/v1/events", "/api/v1/events?view=card", "/api/v1/venues", "/api/v1/search?q=a"),
        *("/api/v1/search/suggest?q=a", f"{event}/summary", f"{event}/sections", f"{event}/funnel"),
        *(f"{event}/timeseries", f"{event}/attention", f"{event}/channels", f"{event}/export.csv"),
        f"{event}/prices",
        *(f"{event}/export.xlsx", f"{event}/replay?at=2026-01-01T00:00:00Z"),
        f"{house}/orders/export.csv",
        f"{ANALYTICS.replace('events', 'organizations')}/{world.organization_id}/cohorts",
    ):
        of_it = answered("replica")
        is_public = path.startswith(("/api/v1/events", "/api/v1/venues", "/api/v1/search"))
        answer = await client.get(path, headers={} if is_public else analyst.headers)
        assert answer.status_code == 200, (path, answer.text)
        assert answered("replica") > of_it, path
    assert answered("primary") == before


@pytest.mark.usefixtures("paused")
async def test_a_moment_old_to_the_public_exact_to_who_writes_and_never_past_the_bound(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World
) -> None:
    (owner,) = await make_fans(db, world, 1, role="OWNER")
    fan = (await make_fans(db, world, 1))[0]
    await db.execute("UPDATE events SET name = 'Renamed' WHERE id = $1", world.event_id)
    names = [
        (
            await client.get("/api/v1/events", params={"venueId": str(world.venue_id)}, headers=h)
        ).json()["data"][0]["name"]
        for h in ({}, owner.headers)
    ]
    assert names[0] != "Renamed"
    assert names[1] == "Renamed"
    # What is sold is never asked of it.
    sold = await client.post(
        "/api/v1/orders",
        json=world.order(quantity=2),
        headers={**fan.headers, "Idempotency-Key": f"replica-{world.event_id}"},
    )
    assert sold.status_code == 201, sold.text
    free = await client.get(f"/api/v1/events/{world.event_id}/availability")
    assert free.json()["data"]["sections"][0]["available"] == 98
    # Past its bound it is not asked any more, which the probe says; what was written is seen.
    await until(client, lambda states: states["replica"] == "down")
    listed_now = await client.get("/api/v1/events", params={"venueId": str(world.venue_id)})
    assert listed_now.json()["data"][0]["name"] == "Renamed"
    # The figures are of the last measuring, half a second ago at most.
    async with asyncio.timeout(DEADLINE_SECONDS):
        while REGISTRY.get_sample_value("arenapulse_replica_up"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert (REGISTRY.get_sample_value("arenapulse_replica_lag_seconds") or 0) > LAG_SECONDS
    assert (await client.get("/health/ready")).status_code == 200


@pytest.mark.usefixtures("paused")
async def test_rights_are_the_primarys_and_figures_say_how_old_they_may_be(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World
) -> None:
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    path, of_it = f"{ANALYTICS}/{world.event_id}/summary", answered("replica")
    before = dt.datetime.now(dt.UTC)
    answer = await client.get(path, headers=analyst.headers)
    assert answer.status_code == 200, answer.text
    assert answered("replica") == of_it + 1
    assert dt.datetime.fromisoformat(answer.json()["data"]["updatedAt"]) < before
    await db.execute("DELETE FROM memberships WHERE user_id = $1", analyst.user_id)
    assert (await client.get(path, headers=analyst.headers)).status_code == 404


async def test_a_standby_that_dies_is_noticed_by_nobody_and_taken_again(
    client: httpx.AsyncClient, pair: Pair, world: World
) -> None:
    await caught_up(client, world)
    pair.standby.kill()
    for _ in range(20):
        assert await listed(client, world) == {str(world.event_id)}
    await until(client, lambda states: states["replica"] == "down")
    pair.standby.start()
    await until(client, lambda states: states["replica"] == "up")
    of_it = answered("replica")
    assert await listed(client, world) == {str(world.event_id)}
    assert answered("replica") == of_it + 1


async def test_what_is_public_is_seen_while_the_primary_is_away(
    client: httpx.AsyncClient, pair: Pair, world: World
) -> None:
    await caught_up(client, world)
    pair.kill_primary()
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await client.get("/health/ready")).status_code != 503:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert await listed(client, world) == {str(world.event_id)}
    assert (await client.get("/api/v1/search?q=a")).status_code == 200


async def test_one_that_was_made_a_primary_is_asked_no_more(
    client: httpx.AsyncClient, pair: Pair
) -> None:
    await pair.standby.ask("SELECT pg_promote()")
    await until(client, lambda states: states["replica"] == "down")
