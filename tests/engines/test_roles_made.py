"""`arenapulse migrate` at a managed database: it makes the roles that a superuser else would."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from arenapulse.core.settings import Settings
from arenapulse.migrations import run as migrations
from arenapulse.runtime.engines import Engines
from arenapulse.runtime.engines.folder import claimed

FIRST, SECOND = "of-the-first-time-0123", "of-the-second-time-4567"
# As RDS gives its master user; what the embedded engine has made is out of the way.
MANAGED = (
    "ALTER ROLE arenapulse_app RENAME TO former_app",
    "ALTER ROLE arenapulse_owner RENAME TO former_owner",
    "CREATE ROLE boss LOGIN CREATEROLE CREATEDB PASSWORD 'boss'",
    "CREATE DATABASE managed OWNER boss",
)


async def test_who_may_make_roles_makes_them_and_the_app_owns_nothing(data: Path) -> None:
    settings = Settings().model_copy(
        update={"data_folder": data, "database_url": None, "redis_url": "redis://none"}
    )
    with claimed(settings.data_folder) as folder, Engines(settings, folder=folder) as engines:
        engine = engines._postgres
        assert engine is not None
        for statement in MANAGED:
            engine._ask(statement)
        place = urlsplit(engines.urls.database_url)

        def url(account: str) -> str:
            netloc = f"{account}@{place.hostname}:{place.port}"
            return urlunsplit(place._replace(netloc=netloc, path="/managed"))

        await migrations.migrate(url("boss:boss"), app_password=FIRST)
        await migrations.migrate(url("boss:boss"), app_password=SECOND)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(url(f"arenapulse_app:{FIRST}"))
        app = await asyncpg.connect(url(f"arenapulse_app:{SECOND}"))
        assert await app.fetchval("SELECT count(*) FROM orders") == 0
        owners = await app.fetch(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        )
        assert [row[0] for row in owners] == ["arenapulse_owner"]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("CREATE TABLE mine (a INT)")
        await app.close()
