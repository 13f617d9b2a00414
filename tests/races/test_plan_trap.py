"""Plans that were cached while the tables were small, once they have grown."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

import asyncpg
import pytest

from arenapulse.core.ids import EventId, UserId, new_order_id
from arenapulse.core.settings import Settings
from arenapulse.orders import queries
from arenapulse.orders.placing import BARE_HOLD, PlaceOrder, PlannedLine, arguments
from tests.planting import source_of
from tests.worlds import Fan, Place, World, make_fans, make_world

OTHER_EVENTS = 150
TABLES = (
    "events",
    "stock",
    "tier_prices",
    "promo_codes",
    "promo_people",
    "person_places",
    "orders",
    "tickets",
    "charges",
)
# What one order may look at in a table: its own rows, a few times over.
ROWS_MAX = 40


def _order(world: World, fan: Fan) -> PlaceOrder:
    return PlaceOrder(
        order_id=new_order_id(),
        event_id=EventId(world.event_id),
        user_id=UserId(fan.user_id),
        lines=(PlannedLine(world.section_ids[0], "STANDARD", 1),),
        pay=BARE_HOLD,
        token=None,
        key=f"k{uuid4()}",
        request_hash=0,
        promo_code="WELCOME",
    )


async def _place(connection: asyncpg.Connection, order: PlaceOrder) -> UUID:
    _, values = arguments([order], now=dt.datetime.now(dt.UTC), held_places_max=1_000)
    row = await connection.fetchrow(queries.PLACE_ORDERS, *values)
    assert row is not None
    assert row["verdict"] == [0]
    return order.order_id


async def _charge(connection: asyncpg.Connection, order_id: UUID) -> None:
    now = dt.datetime.now(dt.UTC)
    args = ([order_id], ["pm_card_visa"], now)
    assert await connection.fetchval("SELECT due_charges($1, $2, $3)", *args) == 1


async def _live(connection: asyncpg.Connection, order: PlaceOrder, *, ending: str) -> None:
    """An order is placed, is paid where it is to be confirmed, and ends."""
    order_id = await _place(connection, order)
    if ending == "CONFIRMED":
        await _charge(connection, order_id)
    await _settle(connection, order_id, to=ending)


async def _settle(connection: asyncpg.Connection, order_id: UUID, *, to: str) -> None:
    row = await connection.fetchrow(
        queries.SETTLE_ORDERS, [order_id], to, dt.datetime.now(dt.UTC), False, None, (), ()
    )
    assert row is not None
    assert row["moved"] == [order_id]


async def _world(db: asyncpg.Connection, settings: Settings) -> World:
    world = await make_world(
        db, settings, sections=(Place(100),) * 2, config={"maxTicketsPerPerson": 50}
    )
    await db.execute(
        "INSERT INTO promo_codes (id, event_id, code, kind, value, max_uses, max_per_person)"
        " VALUES (gen_random_uuid(), $1, 'WELCOME', 'PERCENT', 10, 90, 50)",
        world.event_id,
    )
    return world


async def _looked_at(connection: asyncpg.Connection) -> dict[str, int]:
    """Rows of each table that this transaction read, by whatever scan."""
    rows = await connection.fetch(
        "SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS read"
        " FROM pg_stat_xact_user_tables WHERE relname = ANY ($1)",
        list(TABLES),
    )
    return {row["relname"]: row["read"] for row in rows}


async def _without_statistics(db: asyncpg.Connection) -> None:
    for table in TABLES:
        await db.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")


@pytest.mark.parametrize("ending", ["CONFIRMED", "CANCELLED"])
async def test_an_order_costs_the_same_beside_many_events(
    fresh_database_url: str, settings: Settings, ending: str
) -> None:
    db = await asyncpg.connect(fresh_database_url)
    seller = await asyncpg.connect(fresh_database_url)
    try:
        await _without_statistics(db)
        world = await _world(db, settings)
        fan, stranger = await make_fans(db, world, 2)
        # Plans are made and cached now, while each table has a row or two.
        await _live(seller, _order(world, fan), ending=ending)
        for _ in range(OTHER_EVENTS):
            other = await _world(db, settings)
            await _place(db, _order(other, stranger))
        async with seller.transaction():
            await _live(seller, _order(world, fan), ending=ending)
            looked_at = await _looked_at(seller)
    finally:
        await seller.close()
        await db.close()
    assert set(looked_at) >= {"events", "stock", "tier_prices", "promo_codes", "orders"}
    assert {name: rows for name, rows in looked_at.items() if rows > ROWS_MAX} == {}


async def test_the_shares_of_a_discount_are_counted_once_for_all_tickets(
    db: asyncpg.Connection,
) -> None:
    # A nested loop, and no other is allowed there, would begin them anew for each.
    _, body, _ = source_of("spread_discounts").split("$$")
    await db.execute(f"PREPARE spreading (UUID[]) AS {body.replace('p_orders', '$1')}")
    plan = await db.fetch("EXPLAIN (COSTS OFF) EXECUTE spreading ('{}')")
    await db.execute("DEALLOCATE spreading")
    assert "CTE ranked" in "\n".join(row[0].strip() for row in plan).split("\n")
