"""Rows from before there were keys: they are folded by the migration, and found as new ones are."""

from __future__ import annotations

from uuid import UUID, uuid4

import asyncpg
from alembic import command
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from arenapulse.core.names import key
from arenapulse.core.settings import Settings
from arenapulse.migrations import run
from tests.conftest import TestEngines
from tests.worlds import make_world

BEFORE = "0016"


async def migrate(url: str, *, to: str) -> None:
    def upgrade(connection: Connection) -> None:
        made = run.config()
        made.attributes["connection"] = connection
        command.upgrade(made, to)

    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as connection:
        await connection.run_sync(upgrade)
        await connection.commit()
    await engine.dispose()


async def old_code(
    db: asyncpg.Connection, event_id: UUID, code: str, *, unlocks: str = "", is_gone: bool = False
) -> UUID:
    return await db.fetchval(
        "INSERT INTO promo_codes (id, event_id, code, kind, value, unlocks, deleted_at)"
        " VALUES ($1, $2, $3, 'PERCENT', 10, $4, CASE WHEN $5 THEN now() END) RETURNING id",
        *(uuid4(), event_id, code, [unlocks] if unlocks else [], is_gone),
    )


async def test_rows_of_before_are_brought_over(engines: TestEngines, settings: Settings) -> None:
    name = f"t_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(engines.database_url)
    await admin.execute(f"CREATE DATABASE {name}")
    url = engines.url_of(name)
    try:
        await migrate(url, to=BEFORE)
        db = await asyncpg.connect(url)
        try:
            world = await make_world(db, settings)
            event_id = world.event_id
            await db.execute("UPDATE events SET name = 'Cafe\u0301 Straße'")
            await old_code(db, event_id, "Plain")
            await old_code(db, event_id, "ΟΔΟΣ", unlocks="VIP")
            await old_code(db, event_id, "gone", unlocks="CLUB", is_gone=True)
            # Two codes by PostgreSQL's folding, one by ours: the elder keeps the name.
            twins = sorted([await old_code(db, event_id, c) for c in ("straße", "STRASSE")])
            await migrate(url, to="head")
            rows = await db.fetch("SELECT id, code, code_key, unlocks FROM promo_codes")
            keys = {row["code"]: row["code_key"] for row in rows}
            assert (keys["Plain"], keys["ΟΔΟΣ"], keys["gone"]) == (None, "οδοσ", None)
            by_id = {row["id"]: row["code_key"] or row["code"].lower() for row in rows}
            assert by_id[twins[0]] == "strasse"
            assert by_id[twins[1]] == f"strasse {twins[1]}"
            assert {row["code"]: row["unlocks"] for row in rows}["ΟΔΟΣ"] == ["VIP"]
            # Its level was given to everybody, and stays so.
            assert {row["code"]: row["unlocks"] for row in rows}["gone"] == []
            assert await db.fetchval("SELECT name_key FROM events") == key("Café Straße")
        finally:
            await db.close()
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
