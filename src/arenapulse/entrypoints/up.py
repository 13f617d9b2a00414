"""`arenapulse up`: engines, migrations, demo data, server and worker, as one program."""

from __future__ import annotations

import contextlib
import http.client
import json
import secrets
import time
from pathlib import Path

from arenapulse.core import clock
from arenapulse.core.settings import Settings
from arenapulse.entrypoints.cli import EXIT_REFUSED, say
from arenapulse.entrypoints.crew import (
    TEND_SECONDS,
    Crew,
    StopAsked,
    refuse_taken_port,
    stop_signals,
)
from arenapulse.entrypoints.processes import GivenUp, Program, run_once
from arenapulse.runtime.engines import EngineFailed, Engines
from arenapulse.runtime.engines.folder import DataFolder, claimed

READY_SECONDS_MAX = 60.0
READY_ANSWER_SECONDS_MAX = 2.0
READY_BYTES_MAX = 65_536
WORKER_STOP_SECONDS = 1.2
SEEDED_KEY = "seeded_database"
DEMO_PASSWORD_KEY = "demo_password"  # noqa: S105 - a name
DEMO_ACCOUNTS = ("admin@demo.test", "owner@demo.test", "gate@demo.test", "fan@demo.test")
MIGRATIONS_HEAD = Path(__file__).parents[1] / "migrations" / "HEAD"
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - we connect


def up(settings: Settings, *, count: int) -> int:
    """Run until SIGINT or SIGTERM (0), or until something cannot go on (1, after one line)."""
    try:
        with stop_signals(), claimed(settings.data_folder) as folder:
            refuse_taken_port(settings)
            with Engines(settings, folder=folder) as engines:
                _run(settings, folder=folder, engines=engines, count=count)
    except StopAsked:
        return 0
    except (EngineFailed, GivenUp) as failure:
        say(str(failure))
        return EXIT_REFUSED
    return 0


def _environment(settings: Settings, *, folder: DataFolder, engines: Engines) -> dict[str, str]:
    """What our programs read: the engines, and secrets that are made outside production."""
    urls = engines.urls
    environment = {"DATABASE_URL": urls.app_database_url, "REDIS_URL": urls.redis_url}
    if settings.is_production:
        return environment
    environment["ARENAPULSE_SECRET"] = settings.secret or folder.secret("secret")
    environment["STRIPE_WEBHOOK_SECRET"] = settings.stripe_webhook_secret or (
        f"whsec_{folder.secret('stripe_webhook')}"
    )
    environment["ARENAPULSE_DEMO_PASSWORD"] = settings.demo_password or _demo_password(folder)
    return environment


def _demo_password(folder: DataFolder) -> str:
    known = folder.get(DEMO_PASSWORD_KEY)
    if known is None:
        # Short enough to type on a phone, and never one that a list of breached ones has.
        known = f"demo-{secrets.token_hex(5)}"
        folder.put(**{DEMO_PASSWORD_KEY: known})
    return known


def _run(settings: Settings, *, folder: DataFolder, engines: Engines, count: int) -> None:
    environment = _environment(settings, folder=folder, engines=engines)
    # Asked by psql, since loading the migrations takes longer than all of the engines' start.
    if engines.schema_version() != MIGRATIONS_HEAD.read_text().strip():
        owning = environment | {"DATABASE_URL": engines.urls.database_url}
        run_once("migrate", environment=owning)
    database = engines.database_identity()
    is_first = settings.seed and not settings.is_production and folder.get(SEEDED_KEY) != database
    if is_first:
        print("Filling the empty database with demo data …", flush=True)
        run_once("seed", environment=environment)
        folder.put(**{SEEDED_KEY: database})
    servers = Crew(settings, count=count, environment=environment)
    worker = Program(
        name="worker", words=("worker",), environment=environment, stop_seconds=WORKER_STOP_SECONDS
    )
    with contextlib.ExitStack() as stops:
        # Stopped in the other order: the servers first, so that no new work comes in.
        stops.callback(worker.stop)
        stops.callback(servers.stop)
        servers.tell_of_worker(worker)
        first, *others = servers.programs
        first.start()
        _wait_ready(servers, engines=engines)
        _greet(settings, environment=environment, is_first=is_first)
        # Only now, since programs that load at once would serve later.
        for program in (worker, *others):
            program.start()
        # Ends by StopAsked, or by what cannot be mended.
        while True:
            _tend(servers, worker, engines=engines)
            servers.wait(TEND_SECONDS)


def _tend(servers: Crew, worker: Program, *, engines: Engines) -> None:
    for name in engines.tend():
        say(f"{name} ended and was started again")
    for news in (*servers.tend(), worker.tend()):
        if news is not None:
            say(news)
    servers.tell_of_worker(worker)


def _wait_ready(servers: Crew, *, engines: Engines) -> None:
    deadline = clock.monotonic_seconds() + READY_SECONDS_MAX
    while clock.monotonic_seconds() < deadline:
        if servers.is_ready():
            return
        for name in engines.tend():
            say(f"{name} ended and was started again")
        for news in servers.tend():
            say(news)
        time.sleep(TEND_SECONDS / 2)
    raise GivenUp(f"the server was not ready within {READY_SECONDS_MAX:.0f} s, see above")


def is_ready(settings: Settings) -> bool:
    """Whether a server answers that it is ready, where the settings say."""
    return asked_ready(settings)[0]


def asked_ready(settings: Settings) -> tuple[bool, list[str]]:
    """The same, and which programs its supervisor has given up."""
    host = ANY_ADDRESS.get(settings.host, settings.host)
    link = http.client.HTTPConnection(host, settings.port, timeout=READY_ANSWER_SECONDS_MAX)
    try:
        link.request("GET", "/health/ready")
        answer = link.getresponse()
        told = json.loads(answer.read(READY_BYTES_MAX))
        return answer.status == http.HTTPStatus.OK, list(told["data"].get("givenUp", ()))
    # Somebody else's port may say anything.
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return False, []
    finally:
        link.close()


def _greet(settings: Settings, *, environment: dict[str, str], is_first: bool) -> None:
    host = ANY_ADDRESS.get(settings.host, settings.host)
    address = f"[{host}]" if ":" in host else host
    print(f"\nArenaPulse is ready: http://{address}:{settings.port}", flush=True)
    if settings.seed and not settings.is_production:
        print(f"Demo accounts: {', '.join(DEMO_ACCOUNTS)}")
        if settings.demo_password is not None:
            print("Their password is the one in ARENAPULSE_DEMO_PASSWORD.")
        elif is_first:
            print(f"Their password: {environment['ARENAPULSE_DEMO_PASSWORD']}")
        else:
            print(f"Their password is kept in {settings.data_folder}/state.json.")
    print("Ctrl-C stops everything.", flush=True)
