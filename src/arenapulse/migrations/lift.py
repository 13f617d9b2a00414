"""What pages told, lifted from plain tables onto TimescaleDB: `arenapulse analytics lift`.

The tables are exchanged in one short transaction, from when on the intake writes to the new ones;
then each past day is moved in a transaction of its own. Cut off, it goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from arenapulse.migrations import roles
from arenapulse.migrations.run import ADVISORY_LOCK, LOCK_TIMEOUT
from arenapulse.runtime.db import engine_of

PRELOADED: Final = "timescaledb"


class NotOffered(Exception):
    """PostgreSQL has no TimescaleDB that could be used, and why."""


async def lift(database_url: str, *, say: Callable[[str], None]) -> None:
    """Done again, it does what is left. Raises `NotOffered`."""
    engine = engine_of(database_url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
            await connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
            await _require_offer(connection)
            await connection.execute(text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
            await connection.commit()
            if await connection.scalar(text("SELECT analytics_storage()")) == "plain":
                await _exchange(connection)
                say("what pages tell goes into TimescaleDB's tables from now on")
            await _move_days(connection, say=say)
    finally:
        await engine.dispose()


async def _require_offer(connection: AsyncConnection) -> None:
    if await connection.scalar(_OFFERED) is None:
        raise NotOffered("this PostgreSQL offers no TimescaleDB: install its package there")
    loaded = str(await connection.scalar(text("SHOW shared_preload_libraries")))
    if PRELOADED not in [name.strip() for name in loaded.split(",")]:
        raise NotOffered("shared_preload_libraries does not name timescaledb: add it, restart")
    if await _has_app(connection) and not await connection.scalar(_IS_SUPERUSER):
        raise NotOffered("a view goes over to the app's role: log in as a superuser for this once")


async def _has_app(connection: AsyncConnection) -> bool:
    """Whether the service logs in as another than who owns the tables."""
    found = await connection.scalar(_HAS_APP, {"app": roles.APP, "holder": roles.HOLDER})
    return found is not None


async def _exchange(connection: AsyncConnection) -> None:
    """Moves the counts by the minute, too, while nobody writes them: what has few rows."""
    owner = await connection.scalar(_OWNER)
    await connection.execute(text(f"SET ROLE {owner}"))
    raw: Any = await connection.get_raw_connection()
    exchange = files("arenapulse.migrations").joinpath("lift.sql").read_text()
    await raw.driver_connection.execute(exchange)
    await roles.give_rights(connection)
    await connection.execute(text("RESET ROLE"))
    if await _has_app(connection):
        # Only its owner may refresh it, and that is a worker. The holder keeps a right to it, or
        # its next GRANT on all tables would be refused.
        for statement in (
            f"ALTER MATERIALIZED VIEW analytics_hours OWNER TO {roles.APP}",
            f"GRANT SELECT ON analytics_hours TO {roles.HOLDER}",
        ):
            await connection.execute(text(statement))
    await connection.commit()


async def _move_days(connection: AsyncConnection, *, say: Callable[[str], None]) -> None:
    if await connection.scalar(_PLAIN) is None:
        return
    for name in [str(row) for row in await connection.scalars(_PARTS)]:
        moved = await connection.execute(text(f"INSERT INTO analytics_events SELECT * FROM {name}"))
        await connection.execute(text(f"DROP TABLE {name}"))
        await connection.commit()
        if moved.rowcount:
            say(f"{name}: {moved.rowcount:,} rows moved")
    await connection.execute(text("DROP TABLE analytics_events_plain"))
    await connection.commit()


_OFFERED: Final = text(
    "SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'"
)
_HAS_APP: Final = text(
    "SELECT 1 FROM pg_roles a, pg_roles h, pg_class c "
    "WHERE a.rolname = :app AND h.rolname = :holder "
    "AND c.oid = 'analytics_minutes'::regclass AND c.relowner = h.oid"
)
_IS_SUPERUSER: Final = text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
_OWNER: Final = text(
    "SELECT relowner::regrole::TEXT FROM pg_class WHERE oid = 'analytics_minutes'::regclass"
)
_PLAIN: Final = text("SELECT to_regclass('analytics_events_plain')")
_PARTS: Final = text(
    "SELECT i.inhrelid::regclass::TEXT FROM pg_inherits i "
    "WHERE i.inhparent = 'analytics_events_plain'::regclass ORDER BY 1"
)
