"""`arenapulse doctor`: what is wrong with this machine, a line each, with the mend."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import redis.asyncio

from arenapulse.core.settings import Settings
from arenapulse.entrypoints import checkup, due
from arenapulse.entrypoints.finding import Finding
from arenapulse.entrypoints.production import production_refusals
from arenapulse.entrypoints.up import asked_ready, is_ready
from arenapulse.migrations import run as migrations
from arenapulse.runtime.db import AS_SERVICE
from arenapulse.runtime.engines import EngineFailed
from arenapulse.runtime.engines.programs import installed
from arenapulse.runtime.engines.supervisor import known_urls

PYTHON_MIN = (3, 11)
NODE_MIN = 22
POSTGRES_MIN = 15
REDIS_MIN = 7
FREE_BYTES_MIN = 1024 * 1024 * 1024
PROGRAM_SECONDS_MAX = 10.0
CONNECT_SECONDS_MAX = 5.0
NAMED_PACKAGES_MAX = 5
_OWNS = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('orders')"
LOCK = Path("requirements.lock")
BROWSER = Path("/usr/bin/chromium-headless-shell")


def _said(*command: str) -> str | None:
    """First line that a program prints, None when it cannot be run."""
    try:
        done = subprocess.run(  # noqa: S603 - programs of ours
            command, capture_output=True, text=True, timeout=PROGRAM_SECONDS_MAX, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout else None


def _python(_: Settings) -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    mend = "" if sys.version_info >= PYTHON_MIN else "install Python 3.11 or newer, then make clean"
    return Finding("python", found, mend)


def _packages(_: Settings) -> Finding:
    if not LOCK.exists():
        return Finding("packages", f"no {LOCK} here to compare with")
    wrong: list[str] = []
    for line in LOCK.read_text().splitlines():
        locked = re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(;)?", line)
        if locked is None:
            continue
        name, version, only_some_platforms = locked.groups()
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            if only_some_platforms:
                continue
            found = "missing"
        if found != version:
            wrong.append(f"{name} {found} for {version}")
    if wrong:
        more = f" and {len(wrong) - NAMED_PACKAGES_MAX} more" * (len(wrong) > NAMED_PACKAGES_MAX)
        return Finding("packages", ", ".join(wrong[:NAMED_PACKAGES_MAX]) + more, "make setup")
    return Finding("packages", "as locked")


def _node(_: Settings) -> Finding:
    beside = Path(sys.executable).with_name("node")
    found = _said(str(beside) if beside.exists() else "node", "--version")
    major = re.match(r"v(\d+)", found or "")
    if major is None or int(major[1]) < NODE_MIN:
        return Finding("node", found or "missing", "make setup")
    return Finding("node", found or "")


def _web(settings: Settings) -> Finding:
    index = settings.built_web / "index.html"
    if index.is_file():
        return Finding("web app", f"built in {settings.built_web}")
    return Finding("web app", f"{index} is missing, the API alone is served", "make run builds it")


def _browser(_: Settings) -> Finding:
    if BROWSER.exists():
        return Finding("test browser", str(BROWSER))
    cached = Path.home() / ".cache" / "ms-playwright"
    if any(cached.glob("chromium*")):
        return Finding("test browser", str(cached))
    return Finding(
        "test browser", "missing", "make browser, or apt-get install chromium-headless-shell"
    )


def _nearest(path: Path) -> Path:
    return next(p for p in (path, *path.parents) if p.exists())


def _data(settings: Settings) -> Finding:
    path = settings.data_folder.absolute()
    place = _nearest(path)
    if not place.is_dir() or not os.access(place, os.W_OK):
        return Finding("data folder", f"{path} cannot be written", "set ARENAPULSE_DATA to another")
    return Finding("data folder", str(path))


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(_nearest(settings.data_folder.absolute())).free
    mend = "" if free >= FREE_BYTES_MIN else f"free {FREE_BYTES_MIN >> 20} MB, or ARENAPULSE_DATA"
    return Finding("disk", f"{free >> 20} MB free", mend)


def _engines(settings: Settings) -> Finding:
    if settings.database_url is not None and settings.redis_url is not None:
        return Finding("embedded engines", "not needed, yours are used")
    try:
        programs = installed()
    except EngineFailed as failure:
        return Finding("embedded engines", str(failure), "make setup")
    said = [
        _said(str(programs.postgres("postgres")), "--version"),
        _said(str(programs.valkey), "--version"),
    ]
    if None in said:
        return Finding(
            "embedded engines",
            f"{programs.base} cannot be run here",
            "give your own by DATABASE_URL and REDIS_URL",
        )
    return Finding("embedded engines", "; ".join(str(line) for line in said))


def _port(settings: Settings) -> Finding:
    where = f"{settings.host}:{settings.port}"
    if is_ready(settings):
        return Finding("port", f"{where} is served by a running ArenaPulse")
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as failure:
            return Finding("port", f"{where}: {failure.strerror}", "set ARENAPULSE_PORT to another")
    return Finding("port", f"{where} is free")


def look_at_processes(settings: Settings) -> Finding:
    is_there, given_up = asked_ready(settings)
    if given_up:
        return Finding(
            "processes",
            f"{' and '.join(given_up)} ended at each start, and is merely tried once a minute",
            "what its supervisor printed says why: docs/runbooks/gone.md",
        )
    return Finding("processes", "none was given up" if is_there else "none serves here")


def _production(settings: Settings) -> Finding:
    refusals = production_refusals(settings)
    if refusals:
        return Finding("production", refusals[0].split(":")[0], "; ".join(refusals))
    return Finding("environment", settings.environment.value)


_NO_OWNER = "name a role in DATABASE_URL that owns nothing: Roles in docs/how-to/run.md"


async def _database(settings: Settings) -> Finding:
    known = known_urls(settings.data_folder)
    url = settings.database_url or (known.database_url if known else None)
    if url is None:
        return Finding("database", "embedded, made at the first start")
    try:
        connection = await asyncpg.connect(
            url, timeout=CONNECT_SECONDS_MAX, server_settings=AS_SERVICE
        )
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as failure:
        if settings.database_url is None:
            return Finding("database", "embedded, not running now")
        return Finding("database", f"unreachable: {failure}", "start it, or correct DATABASE_URL")
    try:
        version = connection.get_server_version()
        # An embedded one is looked at by who owns it, and served by who does not.
        owns = settings.database_url is not None and await connection.fetchval(_OWNS)
    finally:
        await connection.close()
    if version.major < POSTGRES_MIN:
        return Finding("database", f"PostgreSQL {version.major}", f"use {POSTGRES_MIN} or newer")
    at, head = await migrations.current(url), migrations.head()
    if at != head:
        return Finding("database", f"schema {at or 'empty'}, {head} needed", "arenapulse migrate")
    text = f"PostgreSQL {version.major}.{version.minor}, schema {at}"
    if owns:
        text += "; the service owns its tables, so row-level security does not bind it: how-to/run"
    # There tables are worth it: who gets into the service must not be able to drop them.
    is_refused = owns and settings.is_production
    return Finding("database", text, _NO_OWNER if is_refused else "")


async def _redis(settings: Settings) -> Finding:
    known = known_urls(settings.data_folder)
    url = settings.redis_url or (known.redis_url if known else None)
    if url is None:
        return Finding("redis", "embedded, made at the first start")
    try:
        async with redis.asyncio.from_url(
            url, socket_connect_timeout=CONNECT_SECONDS_MAX, socket_timeout=CONNECT_SECONDS_MAX
        ) as link:
            info = await link.info("server")  # pyright: ignore[reportUnknownMemberType]
    except (OSError, ValueError, redis.RedisError) as failure:
        if settings.redis_url is None:
            return Finding("redis", "embedded, not running now")
        return Finding("redis", f"unreachable: {failure}", "start it, or correct REDIS_URL")
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version") or info["redis_version"])
    if int(version.split(".", 1)[0]) < REDIS_MIN:
        return Finding("redis", f"{name} {version}", f"use {REDIS_MIN} or newer")
    return Finding("redis", f"{name} {version}")


CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    _python,
    _packages,
    _node,
    _web,
    _browser,
    _data,
    _disk,
    _engines,
    _port,
    look_at_processes,
    _production,
)


async def _asked(
    settings: Settings, *, about: str, ask: Callable[[str], Awaitable[Finding]]
) -> Finding:
    """What the database at its URL says, if there is one that answers."""
    url = due.database_url(settings)
    if url is None:
        return Finding(about, "none, without a database")
    try:
        return await ask(url)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError):
        # The line of the database says why.
        return Finding(about, "not looked at")


async def _due(settings: Settings) -> Finding:
    about = "due work"

    async def ask(url: str) -> Finding:
        state = await due.look(settings, url=url)
        text = f"{state.due} rows due, the oldest for {state.oldest_seconds:.0f} s"
        text += f"; {state.stuck_count} stuck; {state.workers} workers"
        mend = ""
        if state.due and not state.workers:
            mend = "arenapulse worker"
        elif state.oldest_seconds > due.BEHIND_SECONDS:
            mend = "arenapulse due says of what; more workers, or ask the vendor"
        elif state.stuck_count:
            mend = "arenapulse due lists them: a person decides"
        return Finding(about, text, mend)

    return await _asked(settings, about=about, ask=ask)


async def _money(settings: Settings) -> Finding:
    about = "money and jobs"

    async def ask(url: str) -> Finding:
        async with due.connected(url) as connection:
            differing = await connection.fetchval(
                "SELECT count(*) FROM payment_differences WHERE dismissed_at IS NULL"
            )
            failed = await connection.fetchval(_FAILED_JOBS)
        text = f"{differing} differences with the payment vendor; {failed} failed jobs"
        mend = "/admin/jobs lists them, and runs one again" if failed else ""
        if differing:
            mend = "GET /api/v1/admin/payment-differences lists them"
        return Finding(about, text, mend)

    return await _asked(settings, about=about, ask=ask)


async def _beside(settings: Settings) -> Finding:
    about = "search and lines"

    async def ask(url: str) -> Finding:
        async with due.connected(url) as connection:
            refused, still = await connection.fetchrow(_BESIDE) or (0, 0)
        text = f"{refused} documents that search refuses; {still} waiting rooms that stand still"
        mend = ""
        if refused:
            mend = "the worker's log says why: a changed event is tried at once, others each hour"
        if still:
            mend = "arenapulse worker moves them: its log names each that it cannot"
        return Finding(about, text, mend)

    return await _asked(settings, about=about, ask=ask)


async def _analytics(settings: Settings) -> Finding:
    about = "analytics"

    async def ask(url: str) -> Finding:
        async with due.connected(url) as connection:
            offered = await connection.fetchval(_TIMESCALE)
            storage = await connection.fetchval("SELECT analytics_storage()")
            packed = await connection.fetchrow(_PACKED) if storage == "timescaledb" else None
            left = await connection.fetchval("SELECT to_regclass('analytics_events_plain')")
        kept = f"kept {settings.analytics_days} days"
        if packed is not None:
            return Finding(
                about,
                f"TimescaleDB: {packed[0]} of {packed[1]} days in columns, {kept}",
                "" if left is None else "the lift was cut off: run arenapulse analytics lift again",
            )
        text = f"a partition a day, {kept}, not compressed"
        if offered:
            return Finding(
                about, f"{text}; TimescaleDB {offered} is here: arenapulse analytics lift"
            )
        return Finding(about, f"{text}: that takes TimescaleDB's columnstore, which is not here")

    return await _asked(settings, about=about, ask=ask)


_FAILED_JOBS = "SELECT count(*) FROM pgqueuer WHERE status = 'failed'"
# What a cluster would not have five times over; a room is moved once a second.
_BESIDE = """
SELECT (SELECT count(*) FROM search_documents WHERE due_at IS NOT NULL AND tries >= 5),
  (SELECT count(*) FROM waiting_rooms WHERE over_at IS NULL
     AND coalesce(steered_at, closed_at, sealed_at) < now() - INTERVAL '1 minute')
"""
_PACKED = (
    "SELECT count(*) FILTER (WHERE is_compressed), count(*) FROM timescaledb_information.chunks "
    "WHERE hypertable_name = 'analytics_events'"
)
_TIMESCALE = "SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'"

CONNECTED_CHECKS: tuple[Callable[[Settings], Awaitable[Finding]], ...] = (
    _database,
    _redis,
    _due,
    _money,
    _beside,
    _analytics,
)


async def _findings(settings: Settings, *, deep: bool) -> list[Finding]:
    looked = await checkup.look(settings, url=due.database_url(settings)) if deep else []
    return [
        *(check(settings) for check in CHECKS),
        *[await check(settings) for check in CONNECTED_CHECKS],
        *looked,
    ]


def doctor(settings: Settings, *, deep: bool = False) -> int:
    """Print a line per finding; 1 if something is wrong. `deep` looks longer, and at vendors."""
    findings = asyncio.run(_findings(settings, deep=deep))
    for finding in findings:
        sign, mend = ("✗", f" → {finding.mend}") if finding.mend else ("✓", "")
        print(f"{sign} {finding.about}: {finding.text}{mend}")
    return int(any(finding.mend for finding in findings))
