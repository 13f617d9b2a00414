"""What was due before the runner is due after it, and whose it is is known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from arenapulse.migrations import run as migrations
from tests.conftest import TestEngines

ORGANIZATION, EVENT, WAITING, PAID = (UUID(int=n << 12) for n in (1, 2, 3, 4))


async def upgrade(url: str, *, to: str) -> None:
    def work(connection: Connection) -> None:
        config = migrations.config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)

    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as connection:
        await connection.run_sync(work)
        await connection.commit()
    await engine.dispose()


@pytest.fixture
async def old_url(engines: TestEngines) -> AsyncIterator[str]:
    """A database as it was before charges and refunds had a runner."""
    name = f"old_{uuid4().hex[:12]}"
    db = await asyncpg.connect(engines.database_url)
    await db.execute(f"CREATE DATABASE {name}")
    url = urlunsplit(urlsplit(engines.database_url)._replace(path=f"/{name}"))
    await upgrade(url, to="0012")
    yield url
    await db.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await db.close()


async def fill(db: asyncpg.Connection) -> None:
    """One charge that is due, and one that is taken, with a refund that is due."""
    # The venue and the people around it are no matter here.
    for column in ("venue_id", "organization_id", "chart_id"):
        await db.execute(f"ALTER TABLE events DROP CONSTRAINT events_{column}_fkey")
    await db.execute(
        "INSERT INTO events (id, venue_id, organization_id, chart_id, name, start_time, end_time,"
        " status, capacity_config, pricing_tiers, currency) VALUES ($1, $1, $2, $1, 'Match', now(),"
        " now() + interval '2 hours', 'ON_SALE', '{}', '[]', 'EUR')",
        *(EVENT, ORGANIZATION),
    )
    for order_id in (WAITING, PAID):
        await db.execute(
            "INSERT INTO orders (id, event_id, user_id, created_at, expires_at, subtotal, fees,"
            " tax, total, tax_rate, hold_seconds, status, payment_status, placed_status,"
            " placed_payment_status, payment_method, currency, request_hash) VALUES ($1, $2, $1,"
            " now(), now() + interval '480 seconds', 100, 0, 0, 100, 0, 480, 'PENDING',"
            " 'PROCESSING', 'PENDING', 'PROCESSING', 'card', 'EUR', 0)",
            *(order_id, EVENT),
        )
    await db.execute(
        "INSERT INTO charges (order_id, attempt, amount, currency, token, status, due_at,"
        " created_at) VALUES ($1, 1, 100, 'EUR', 'pm_card_visa', 'PROCESSING', now(), now()),"
        " ($2, 1, 100, 'EUR', 'pm_card_visa', 'SUCCEEDED', NULL, now())",
        *(WAITING, PAID),
    )
    await db.execute(
        "INSERT INTO refunds (id, order_id, attempt, amount, currency, reason, numbers, status,"
        " due_at, created_at, updated_at) VALUES ($1, $1, 1, 100, 'EUR', 'Rain', '{1}', 'PENDING',"
        " now(), now(), now())",
        PAID,
    )


async def test_what_waited_before_is_taken_in_its_tenants_turn(old_url: str) -> None:
    db = await asyncpg.connect(old_url)
    await fill(db)
    await upgrade(old_url, to="0014")
    for table, column in (("charges", "order_id"), ("refunds", "id")):
        rows = await db.fetch(
            f"SELECT {column}, organization_id, taken_by, tries, stuck_at FROM {table}"
            " WHERE due_at <= now()"
        )
        expected = WAITING if table == "charges" else PAID
        assert [tuple(row) for row in rows] == [(expected, ORGANIZATION, None, 0, None)]
    # A charge that is made from now on knows it too.
    await db.execute("DELETE FROM charges WHERE order_id = $1", WAITING)
    await db.execute("SELECT due_charges(ARRAY[$1::UUID], ARRAY['pm_card_visa'], now())", WAITING)
    assert (
        await db.fetchval("SELECT organization_id FROM charges WHERE status = 'DUE'")
        == ORGANIZATION
    )
    await db.close()


async def test_a_migration_that_fails_halfway_leaves_nothing(old_url: str) -> None:
    """Its first command is in its transaction."""
    db = await asyncpg.connect(old_url)
    # The last thing that 0014 does to a table cannot be done.
    await db.execute("ALTER TABLE charges DROP CONSTRAINT live_is_due")
    with pytest.raises(Exception, match="live_is_due"):
        await upgrade(old_url, to="0014")
    assert not await db.fetchval(
        "SELECT count(*) FROM information_schema.columns "
        "WHERE table_name = 'charges' AND column_name = 'taken_by'"
    )
    assert await db.fetchval("SELECT version_num FROM alembic_version") == "0013"
    await db.close()
