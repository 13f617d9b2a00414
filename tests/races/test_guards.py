"""Each race with its guard cut out of the database: it must find what the guard prevents.

First the hole is made wide, with every guard in its place: a pause between what `place_orders` has
read and what it writes, as the scheduler makes them rarely. Then the lock goes. Where a constraint
or an index stands behind it, that must hold alone; with both gone the race must find the damage.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import asyncpg
import pytest

from tests.planting import REPLAY_LOOK, SETTLING_LOCK, Bug, planted, repaired
from tests.races import contests
from tests.races.contests import Arena, Found
from tests.races.lives import lives
from tests.simulation.house import TABLES

PAUSE = Bug(
    "place_orders",
    "  IF any_placed THEN\n    INSERT INTO orders",
    "  IF any_placed THEN PERFORM pg_sleep(0.05);\n    INSERT INTO orders",
)
STOCK_LOCK = Bug(
    "place_orders",
    "PERFORM 1 FROM stock WHERE id = ANY (k_stock) ORDER BY id FOR NO KEY UPDATE;",
    "",
)
PROMO_LOCK = Bug(
    "place_orders",
    "PERFORM 1 FROM promo_codes WHERE id = ANY (p_id) ORDER BY id FOR NO KEY UPDATE;",
    "",
)
PERSON_LOCK = Bug(
    "place_orders",
    "ORDER BY event_id, person_id FOR NO KEY UPDATE;",
    "ORDER BY event_id, person_id;",
)


SETTLING_PAUSE = Bug(
    "release_places",
    "    taken := change.taken_seats;",
    "    PERFORM pg_sleep(0.02); taken := change.taken_seats;",
)
CONFIRMS_ANYTHING = Bug(
    "move_orders",
    "AND may_move(o.status, p_to) AND CASE p_to\n"
    "        WHEN 'CONFIRMED' THEN may_move(o.payment_status, 'SUCCEEDED')",
    "AND (p_to = 'CONFIRMED' OR may_move(o.status, p_to)) AND CASE p_to\n"
    "        WHEN 'CONFIRMED' THEN TRUE",
)


@dataclass(frozen=True)
class Guard:
    race: Callable[[Arena], Awaitable[Found]]
    finds: str
    lock: Bug | None = None
    behind: str | None = None
    pause: Bug = PAUSE


GUARDS = {
    "quota": Guard(contests.quota, "nothing is above its capacity", STOCK_LOCK, "never_oversold"),
    "the same seats": Guard(
        contests.same_seats, "no seat is sold twice", STOCK_LOCK, "idx_tickets_seat"
    ),
    "seats that come back": Guard(
        partial(contests.overlapping_seats, seconds=1.0),
        "each bit says",
        SETTLING_LOCK,
        pause=SETTLING_PAUSE,
    ),
    # The index keeps tickets apart, and the bits of two who write at once it cannot keep.
    "overlapping seats": Guard(
        partial(contests.overlapping_seats, seconds=1.0), "each bit says", STOCK_LOCK
    ),
    "the same key": Guard(
        contests.same_key, "an order is there once", STOCK_LOCK, "idx_orders_key"
    ),
    "one key for two orders": Guard(
        contests.one_key_for_two_orders, "an order is there once", behind="idx_orders_key"
    ),
    # The pause leaves no moment in which nobody's order is on its way.
    "kill -9": Guard(contests.killed, "asked twice", REPLAY_LOOK, "idx_orders_key"),
    "a person's places": Guard(contests.person_cap, "of 5 places", PERSON_LOCK),
    "a code's uses": Guard(
        contests.last_uses, "a promo code was used", PROMO_LOCK, "never_overused"
    ),
    "a person's uses of a code": Guard(contests.own_uses, "a person used a promo code", PROMO_LOCK),
}

RACES_MAX = 5


@contextlib.asynccontextmanager
async def without(arena: Arena, *bugs: Bug, behind: str | None = None) -> AsyncIterator[None]:
    """The arena with bugs in its functions and less a constraint; then whole again, and empty."""
    drop, restore = "", ""
    if behind is not None:
        drop, restore = await _ways_of(arena.db, behind)
    right = repaired(bugs)
    await arena.db.execute(drop + planted(bugs))
    try:
        yield
    finally:
        # The ledger lets nobody change it, but its owner may put that aside.
        emptied = "; ".join(f"DELETE FROM {table}" for table in TABLES)
        await arena.db.execute(
            "ALTER TABLE ledger_entries DISABLE TRIGGER ledger_is_for_ever; "
            f"{emptied}; ALTER TABLE ledger_entries ENABLE TRIGGER ledger_is_for_ever"
        )
        await arena.db.execute(right + restore)


async def _ways_of(db: asyncpg.Connection, name: str) -> tuple[str, str]:
    """How to drop a constraint or an index, and how to make it again."""
    row = await db.fetchrow(
        "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I;', conrelid::regclass, conname),"
        " format('ALTER TABLE %s ADD CONSTRAINT %I %s;', conrelid::regclass, conname,"
        "   pg_get_constraintdef(oid)) FROM pg_constraint WHERE conname = $1"
        " UNION ALL SELECT format('DROP INDEX %I;', relname), pg_get_indexdef(oid) || ';'"
        " FROM pg_class WHERE relkind = 'i' AND relname = $1",
        name,
    )
    assert row is not None, f"{name} is not there: the guard changed"
    return row[0], row[1]


@pytest.mark.parametrize("name", GUARDS)
async def test_a_race_finds_what_its_guard_prevents(arena: Arena, name: str) -> None:
    guard = GUARDS[name]
    async with without(arena, guard.pause):
        found = await guard.race(arena)
        assert found.breaches == [], "broken with every guard in its place"
    bugs = (guard.pause,) if guard.lock is None else (guard.pause, guard.lock)
    if guard.behind is not None:
        async with without(arena, *bugs):
            found = await guard.race(arena)
            assert found.breaches == [], f"{guard.behind} does not hold alone"
    async with without(arena, *bugs, behind=guard.behind):
        # On a busy machine the two may come one after the other, and nothing breaks that time.
        for _ in range(RACES_MAX):
            found = await guard.race(arena)
            if found.breaches:
                break
    assert any(guard.finds in breach for breach in found.breaches), found


@pytest.mark.usefixtures("till")
async def test_the_race_of_payments_finds_a_cancelled_order_that_is_confirmed(arena: Arena) -> None:
    async with without(arena, CONFIRMS_ANYTHING):
        found = await lives(arena, seconds=2, until=lambda found: bool(found.breaches))
    assert any("an order has its tickets" in breach for breach in found.breaches), found
