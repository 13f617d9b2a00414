"""Real engines for every test: one PostgreSQL and one Valkey a run, a database of its own a worker.

The template is migrated once and cloned per worker. The application runs in the test's own loop
behind httpx's ASGI transport; what needs processes or sockets starts them itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Environment, Settings
from arenapulse.migrations import roles
from arenapulse.migrations import run as migrations
from arenapulse.runtime import log
from arenapulse.runtime.engines import EngineUrls, postgres, running_engines
from arenapulse.wiring import make_app

TEMPLATE = "arenapulse_template"
APP_URL, OWNER_URL = "ARENAPULSE_TEST_APP", "ARENAPULSE_TEST_OWNER"
WITHOUT_ENGINES = frozenset({"rules", "architecture"})
# Who is killed loses nothing by it, and nobody pulls a test's plug. That the product waits for its
# disk is a test of tests/engines, which run them as they are.
UNSYNCED = {"fsync": "off", "full_page_writes": "off"}
# The servers of all workers share it, each with the connections that its rush made.
MANY = {"max_connections": "500"}
# Of engines that several runs may use at once.
SHARED_LOCK = Path("/tmp") / f"arenapulse-tests-{os.getuid()}.lock"
# Of all the ones that last: what begins last should be short.
LONG_FILES = frozenset(
    f"test_{name}.py"
    for name in ("wheel", "up", "guards", "simulation", "finds_bugs", "processes", "screens")
)
LONG_FOLDERS = frozenset({"engines", "races", "realtime", "simulation", "socket", "reactions"})


@dataclass(frozen=True)
class TestEngines:
    """`database_url` points at the database `postgres`, from which others are made."""

    __test__ = False

    database_url: str
    redis_url: str
    app_database_url: str
    is_given: bool
    """By DATABASE_URL: others use it too, and it stays when we go."""

    def url_of(self, database: str) -> str:
        return urlunsplit(urlsplit(self.database_url)._replace(path=f"/{database}"))


@contextlib.contextmanager
def quick_engines(settings: Settings) -> Iterator[EngineUrls]:
    """Embedded engines whose PostgreSQL waits for no disk."""
    with contextlib.ExitStack() as stack:
        with mock.patch.dict(postgres.SETTINGS, UNSYNCED | MANY):
            urls = stack.enter_context(running_engines(settings))
        if settings.database_url is None:
            # It has no TLS: asyncpg need not prepare for it at each connection, and then be told.
            stack.enter_context(mock.patch.dict(os.environ, {"PGSSLMODE": "disable"}))
        yield urls


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestEngines]:
    """The run's engines: those of DATABASE_URL and REDIS_URL, or embedded ones.

    The workers of pytest-xdist share them: the first to come starts them, the last one out is
    the controller, whose exit ends them.
    """
    given = Settings()
    is_given = given.database_url is not None
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    shared = os.environ.get("ARENAPULSE_TEST_ENGINES")
    if shared:
        yield TestEngines(*shared.split("|"), is_given=is_given)
        return
    assert worker is None, "run xdist through tests/conftest.py: the controller starts the engines"
    folder = tmp_path_factory.mktemp("engines", numbered=True)
    settings = given.model_copy(update={"data_folder": folder})
    with quick_engines(settings) as urls:
        os.environ[APP_URL], os.environ[OWNER_URL] = urls.app_database_url, urls.database_url
        yield TestEngines(
            urls.database_url, urls.redis_url, urls.app_database_url, is_given=is_given
        )


async def _prepare_template(engines: TestEngines) -> None:
    admin = await asyncpg.connect(engines.database_url)
    try:
        exists = await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE)
        if not exists:
            await admin.execute(f"CREATE DATABASE {TEMPLATE}")
            await migrations.migrate(engines.url_of(TEMPLATE))
            await _share_test_tables(engines)
    finally:
        await admin.close()


async def _share_test_tables(engines: TestEngines) -> None:
    """What tests make for themselves in a database, the service and its functions may use."""
    app = urlsplit(engines.app_database_url).username
    template = await asyncpg.connect(engines.url_of(TEMPLATE))
    try:
        known = "SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)"
        for row in await template.fetch(known, [app, roles.HOLDER]):
            await template.execute(
                "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES "
                f"TO {row['rolname']}"
            )
    finally:
        await template.close()


@contextlib.asynccontextmanager
async def cloned_database(engines: TestEngines, *, lock: Path) -> AsyncIterator[str]:
    """A migrated, empty database of one's own.

    Dropped at the end only where the engine stays: to drop one costs a checkpoint, seconds each.
    """
    name = f"t_{secrets.token_hex(6)}"
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # a template in use cannot be cloned
        await _prepare_template(engines)
        admin = await asyncpg.connect(engines.database_url)
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    try:
        yield engines.url_of(name)
    finally:
        if engines.is_given:
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for all workers of this run, and for no other run."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def database_lock(engines: TestEngines, run_folder: Path) -> Path:
    """One for all that clone from the same engine."""
    return SHARED_LOCK if engines.is_given else run_folder / "databases.lock"


@pytest.fixture(scope="session")
async def database_url(engines: TestEngines, database_lock: Path) -> AsyncIterator[str]:
    """This worker's database, shared by its tests: make your own rows, count your own rows."""
    async with cloned_database(engines, lock=database_lock) as url:
        yield url


