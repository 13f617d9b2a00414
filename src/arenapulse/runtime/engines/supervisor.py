"""Starts the engines that were not given, tends them, and stops them."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from arenapulse.core.settings import Settings
from arenapulse.runtime.engines import account as accounts
from arenapulse.runtime.engines import cluster as clusters
from arenapulse.runtime.engines.account import Account
from arenapulse.runtime.engines.errors import EngineFailed
from arenapulse.runtime.engines.folder import OWNER_KEY, STATE_NAME, DataFolder, claimed, read_state
from arenapulse.runtime.engines.ports import LOOPBACK, free_port
from arenapulse.runtime.engines.postgres import APP, DATABASE, OWNER, PortTaken, Postgres
from arenapulse.runtime.engines.programs import installed, reachable
from arenapulse.runtime.engines.valkey import Valkey

PORT_TRIES_MAX = 5
DEATHS_MAX = 5

Engine = TypeVar("Engine", Postgres, Valkey)


@dataclass(frozen=True)
class EngineUrls:
    """Where the engines answer: to who looks after the database, and to the service."""

    database_url: str
    redis_url: str
    app_database_url: str


class Engines:
    """The engines of one data folder; `urls` holds those that were given, too."""

    def __init__(self, settings: Settings, *, folder: DataFolder) -> None:
        self._folder = folder
        self._settings = settings
        self._open = contextlib.ExitStack()
        self._cluster: clusters.Cluster | None = None
        self._postgres: Postgres | None = None
        self._valkey: Valkey | None = None
        self._deaths = 0

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def urls(self) -> EngineUrls:
        database_url, redis_url = self._settings.database_url, self._settings.redis_url
        app_database_url = database_url
        if database_url is None:
            assert self._postgres is not None
            port = str(self._postgres.port)
            password = self._folder.secret("database_password")
            database_url = _database_url(OWNER, password=password, port=port)
            app_database_url = _database_url(
                APP, password=self._folder.secret("app_password"), port=port
            )
        if redis_url is None:
            assert self._valkey is not None
            password = self._folder.secret("redis_password")
            redis_url = _redis_url(password=password, port=str(self._valkey.port))
        assert app_database_url is not None
        return EngineUrls(database_url, redis_url, app_database_url)

    def schema_version(self) -> str | None:
        """The migration an embedded database is at; None where that is not known at no cost."""
        return None if self._postgres is None else self._postgres.schema_version()

    def database_identity(self) -> str:
        """Tells one database from another, whatever its port and password."""
        if self._settings.database_url is not None:
            return hashlib.sha256(self._settings.database_url.encode()).hexdigest()[:16]
        # PostgreSQL's system identifier, made by initdb, stands first in this file.
        with (self._folder.engines / "postgres/global/pg_control").open("rb") as control:
            return control.read(8).hex()

    def pids(self) -> dict[str, int]:
        """The process of each engine that is ours."""
        running = {"postgres": self._postgres, "valkey": self._valkey}
        return {name: engine.child.pid for name, engine in running.items() if engine is not None}

    def _start(self) -> None:
        if self._settings.database_url is not None and self._settings.redis_url is not None:
            return
        folder = self._folder
        clusters.refuse_other_version(folder.engines / "postgres")
        account = accounts.choose(folder.engines / "postgres")
        programs = reachable(installed(), account=account)
        folder.put(**{OWNER_KEY: str(os.getpid())})
        _own(folder.engines, account=account)
        seen, inherit = self._as_seen(account)
        self._cluster = clusters.Cluster(
            engines=folder.engines,
            account=account,
            programs=programs,
            engines_as_seen=seen,
            inherit=inherit,
        )
        if self._settings.redis_url is None:
            self._valkey = self._start_valkey(self._cluster)
        if self._settings.database_url is None:
            self._postgres = self._start_postgres(self._cluster)

    def tend(self) -> list[str]:
        """Start engines that ended again, where they were; name them. EngineFailed if they keep on.

        PostgreSQL recovers what was committed; Valkey comes back empty, as a cache may.
        """
        cluster, ended = self._cluster, list[str]()
        if cluster is None:
            return ended
        before = self.urls
        if self._valkey is not None and self._valkey.child.poll() is not None:
            ended.append("valkey")
            self._valkey = self._start_valkey(cluster)
        if self._postgres is not None and self._postgres.child.poll() is not None:
            ended.append("postgres")
            self._postgres = self._start_postgres(cluster)
        self._deaths += len(ended)
        if self._deaths > DEATHS_MAX:
            raise EngineFailed(f"{ended[-1]} ended {DEATHS_MAX} times: see {cluster.engines}/*.log")
        if self.urls != before:
            raise EngineFailed(f"{ended[-1]} ended and its port is taken now: start again")
        return ended

    def _start_valkey(self, cluster: clusters.Cluster) -> Valkey:
        password = self._folder.secret("redis_password")
        return self._begin(
            "redis_port",
            lambda port: Valkey(
                cluster.programs,
                account=cluster.account,
                engines=cluster.engines,
                port=port,
                password=password,
            ),
        )

    def _start_postgres(self, cluster: clusters.Cluster) -> Postgres:
        lost = cluster.path.exists() and self._folder.get("superuser_password") is None
        superuser_password = self._folder.secret("superuser_password")
        clusters.prepare(cluster, superuser_password=superuser_password)
        if lost:
            clusters.set_superuser_password(cluster, password=superuser_password)
        postgres = self._begin(
            "database_port",
            lambda port: Postgres(cluster, port=port, superuser_password=superuser_password),
        )
        owner_password = self._folder.secret("database_password")
        app_password = self._folder.secret("app_password")
        postgres.ensure_database(owner_password=owner_password, app_password=app_password)
        if lost:
            postgres.set_passwords(owner_password=owner_password, app_password=app_password)
        return postgres

    def _as_seen(self, account: Account) -> tuple[str, tuple[int, ...]]:
        """How the account names the engines' folder, with the folders it must inherit for that."""
        engines = self._folder.engines
        if accounts.can_reach(account, path=engines):
            return str(engines), ()
        # The way there leads through a folder that only root may enter (say /root): the account
        # gets the folder itself, opened, and enters by the kernel's link to it.
        descriptor = os.open(engines, os.O_RDONLY | os.O_DIRECTORY)
        self._open.callback(os.close, descriptor)
        seen = f"/proc/self/fd/{descriptor}"
        if not Path(seen).exists():
            raise EngineFailed(
                f"the account of the engines cannot enter {engines}: move the data folder out of "
                "root's folders by ARENAPULSE_DATA"
            )
        return seen, (descriptor,)

    def _begin(self, port_key: str, make: Callable[[int], Engine]) -> Engine:
        """Start an engine on the port it had, or another if that is taken, until it answers."""
        known = self._folder.get(port_key)
        preferred = int(known) if known is not None and known.isdigit() else None
        for _ in range(PORT_TRIES_MAX):
            port = free_port(preferred=preferred)
            engine = make(port)
            self._open.callback(engine.stop)
            try:
                engine.wait_ready()
            except PortTaken:
                preferred = None
                continue
            if str(port) != known:
                self._folder.put(**{port_key: str(port)})
            return engine
        raise EngineFailed(f"no free port on {LOOPBACK} after {PORT_TRIES_MAX} tries")


