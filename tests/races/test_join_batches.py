"""A batch of joins by its own SQL function, against the same by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.lining import lined_up
from tests.worlds import make_world

LANES = 2
PEOPLE_MAX = 12
BATCHES = 12

Asked = tuple[UUID, int, UUID, int]
"""Event, lane, person, and the number of a place that is over."""


@dataclass
class Book:
    """Places as they ought to be: lane and number by event and person."""

    joined: dict[tuple[UUID, int], int] = field(default_factory=dict[tuple[UUID, int], int])
    places: dict[tuple[UUID, UUID], tuple[int, int]] = field(
        default_factory=dict[tuple[UUID, UUID], tuple[int, int]]
    )

    def join(self, batch: Sequence[Asked]) -> list[tuple[int, int, int, bool]]:
        """What counts of a batch is what a person asked for first."""
        for event, lane, person, afresh in batch:
            if afresh and self.places.get((event, person)) == (lane, afresh):
                del self.places[event, person]
        told: list[tuple[int, int, int, bool]] = []
        seen: set[tuple[UUID, UUID]] = set()
        for nth, (event, lane, person, _) in enumerate(batch, 1):
            has = self.places.get((event, person))
            is_first = (event, person) not in seen
            seen.add((event, person))
            is_new = has is None and is_first and self.joined.get((event, lane), 0) < PEOPLE_MAX
            if is_new:
                number = self.joined[event, lane] = self.joined.get((event, lane), 0) + 1
                has = self.places[event, person] = (lane, number)
            if has is not None:
                told.append((nth, *has, is_new))
        return told


async def joined(
    db: asyncpg.Connection, batch: Sequence[Asked]
) -> list[tuple[int, int, int, bool]]:
    rows = await db.fetch(
        "SELECT * FROM join_lanes($1, $2, $3, $4, $5, $6)",
        [event for event, _, _, _ in batch],
        [lane for _, lane, _, _ in batch],
        [person for _, _, person, _ in batch],
        [bytes(16) for _ in batch],
        [afresh for _, _, _, afresh in batch],
        PEOPLE_MAX,
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("world", range(3))
async def test_every_batch_gives_the_places_that_joining_one_by_one_would(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, world: int
) -> None:
    """Twice in a batch, in two lanes, in two events, over and again, and past the last place."""
    dice = random.Random(world)
    async with (
        lined_up(client, db, settings, status="ON_SALE") as one,
        lined_up(client, db, settings, status="ON_SALE") as other,
    ):
        events = [one.world.event_id, other.world.event_id]
        for event in events:
            await db.execute(
                "INSERT INTO waiting_lanes (event_id, lane, name, name_key, share)"
                " VALUES ($1, 1, 'Members', 'members', 10)",
                event,
            )
        people = [uuid4() for _ in range(20)]
        book = Book()
        for _ in range(BATCHES):
            batch: list[Asked] = []
            for _ in range(dice.randint(1, 15)):
                event, person = dice.choice(events), dice.choice(people)
                lane, afresh = dice.randrange(LANES), 0
                has = book.places.get((event, person))
                if has is not None and dice.random() < 0.3:
                    lane, afresh = has
                batch.append((event, lane, person, afresh))
            assert await joined(db, batch) == book.join(batch)
        rows = await db.fetch(
            "SELECT event_id, user_id, lane, number FROM waiting_places WHERE event_id = ANY ($1)",
            events,
        )
        assert {(row[0], row[1]): (row[2], row[3]) for row in rows} == book.places
        counts = await db.fetch(
            "SELECT event_id, lane, joined FROM waiting_lanes WHERE event_id = ANY ($1)", events
        )
        assert {(row[0], row[1]): row[2] for row in counts if row[2]} == book.joined


async def test_nobody_joins_a_lane_that_is_not_there(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        event, person = line.world.event_id, uuid4()
        assert await joined(db, [(event, 7, person, 0)]) == []
        assert await joined(db, [(event, 0, person, 0)]) == [(1, 0, 1, True)]
        assert await joined(db, [(event, 7, person, 0)]) == [(1, 0, 1, False)]


OTHERS = 30
CROWD = 3_000
# What a batch of three may look at in a table: its own rows, a few times over.
ROWS_MAX = 40
TABLES = ("waiting_places", "waiting_lanes", "waiting_rooms")


async def test_a_batch_costs_the_same_beside_many_who_wait(
    fresh_database_url: str, settings: Settings
) -> None:
    """Plans that were cached while nobody waited, once there are many events and people."""
    db = await asyncpg.connect(fresh_database_url)
    joiner = await asyncpg.connect(fresh_database_url)
    try:
        for table in TABLES:
            await db.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
        event = await _room(db, settings)
        first = uuid4()
        assert await joined(joiner, [(event, 0, first, 0)]) == [(1, 0, 1, True)]
        assert await joined(joiner, [(event, 0, first, 1)]) == [(1, 0, 2, True)]
        for _ in range(OTHERS):
            await joined(db, [(await _room(db, settings), 0, first, 0)])
        await db.execute(
            "SELECT count(*) FROM join_lanes($1, $2, $3, $4, $5, 4000000)",
            *([event] * CROWD, [0] * CROWD, [uuid4() for _ in range(CROWD)]),
            *([bytes(16)] * CROWD, [0] * CROWD),
        )
        async with joiner.transaction():
            batch: list[Asked] = [
                (event, 0, first, 2),
                (event, 0, uuid4(), 0),
                (event, 0, first, 0),
            ]
            rows = await joiner.fetch(
                "SELECT * FROM join_lanes($1, $2, $3, $4, $5, 4000000)",
                *([each[0] for each in batch], [each[1] for each in batch]),
                *([each[2] for each in batch], [bytes(16)] * 3, [each[3] for each in batch]),
            )
            read = await joiner.fetch(
                "SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)"
                " FROM pg_stat_xact_user_tables WHERE relname = ANY ($1)",
                list(TABLES),
            )
    finally:
        await joiner.close()
        await db.close()
    last = CROWD + 2
    assert [tuple(row) for row in rows] == [
        (1, 0, last + 1, True),
        (2, 0, last + 2, True),
        (3, 0, last + 1, False),
    ]
    looked_at = {row[0]: row[1] for row in read}
    assert set(looked_at) == set(TABLES)
    assert {name: many for name, many in looked_at.items() if many > ROWS_MAX} == {}


async def _room(db: asyncpg.Connection, settings: Settings) -> UUID:
    world = await make_world(db, settings)
    await db.execute(
        "INSERT INTO waiting_rooms (event_id, organization_id, sealed_seed, sealed_key, seal,"
        " sealed_at) VALUES ($1, $2, '', '', $3, now())",
        *(world.event_id, world.organization_id, bytes(32)),
    )
    await db.execute(
        "INSERT INTO waiting_lanes (event_id, lane, name, name_key, share)"
        " VALUES ($1, 0, 'Everybody', 'everybody', 100)",
        world.event_id,
    )
    return world.event_id