@pytest.fixture
async def fresh_database_url(engines: TestEngines, database_lock: Path) -> AsyncIterator[str]:
    """A database for this test alone."""
    async with cloned_database(engines, lock=database_lock) as url:
        yield url


def as_owner(settings: Settings) -> str:
    """The service's database to a test's own eyes, which see all of it."""
    owner = urlsplit(os.environ.get(OWNER_URL, ""))
    looked_at = urlsplit(settings.database_url or "")
    if (owner.hostname, owner.port) != (looked_at.hostname, looked_at.port):
        return settings.database_url or ""
    return urlunsplit(looked_at._replace(netloc=owner.netloc))


def as_app(database_url: str) -> str:
    """The same database to the service, which owns nothing in it; a test's own eyes see all."""
    app, looked_at = urlsplit(os.environ.get(APP_URL, "")), urlsplit(database_url)
    if (app.hostname, app.port) != (looked_at.hostname, looked_at.port):
        return database_url
    return urlunsplit(looked_at._replace(netloc=app.netloc))


def settings_for(database_url: str, redis_url: str, **changes: object) -> Settings:
    """The service's, which logs in as the role that owns nothing."""
    values: dict[str, object] = {
        "environment": Environment.TEST,
        "database_url": as_app(database_url),
        "redis_url": redis_url,
        "secret": "test-secret-" + "x" * 32,
        "stripe_webhook_secret": "whsec_test_secret",
        "rate_limits": False,
        "seed": False,
    }
    return Settings().model_copy(update=values | changes)


@pytest.fixture(scope="session")
def settings(database_url: str, engines: TestEngines) -> Settings:
    return settings_for(database_url, engines.redis_url)


@contextlib.asynccontextmanager
async def client_of(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the whole application, edge and hot table included."""
    app = make_app(settings)
    async with app.running():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://arena.test") as made:
            yield made


@pytest.fixture(scope="session")
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(settings) as made:
        yield made


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A bare connection, to look at what the application wrote."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


def pytest_configure(config: pytest.Config) -> None:
    """Logs as JSON lines; in the xdist controller, the engines that all workers share."""
    # Unconfigured, structlog draws each exception with all its locals, which takes seconds.
    log.configure(Settings().model_copy(update={"environment": Environment.TEST}))
    if getattr(config, "workerinput", None) is not None or not config.getoption(
        "numprocesses", None
    ):
        return
    if all(Path(folder).name in WITHOUT_ENGINES for folder in config.args):
        return
    stack = contextlib.ExitStack()
    folder = Path(stack.enter_context(_scratch()))
    urls: EngineUrls = stack.enter_context(
        quick_engines(Settings().model_copy(update={"data_folder": folder}))
    )
    os.environ[APP_URL], os.environ[OWNER_URL] = urls.app_database_url, urls.database_url
    os.environ["ARENAPULSE_TEST_ENGINES"] = (
        f"{urls.database_url}|{urls.redis_url}|{urls.app_database_url}"
    )
    config.add_cleanup(stack.close)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Without the collector of garbage: nothing then is any, and all that is found stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: the worker that takes one last would keep the other waiting."""
    items.sort(
        key=lambda item: (
            item.path.parent.name not in LONG_FOLDERS,
            item.path.name not in LONG_FILES,
        )
    )


@contextlib.contextmanager
def _scratch() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="arenapulse-test-") as name:
        yield name
