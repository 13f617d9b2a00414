"""What nobody notices until it is too late: disks, WAL, backups, certificates; asked, and told.

Workers tell it to `/metrics`, and `arenapulse doctor --deep` asks the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import shutil
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import asyncpg
from cryptography import x509

from arenapulse.core import clock
from arenapulse.core.settings import Backups, Settings
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs.registry import Registry
from arenapulse.runtime.telemetry import (
    BACKUP_AGE_SECONDS,
    CERTIFICATE_SECONDS_LEFT,
    DISK_FREE_RATIO,
    WAL_KEPT,
)

LOOK_SECONDS: Final = 30.0
CERTIFICATE_EVERY_SECONDS: Final = 3_600.0
SHAKE_SECONDS_MAX: Final = 5.0
HTTPS_PORT: Final = 443

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True)
class Backup:
    """The last one that the database was told of; without a name none was since it could be."""

    database: str
    name: str
    age_seconds: float


async def last_backup(connection: Connection) -> Backup:
    row = await connection.fetchrow(_BACKUP)
    assert row is not None
    return Backup(row["database"], row["name"], row["age_seconds"])


async def wal_kept(connection: Connection) -> dict[str, bool]:
    """Of each who is to keep WAL, a slot or the archive command, whether it does."""
    return {row["who"]: row["is_kept"] for row in await connection.fetch(_WAL)}


def disks(settings: Settings) -> dict[str, float]:
    """The free part of each disk that we write to ourselves; the database's may be another."""
    folders = {"data": settings.data_folder, "media": settings.media_folder}
    return {name: _free(folder) for name, folder in folders.items() if folder is not None}


def _free(folder: Path) -> float:
    path = folder.absolute()
    usage = shutil.disk_usage(next(each for each in (path, *path.parents) if each.exists()))
    return usage.free / usage.total


async def certificate_ends(settings: Settings) -> dt.datetime | None:
    """When that of ARENAPULSE_PUBLIC_URL runs out; None without one, or where nobody answers."""
    parts = urlsplit(settings.public_url or "")
    if parts.scheme != "https" or parts.hostname is None:
        return None
    # Browsers judge whether it is good: one that has run out must be seen as well.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(SHAKE_SECONDS_MAX):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or HTTPS_PORT, ssl=context
            )
    except (OSError, TimeoutError):
        return None
    line: ssl.SSLObject = writer.get_extra_info("ssl_object")
    shown = line.getpeercert(binary_form=True)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return None if shown is None else x509.load_der_x509_certificate(shown).not_valid_after_utc


class Upkeep:
    """What a worker tells of it."""

    def __init__(self, database: Database, *, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._shaken_at = float("-inf")
        self._ends: dt.datetime | None = None

    async def look(self) -> None:
        for name, free in disks(self._settings).items():
            DISK_FREE_RATIO.labels(name).set(free)
        async with self._database.transaction() as session:
            connection = await session.driver()
            kept = await wal_kept(connection)
            backup = await last_backup(connection)
        # A slot that was dropped is nobody's worry any more.
        WAL_KEPT.clear()
        for who, is_kept in kept.items():
            WAL_KEPT.labels(who).set(is_kept)
        if self._settings.backups is Backups.TOLD:
            BACKUP_AGE_SECONDS.labels(backup.database).set(backup.age_seconds)
        await self._certificate()

    async def _certificate(self) -> None:
        now = clock.monotonic_seconds()
        if now - self._shaken_at >= CERTIFICATE_EVERY_SECONDS:
            self._shaken_at = now
            self._ends = await certificate_ends(self._settings) or self._ends
        if self._ends is not None:
            host = urlsplit(self._settings.base_url).hostname
            left = (self._ends - clock.now()).total_seconds()
            CERTIFICATE_SECONDS_LEFT.labels(host).set(left)


def upkeep(database: Database, *, settings: Settings) -> Registry:
    registry = Registry()
    kept = Upkeep(database, settings=settings)

    @registry.loop("runtime.look_after", seconds=LOOK_SECONDS)
    async def look_after() -> None:
        await kept.look()

    assert look_after
    return registry


_BACKUP: Final = """
SELECT current_database()::TEXT AS database, name,
       extract(epoch FROM now() - finished_at)::FLOAT8 AS age_seconds
  FROM backups ORDER BY finished_at DESC LIMIT 1
"""
# An archiver that failed after it last succeeded; a slot whose reader is away keeps WAL until the
# disk is full, or has lost what its reader needs.
_WAL: Final = """
SELECT 'archive_command' AS who,
       last_failed_time IS NULL OR (last_archived_time > last_failed_time) IS TRUE AS is_kept
  FROM pg_stat_archiver WHERE current_setting('archive_mode') <> 'off'
UNION ALL
SELECT slot_name, active FROM pg_replication_slots WHERE NOT temporary
"""
