"""Brings a database to `HEAD`, one process at a time, with time-outs.

`pre` migrations are safe before the new code runs, `post` ones after the old code is gone.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from arenapulse.migrations import roles
from arenapulse.runtime.db import engine_of

FOLDER = Path(__file__).parent
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "60s"
# Any constant will do, so long as all migrators share it.
ADVISORY_LOCK = 0x41524E41


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("path_separator", "os")
    return made


def head() -> str:
    """The revision that this code needs, as `HEAD` says and a test holds."""
    return (FOLDER / "HEAD").read_text().strip()


def newest() -> str | None:
    return ScriptDirectory.from_config(config()).get_current_head()


async def migrate(
    database_url: str, *, to: str | None = None, app_password: str | None = None
) -> None:
    """Runs what is missing, up to a revision or to `HEAD`; with a password it makes the roles, too.

    Twins wait for each other on an advisory lock.
    """
    engine = engine_of(database_url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
            await connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
            await connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
            if app_password is not None:
                await roles.make(connection, app_password=app_password)
            await roles.become_holder(connection)
            await roles.promise_rights(connection)
            await connection.commit()
            await connection.run_sync(_upgrade, to or head())
            await roles.give_rights(connection)
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, to: str) -> None:
    made = config()
    made.attributes["connection"] = connection
    command.upgrade(made, to)


async def current(database_url: str) -> str | None:
    """The revision the database is at, None for an empty one."""
    engine = engine_of(database_url)
    try:
        async with engine.connect() as connection:
            known = await connection.scalar(text("SELECT to_regclass('alembic_version')"))
            if known is None:
                return None
            found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)
    finally:
        await engine.dispose()


def main(database_url: str) -> None:
    asyncio.run(migrate(database_url))
