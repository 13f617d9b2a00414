"""A database that the code of version 8 made and sold from comes up to this one while it sells.

It rests at versions between, where the code of version 8 sells and gives back: whoever comes from
any of them comes with orders, payments and refunds.
`tests/upgrades/functions_0008.sql` are the functions as that code left them.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from arenapulse.core.ids import EventId, OrderId, UserId, new_id, new_order_id
from arenapulse.core.settings import Settings
from arenapulse.migrations import run as migrations
from arenapulse.orders.placing import BARE_HOLD, CARD, FREE, PlaceOrder, PlannedLine, arguments
from arenapulse.runtime.db import SERVICE
from arenapulse.wiring import make_core, make_jobs, make_runtime
from tests.books import faults
from tests.conftest import TestEngines, as_app, client_of, settings_for
from tests.paying import VISA, hold, refunds_of, till_of
from tests.twins import twin_gateway
from tests.worlds import Fan, Place, World, make_fans, make_world

FUNCTIONS = Path(__file__).parents[1] / "upgrades" / "functions_0008.sql"
NAMES = (
    *("spread_discounts", "place_orders", "lock_places", "settle_orders", "recount_places"),
    *("flip_sold_out", "due_charges", "may_move", "in_flight", "record_fact"),
)
# What the code of version 8 says to them.
PLACE = f"SELECT * FROM place_orders({', '.join(f'${n}' for n in range(1, 27))})"
SETTLE = "SELECT * FROM settle_orders($1, $2::order_status, $3, $4, $5)"
PRICE = 4650
# It rests at every so manieth version.
EACH = 12
# A paper from before papers kept what they said, which 0105 writes down.
WITH_CAUSES = "0096"
INVOICE = f"""
INSERT INTO invoices
    (id, organization_id, year, number, kind, order_id, cause, amount, tax, currency, issued_at)
  SELECT gen_random_uuid(), $2, 2025, 1, 'INVOICE', id, 'order:' || id, {2 * PRICE}, tax, 'EUR',
    now() FROM orders WHERE id = $1
