"""`arenapulse doctor --deep`: what takes a moment to look at, and whether vendors can be reached.

It writes nothing that stays: a commit is measured by a message in the WAL that nobody reads.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import asyncpg

from arenapulse.core import clock
from arenapulse.core.settings import Backups, Settings
from arenapulse.entrypoints.finding import Finding
from arenapulse.runtime import upkeep
from arenapulse.runtime.db import AS_SERVICE

CONNECT_SECONDS_MAX: Final = 5.0
LOOK_SECONDS_MAX: Final = 60.0
COMMITS: Final = 20
COMMIT_MS_MAX: Final = 20.0
CLOCK_SECONDS_MAX: Final = 1.0
LONG_SECONDS: Final = 60
CONNECTIONS_SHARE_MAX: Final = 0.8
KEPT_WAL_BYTES_MAX: Final = 4 << 30
# As deploy/monitoring/alerts.yaml has them: one backup a night, and two hours for it to take.
BACKUP_HOURS_MAX: Final = 26
CERTIFICATE_DAYS_MIN: Final = 14
DISK_FREE_MIN: Final = 0.1
STRIPE: Final = "https://api.stripe.com"
SENDGRID: Final = "https://api.sendgrid.com"
TWILIO: Final = "https://api.twilio.com"

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def look(settings: Settings, *, url: str | None) -> list[Finding]:
    """Of the database, if there is one, and of each vendor that is set up."""
    found = [*_disks(settings), *await _certificate(settings)]
    if url is not None:
        try:
            connection = await asyncpg.connect(
                url,
                timeout=CONNECT_SECONDS_MAX,
                command_timeout=LOOK_SECONDS_MAX,
                server_settings=AS_SERVICE,
            )
        except (OSError, TimeoutError, ValueError, asyncpg.PostgresError):
            # The line of the database says why.
            found.append(Finding("deep look", "the database cannot be asked"))
        else:
            try:
                found += await _database(connection)
                found += [await _wal(connection), await _backup(connection, settings)]
            finally:
                await connection.close()
    vendors = await asyncio.gather(*(_reachable(n, where) for n, where in _vendors(settings)))
    return [*found, *vendors]


async def _database(connection: Connection) -> list[Finding]:
    found = [await _commits(connection), await _clock(connection)]
    for about, query, good, mend in _COUNTS:
        try:
            count = await connection.fetchval(query)
        except asyncpg.PostgresError as failure:
            found.append(Finding(about, f"cannot be asked: {type(failure).__name__}"))
            continue
        found.append(Finding(about, f"{count} {good}", mend if count else ""))
    return found


def _disks(settings: Settings) -> list[Finding]:
    return [
        Finding(
            f"disk of {name}",
            f"{free:.0%} free",
            "" if free >= DISK_FREE_MIN else "docs/runbooks/disk.md",
        )
        for name, free in upkeep.disks(settings).items()
    ]


async def _certificate(settings: Settings) -> list[Finding]:
    ends = await upkeep.certificate_ends(settings)
    if ends is None:
        return []
    days = (ends - clock.now()).total_seconds() / 86_400
    mend = "" if days >= CERTIFICATE_DAYS_MIN else "renew it: docs/runbooks/certificate.md"
    return [Finding("certificate", f"good until {ends:%d %B %Y}, {days:.0f} days", mend)]


async def _wal(connection: Connection) -> Finding:
    kept = await upkeep.wal_kept(connection)
    lost = [who for who, is_kept in kept.items() if not is_kept]
    if lost:
        return Finding("WAL", f"{', '.join(lost)} does not keep it", "docs/runbooks/wal.md")
    return Finding("WAL", f"kept by {', '.join(kept) or 'nobody beside the database itself'}")


async def _backup(connection: Connection, settings: Settings) -> Finding:
    if settings.backups is Backups.ELSEWHERE:
        return Finding("backups", "elsewhere, as ARENAPULSE_BACKUPS says")
    try:
        last = await upkeep.last_backup(connection)
    except asyncpg.PostgresError as failure:
        return Finding("backups", f"cannot be asked: {type(failure).__name__}")
    hours = last.age_seconds / 3600
    text = f"the last one {hours:.0f} hours ago" if last.name else "none was ever told of"
    is_late = hours > BACKUP_HOURS_MAX and settings.is_production
    return Finding("backups", text, "docs/runbooks/backup.md" if is_late else "")


async def _commits(connection: Connection) -> Finding:
    times: list[float] = []
    for _ in range(COMMITS):
        begun = clock.monotonic_seconds()
        await connection.execute("SELECT pg_logical_emit_message(true, 'doctor', '')")
        times.append((clock.monotonic_seconds() - begun) * 1000)
    slowest = sorted(times)[int(COMMITS * 0.95) - 1]
    text = f"p95 of {COMMITS} is {slowest:.1f} ms"
    return Finding("commits", text, "a quicker disk" if slowest > COMMIT_MS_MAX else "")


async def _clock(connection: Connection) -> Finding:
    theirs = await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
    apart = abs(theirs - clock.unix_seconds())
    mend = (
        "" if apart < CLOCK_SECONDS_MAX else "NTP here and at the database: holds and codes run out"
    )
    return Finding("clocks", f"{apart * 1000:.0f} ms apart", mend)


def _vendors(settings: Settings) -> Sequence[tuple[str, str]]:
    """Those that are set up with a key, by where they are asked."""
    asked = (
        ("Stripe", settings.stripe_secret_key, settings.stripe_host or STRIPE),
        ("SendGrid", settings.sendgrid_api_key, settings.sendgrid_host or SENDGRID),
        ("Twilio", settings.twilio_account_sid, settings.twilio_host or TWILIO),
        ("mail server", settings.smtp_url, settings.smtp_url or ""),
        ("search cluster", settings.search_url, settings.search_url or ""),
        ("bucket", settings.media_endpoint, settings.media_endpoint or ""),
        ("traces", settings.otlp_url, settings.otlp_url or ""),
    )
    return [(name, where) for name, key, where in asked if key]


_PORTS: Final = {"https": 443, "http": 80, "smtps": 465, "smtp": 587}


async def _reachable(name: str, where: str) -> Finding:
    """Whether somebody listens there, by TLS where it is said; no key is shown to them."""
    parts = urlsplit(where)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme.split("+")[0], 443)
    begun = clock.monotonic_seconds()
    try:
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            _, writer = await asyncio.open_connection(
                host, port, ssl=True if parts.scheme in {"https", "smtps"} else None
            )
    except (OSError, TimeoutError) as failure:
        why = type(failure).__name__
        return Finding(
            name, f"{host}:{port} cannot be reached ({why})", "the network, or its address"
        )
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return Finding(name, f"{host}:{port} in {(clock.monotonic_seconds() - begun) * 1000:.0f} ms")


_STOCK: Final = """
SELECT count(*) FROM (
  SELECT s.id FROM stock s LEFT JOIN tickets t
    ON t.event_id = s.event_id AND t.section_id = s.section_id
    AND t.status IN ('RESERVED', 'VALID', 'CHECKED_IN')
  GROUP BY s.id, s.held, s.sold HAVING s.held + s.sold <> count(t.*)
) differing
"""
_LONG: Final = f"""
SELECT count(*) FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND xact_start < now() - interval '{LONG_SECONDS} s'
"""
_FULL: Final = f"""
SELECT (count(*) > current_setting('max_connections')::int * {CONNECTIONS_SHARE_MAX})::int
  FROM pg_stat_activity
"""
_SLOTS: Final = f"""
SELECT count(*) FROM pg_replication_slots
  WHERE NOT active
  AND pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) > {KEPT_WAL_BYTES_MAX}
"""
_INVALID: Final = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"

# About, what is counted, what it is called, and what to do where there is one.
_COUNTS: Final = (
    (
        "stock",
        _STOCK,
        "sections whose numbers differ from their tickets",
        "stop selling them and open an issue with the section",
    ),
    (
        "transactions",
        _LONG,
        f"open for over {LONG_SECONDS} s",
        "pg_stat_activity says whose; they hold up cleaning",
    ),
    (
        "connections",
        _FULL,
        "times past four fifths of max_connections",
        "a larger max_connections, or a smaller ARENAPULSE_DB_POOL",
    ),
    (
        "replication slots",
        _SLOTS,
        "left behind and keeping WAL",
        "start whoever read it (barman receive-wal), or pg_drop_replication_slot",
    ),
    (
        "indexes",
        _INVALID,
        "that a broken migration left invalid",
        "REINDEX INDEX CONCURRENTLY",
    ),
)