def _own(engines: Path, *, account: Account) -> None:
    try:
        engines.mkdir(mode=0o700, exist_ok=True)
        if account.is_other and engines.stat().st_uid != account.uid:
            os.chown(engines, account.uid, account.gid)
    except OSError as failure:
        raise EngineFailed(f"{engines} cannot be made ({failure.strerror})") from failure


def _database_url(role: str, *, password: str, port: str) -> str:
    return f"postgresql://{role}:{password}@{LOOPBACK}:{port}/{DATABASE}"


def _redis_url(*, password: str, port: str) -> str:
    return f"redis://:{password}@{LOOPBACK}:{port}/0"


def known_urls(path: Path) -> EngineUrls | None:
    """Where the engines of a data folder answered last, None when they never ran or are hidden."""
    try:
        state = read_state(path / STATE_NAME)
        port = state["database_port"]
        return EngineUrls(
            _database_url(OWNER, password=state["database_password"], port=port),
            _redis_url(password=state["redis_password"], port=state["redis_port"]),
            _database_url(APP, password=state["app_password"], port=port),
        )
    except (EngineFailed, KeyError):
        return None


@contextlib.contextmanager
def running_engines(settings: Settings) -> Generator[EngineUrls, None, None]:
    """Start the engines that the settings do not name, stop them at the end.

    Call it from the main thread: an engine lives no longer than the thread that started it.
    Raises EngineFailed, whose message is one line for the operator.
    """
    if settings.database_url is not None and settings.redis_url is not None:
        yield EngineUrls(settings.database_url, settings.redis_url, settings.database_url)
        return
    with claimed(settings.data_folder) as folder, Engines(settings, folder=folder) as engines:
        yield engines.urls
