"""What is counted at once is as if it had been counted order by order."""

from __future__ import annotations

import random
from uuid import uuid4

import asyncpg
import pytest

from arenapulse.core import clock
from arenapulse.core.ids import EventId, UserId, new_order_id
from arenapulse.core.settings import Settings
from arenapulse.orders import placing, queries
from arenapulse.orders.placing import PlaceOrder, PlannedLine
from tests.planting import source_of
from tests.worlds import Place, World, make_world

AT_ONCE = "IF line_count = order_count AND seat_count = 0"
HELD_MAX = 9
# What they leave behind, without what differs from run to run.
LEFT = (
    "SELECT to_jsonb(o) - 'created_at' FROM orders o WHERE event_id = $1 ORDER BY id",
    "SELECT to_jsonb(t) FROM tickets t WHERE event_id = $1 ORDER BY order_id, number",
    "SELECT to_jsonb(s) FROM stock s WHERE event_id = $1 ORDER BY id",
    "SELECT to_jsonb(p) FROM person_places p WHERE event_id = $1 ORDER BY person_id",
    (
        "SELECT to_jsonb(c) - 'created_at' - 'updated_at' - 'due_at' FROM charges c"
        " JOIN orders o ON o.id = c.order_id WHERE o.event_id = $1 ORDER BY c.order_id"
    ),
)


@pytest.fixture
async def slowly(db: asyncpg.Connection) -> str:
    """The same function without the way that is tried, in this connection alone."""
    source = source_of("place_orders")
    assert source.count(AT_ONCE) == 1
    source = source.replace(AT_ONCE, f"IF FALSE AND {AT_ONCE.removeprefix('IF ')}")
    named = "CREATE OR REPLACE FUNCTION place_orders("
    await db.execute(source.replace(named, named.replace("place_orders", "pg_temp.slowly")))
    return queries.PLACE_ORDERS.replace("place_orders(", "pg_temp.slowly(")


async def _made(db: asyncpg.Connection, settings: Settings, *, cap: int | None) -> World:
    places = (Place(30), Place(400), Place(300, amount=0, fee=0), Place(rows=(("A", 8),)))
    config: dict[str, object] = {} if cap is None else {"maxTicketsPerPerson": cap}
    return await make_world(db, settings, sections=places, config=config)


def _batch(dice: random.Random, world: World, people: list[UserId], size: int) -> list[PlaceOrder]:
    """Mostly what everybody asks for; now and then something else."""
    orders: list[PlaceOrder] = []
    odd = dice.random() < 0.5
    for _ in range(size):
        section = dice.choice((0, 1, 1, 1, 2))
        lines = [PlannedLine(world.section_ids[section], "STANDARD", dice.randint(1, 4))]
        pay = dice.choice((placing.BARE_HOLD, placing.CARD))
        if section == 2:
            pay = dice.choice((placing.BARE_HOLD, placing.CARD, placing.FREE))
        if odd and dice.random() < 0.1:
            other = dice.randrange(5)
            if other == 0:
                lines.append(PlannedLine(world.section_ids[1], "STANDARD", 1))
            elif other == 1:
                lines = [PlannedLine(world.section_ids[1], "NO SUCH", 1)]
            elif other == 2:
                pay = placing.FREE
            elif other == 3:
                pay = placing.GUEST_HOLD
            else:
                lines = [PlannedLine(world.section_ids[1], "STANDARD", 11)]
        orders.append(
            PlaceOrder(
                order_id=new_order_id(),
                event_id=EventId(world.event_id),
                user_id=dice.choice(people),
                lines=tuple(lines),
                pay=pay,
                token="pm_card_visa" if pay == placing.CARD else None,
                key=dice.choice((None, f"k{dice.randrange(10_000)}")),
                request_hash=dice.randrange(2**40),
            )
        )
    return orders


@pytest.mark.parametrize(("cap", "held_max"), [(None, None), (6, None), (None, HELD_MAX), (5, 9)])
async def test_at_once_is_as_one_after_the_other(
    db: asyncpg.Connection, settings: Settings, slowly: str, cap: int | None, held_max: int | None
) -> None:
    dice = random.Random(f"{cap} {held_max}")
    world = await _made(db, settings, cap=cap)
    people = [UserId(uuid4()) for _ in range(30)]
    placed = refused = 0
    for _ in range(12):
        batch = _batch(dice, world, people, dice.choice((1, 2, 7, 20)))
        _, values = placing.arguments(batch, now=clock.now(), held_places_max=held_max)
        found: list[list[object]] = []
        for sql in (slowly, queries.PLACE_ORDERS):
            asking = db.transaction()
            await asking.start()
            row = await db.fetchrow(sql, *values)
            assert row is not None
            left = [await db.fetch(look, world.event_id) for look in LEFT]
            found.append([dict(row), *([told[0] for told in rows] for rows in left)])
            if sql is slowly:
                await asking.rollback()
            else:
                await asking.commit()
        for one, other in zip(*found, strict=True):
            assert one == other
        placed += row["verdict"].count(0)
        refused += len(batch) - row["verdict"].count(0)
    assert placed
    assert refused


@pytest.mark.parametrize(
    "rule",
    [
        "order_refusal(a[x] > 0, a[x], a[x], x, a[x])",
        "line_refusal(b[x], a[x], a[x] > 0, x, a[x], x - a[x], a[x], x)",
        "money_refusal(a[x], b[x], a[x] > 0, x, a[a[x]], x)",
        "tax_inside(b[x], a[x])",
    ],
)
async def test_a_rule_that_has_a_name_costs_no_call(db: asyncpg.Connection, rule: str) -> None:
    arrays = (
        "SELECT 1 AS x, array_agg(g) AS a, array_agg(g::BIGINT) AS b FROM generate_series(1, 2) g"
    )
    plan = await db.fetch(f"EXPLAIN (VERBOSE, COSTS OFF) SELECT {rule} FROM ({arrays} OFFSET 0) t")
    told = "\n".join(row[0] for row in plan)
    assert "generate_series" in told
    assert rule.split("(", maxsplit=1)[0] not in told