"""
NOTHING: dict[str, list[tuple[object, ...]]] = {
    table: [] for table in ("orders", "tickets", "charges", "refunds")
}
# What servers of today say with each connection.
WALLED = {"arenapulse.walled": "0109"}


async def again(ask: Callable[[], Awaitable[asyncpg.Record]]) -> asyncpg.Record:
    """As a batch and a job do it: what a deadlock with a migration ended is done again.

    So is what met a function in the moment it was replaced: "cache lookup failed".
    """
    for _ in range(5):
        try:
            return await ask()
        except (asyncpg.DeadlockDetectedError, asyncpg.InternalServerError):
            continue
    return await ask()


@dataclass
class OldShop:
    """The statements of version 8, on a connection that keeps them prepared."""

    db: asyncpg.Connection
    world: World
    fan: Fan
    placed: list[UUID] = field(default_factory=list)

    async def place(self, *, pay: int = BARE_HOLD, quantity: int = 2, section: int = 0) -> UUID:
        order = PlaceOrder(
            order_id=new_order_id(),
            event_id=EventId(self.world.event_id),
            user_id=UserId(self.fan.user_id),
            lines=(PlannedLine(self.world.section_ids[section], "STANDARD", quantity),),
            pay=pay,
            token=VISA if pay == CARD else None,
            key=f"old-{secrets.token_hex(6)}",
            request_hash=1,
        )
        _, values = arguments([order], now=dt.datetime.now(dt.UTC))
        row = await again(lambda: self.db.fetchrow(PLACE, *values[:26]))
        assert row["verdict"] == [0]
        self.placed.append(order.order_id)
        return order.order_id

    async def settle(self, order_id: UUID, to: str, *, numbers: list[int] | None = None) -> None:
        now = dt.datetime.now(dt.UTC)

        async def in_a_transaction() -> asyncpg.Record:
            # As a session has it: there nothing is prepared anew by itself.
            async with self.db.transaction():
                return await self.db.fetchrow(SETTLE, [order_id], to, now, False, numbers)

        row = await again(in_a_transaction)
        assert row["moved"] == [order_id]

    async def sell(self, *, section: int = 0) -> UUID:
        """Paid and captured, as the till of version 8 leaves it."""
        order_id = await self.place(pay=CARD, section=section)
        await self.settle(order_id, "CONFIRMED")
        intent = f"pi_{secrets.token_hex(8)}"
        await self.db.execute(
            "UPDATE charges SET status = 'SUCCEEDED', due_at = NULL, intent_id = $2"
            " WHERE order_id = $1",
            *(order_id, intent),
        )
        await self.db.execute(
            "INSERT INTO sandbox_intents (id, order_id, attempt, amount, currency, status,"
            " client_secret, captured) VALUES ($1, $2, 1, $3, 'EUR', 'succeeded', 's', $3)",
            *(intent, order_id, 2 * PRICE),
        )
        return order_id

    async def ask_refund(self, order_id: UUID, *, number: int) -> UUID:
        """Due, as version 8 leaves it."""
        refund_id = new_id()
        await self.db.execute(
            "INSERT INTO refunds (id, order_id, attempt, amount, currency, reason, numbers,"
            " status, due_at, created_at, updated_at)"
            " VALUES ($1, $2, 1, $3, 'EUR', 'ill', $4, 'PENDING', now(), now(), now())",
            *(refund_id, order_id, PRICE, [number]),
        )
        await self.db.execute(
            "INSERT INTO refund_tickets (order_id, number, refund_id) VALUES ($1, $2, $3)",
            *(order_id, number, refund_id),
        )
        await self.db.execute(
            "UPDATE charges SET refunded = refunded + $2 WHERE order_id = $1", order_id, PRICE
        )
        return refund_id

    async def refund(self, order_id: UUID, *, number: int) -> None:
        refund_id = await self.ask_refund(order_id, number=number)
        await self.db.execute(
            "UPDATE refunds SET status = 'SUCCEEDED', due_at = NULL, vendor_id = $2 WHERE id = $1",
            *(refund_id, f"re_{secrets.token_hex(8)}"),
        )
        await self.db.execute(
            "UPDATE sandbox_intents SET refunded = refunded + $2 WHERE order_id = $1",
            *(order_id, PRICE),
        )
        await self.settle(order_id, "PARTIALLY_REFUNDED", numbers=[number])

    async def sell_on(self, until: asyncio.Event) -> int:
        """Places and gives up holds until it is told to stop; how many."""
        count = 0
        while not until.is_set():
            order_id = await self.place(section=1, quantity=1)
            await self.settle(order_id, "CANCELLED")
            count += 1
        return count


@pytest.fixture
async def old_url(engines: TestEngines) -> AsyncIterator[str]:
    """A database as the code of version 8 makes it."""
    name = f"old_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(engines.database_url)
    await admin.execute(f"CREATE DATABASE {name}")
    url = engines.url_of(name)
    try:
        await migrations.migrate(url, to="0008")
        db = await asyncpg.connect(url)
        forms = await db.fetch(
            "SELECT oid::REGPROCEDURE::TEXT FROM pg_proc WHERE proname = ANY ($1)", list(NAMES)
        )
        await db.execute(";".join(f"DROP FUNCTION {row[0]}" for row in forms))
        await db.execute(FUNCTIONS.read_text())
        await db.close()
        yield url
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()


# What code of before the walls says without naming who acts: a replay, a manifest and its delta,
# the taking of a ticket.
BEFORE_WALLS = (
    "SELECT count(*) FROM orders WHERE user_id IS NOT NULL AND idempotency_key IS NOT NULL",
    "SELECT count(*) FROM orders o JOIN tickets t ON t.order_id = o.id WHERE t.status = 'VALID'",
    "SELECT count(*) FROM presences WHERE is_inside",
    "SELECT count(*) FROM checkins WHERE sequence > 0",
    "SELECT count(*) FROM ticket_transfers WHERE token_hash IS NOT NULL",
    (
        "WITH taken AS (UPDATE tickets t SET code_version = t.code_version FROM orders o"
        " WHERE o.id = t.order_id RETURNING 1) SELECT count(*) FROM taken"
    ),
)


async def _as_before_the_walls(db: asyncpg.Connection, url: str, *, sold: UUID) -> None:
    """Older code sees what it saw; ours sees nothing that it does not say it may."""
    event = await db.fetchval("SELECT event_id FROM orders WHERE id = $1", sold)
    await db.execute(
        "INSERT INTO presences (event_id, order_id, number, is_inside, gate, device_id, changed_at)"
        " VALUES ($1, $2, 1, TRUE, 'A', 'd', now())",
        *(event, sold),
    )
    await db.execute(
        "INSERT INTO checkins (event_id, client_id, sequence, order_id, number, result, gate,"
        " device_id, actor_id, scanned_at, recorded_at, is_offline)"
        " VALUES ($1, 'c', 2, $2, 1, 'ADMITTED', 'A', 'd', $1, now(), now(), FALSE)",
        *(event, sold),
    )
    await db.execute(
        "INSERT INTO ticket_transfers (id, order_id, number, event_id, giver_id, email, token_hash,"
        " created_at, expires_at) VALUES ($1, $2, 2, $3, $1, 'a@b.test', sha256('t'), now(),"
        " now() + INTERVAL '1 day')",
        *(new_id(), sold, event),
    )
    all_of_it = [await db.fetchval(each) for each in BEFORE_WALLS]
    assert 0 not in all_of_it
    for said, expected in (({}, all_of_it), ({"arenapulse.walled": "on"}, [0] * 6)):
        app = await asyncpg.connect(as_app(url), server_settings=said)
        assert [await app.fetchval(each) for each in BEFORE_WALLS] == expected, said
        await app.close()
    for table in ("presences", "checkins", "ticket_transfers"):
        await db.execute(f"DELETE FROM {table}")
    await _hidden_as_before(db, url, event=event)
    for name in ("before_walls", "before_walls_of_promo"):
        source = await db.fetchval("SELECT prosrc FROM pg_proc WHERE proname = $1", name)
        until = await db.fetchval(f"SELECT {re.findall('.[0-9-]+ .+?.::TIMESTAMPTZ', source)[0]}")
        week = until - dt.datetime.now(dt.UTC)
        assert dt.timedelta(days=6, hours=23) < week <= dt.timedelta(days=7)


async def _hidden_as_before(db: asyncpg.Connection, url: str, *, event: UUID) -> None:
    """The release before 0109 looks into the table itself for prices that only a code shows."""
    await db.execute(
        "INSERT INTO promo_codes (id, event_id, code, kind, value, unlocks)"
        " VALUES ($1, $1, 'VIP', 'PERCENT', 0, '{VIP}')",
        event,
    )
    for said, many in (({}, 1), ({"arenapulse.walled": "on"}, 1), (WALLED, 0)):
        app = await asyncpg.connect(as_app(url), server_settings=said)
        assert await app.fetchval("SELECT count(*) FROM promo_codes") == many, said
        await app.close()
    await db.execute("DELETE FROM promo_codes WHERE id = $1", event)


async def _rows(db: asyncpg.Connection, orders: list[UUID]) -> dict[str, list[tuple[object, ...]]]:
    """What version 8 knows of these orders."""
    return {
        table: [tuple(row) for row in await db.fetch(query, orders)]
        for table, query in {
            "orders": "SELECT id, status::TEXT, payment_status::TEXT, total, expires_at, user_id"
            " FROM orders WHERE id = ANY ($1) ORDER BY id",
            "tickets": "SELECT order_id, number, status::TEXT, amount, fee, discount"
            " FROM tickets WHERE order_id = ANY ($1) ORDER BY 1, 2",
            "charges": "SELECT order_id, attempt, status::TEXT, amount, refunded, due_at"
            " FROM charges WHERE order_id = ANY ($1) ORDER BY 1, 2",
            "refunds": "SELECT id, order_id, status::TEXT, amount, numbers, due_at"
            " FROM refunds WHERE order_id = ANY ($1) ORDER BY 1",
        }.items()
    }


def _together(
    one: dict[str, list[tuple[object, ...]]], other: dict[str, list[tuple[object, ...]]]
) -> dict[str, list[tuple[object, ...]]]:
    """As one query of all of them would have it."""
    return {table: sorted(rows + other[table], key=str) for table, rows in one.items()}


def _rests_after(revision: str) -> list[str]:
    scripts = ScriptDirectory.from_config(migrations.config())
    later = sorted(each.revision for each in scripts.walk_revisions() if each.revision > revision)
    return [each for each in later if int(each) % EACH == 0]


@pytest.fixture
async def lines(old_url: str) -> AsyncIterator[tuple[asyncpg.Connection, asyncpg.Connection]]:
    """Two of the old code, closed whatever the test finds."""
    made = await asyncpg.connect(old_url), await asyncpg.connect(old_url)
    yield made
    for line in made:
        await line.close()


async def test_from_version_8_while_orders_flow(
    old_url: str, engines: TestEngines, lines: tuple[asyncpg.Connection, asyncpg.Connection]
) -> None:
    settings = settings_for(old_url, engines.redis_url)
    db, other = lines
    places = (Place(100), Place(1000), Place(10, amount=0, fee=0))
    world = await make_world(db, settings, sections=places, config={"maxTicketsPerPerson": 5000})
    (fan,) = await make_fans(db, world, 1)
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    old = OldShop(db, world, fan)
    held, free = await old.place(), await old.place(pay=FREE, section=2)
    due = await old.place(pay=CARD)
    sold, refunded, waiting = [await old.sell() for _ in range(3)]
    await old.refund(refunded, number=1)
    await old.ask_refund(waiting, number=2)
    before = await _rows(db, old.placed)

    flow, stop = OldShop(other, world, fan), asyncio.Event()
    selling = asyncio.create_task(flow.sell_on(stop))
    while len(flow.placed) < 5:  # noqa: ASYNC110 - the subject itself
        await asyncio.sleep(0.01)
    began = len(flow.placed)
    between: list[UUID] = []
    for revision in _rests_after("0008"):
        await migrations.migrate(old_url, to=revision)
        between += [await old.place(section=1), await old.sell(section=1)]
        await old.refund(between[-1], number=1)
        before = _together(before, await _rows(db, between[-2:]))
        if revision == WITH_CAUSES:
            await db.execute(INVOICE, sold, world.organization_id)
    await migrations.migrate(old_url)
    during = len(flow.placed) - began
    while len(flow.placed) < began + during + 5:
        assert not selling.done(), await selling
        await asyncio.sleep(0.01)
    stop.set()
    assert await selling == len(flow.placed)
    assert during > 0

    assert await migrations.current(old_url) == migrations.head()
    assert _together(await _rows(db, old.placed), NOTHING) == before
    assert await faults(db) == []
    said = await db.fetchval(
        "SELECT sheet -> 'lines' ->> 0 FROM invoices WHERE order_id = $1", sold
    )
    assert json.loads(said) == {"level": "STANDARD", "many": 2, "each": PRICE}
    await _as_before_the_walls(db, old_url, sold=sold)

    # What the old code left to do is done by the new, and both sell from the same places.
    async with _all_done(settings) as pay_back, client_of(settings) as client:
        new = await hold(client, fan, world)
        path = f"/api/v1/orders/{sold}/refunds"
        refund = await client.post(path, json={"reason": "ill"}, headers=manager.headers)
        assert refund.status_code == 202, refund.text
        await pay_back()
        cancelled = await client.post(f"/api/v1/orders/{held}/cancel", headers=fan.headers)
        assert cancelled.status_code == 200
    statuses = dict(
        await db.fetch("SELECT id, status::TEXT FROM orders WHERE NOT id = ANY ($1)", flow.placed)
    )
    assert statuses == {
        held: "CANCELLED",
        free: "CONFIRMED",
        due: "CONFIRMED",
        sold: "REFUNDED",
        refunded: "PARTIALLY_REFUNDED",
        waiting: "PARTIALLY_REFUNDED",
        OrderId(UUID(new["orderId"])): "PENDING",
        **dict.fromkeys(between[::2], "PENDING"),
        **dict.fromkeys(between[1::2], "PARTIALLY_REFUNDED"),
    }
    assert await faults(db) == []


@contextlib.asynccontextmanager
async def _all_done(settings: Settings) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """What a worker of today makes of what is due, and once more when it is asked."""
    runtime = make_runtime(settings, actor=SERVICE)
    jobs = make_jobs(make_core(runtime))
    async with contextlib.AsyncExitStack() as open_ones:
        open_ones.push_async_callback(runtime.redis.aclose)
        open_ones.push_async_callback(runtime.database.close)
        open_ones.push_async_callback(jobs.close)
        gateway = await open_ones.enter_async_context(twin_gateway(runtime.database))
        await runtime.database.open()
        refunds = refunds_of(runtime.database, gateway=gateway)
        await till_of(runtime.database, gateway=gateway).drain()
        await refunds.drain()
        yield refunds.drain
