"""Numbered seats sold by two processes at once: no seat twice, no seat lost, the books agree."""

from __future__ import annotations

import asyncio
import os
from collections import Counter

import pytest

from tests.books import faults
from tests.races import contests
from tests.races.contests import Arena, Found, verdict
from tests.worlds import Place, make_fans

# A minute in `make campaign`.
FIGHT_SECONDS = 60.0 if os.environ.get("ARENAPULSE_CAMPAIGN") else 5.0


@pytest.mark.asvs("V2.3.4")
async def test_fifty_buyers_of_the_same_ten_seats(arena: Arena) -> None:
    found = await contests.same_seats(arena)
    assert found == Found(Counter({"held": 1, "SEAT001": 49}), [])


async def test_overlapping_seats_taken_and_given_back_at_random(arena: Arena) -> None:
    found = await contests.overlapping_seats(arena, seconds=FIGHT_SECONDS)
    assert found.breaches == []
    assert found.verdicts.keys() <= {"held", "SEAT001", "EVENT002"}
    assert found.verdicts["held"] > 0
    # How many collide depends on the machine: that some did is what makes it a race.
    assert found.verdicts["SEAT001"] > 0


@pytest.mark.parametrize("seats", [401, 301])
async def test_two_hundred_askers_for_two_seats_all_succeed_while_seats_last(
    arena: Arena, seats: int
) -> None:
    whole, rest = divmod(seats, 20)
    rows = tuple((f"R{n}", 20) for n in range(whole)) + ((("Z", rest),) if rest else ())
    world = await arena.world(Place(rows=rows))
    fans = await make_fans(arena.db, world, 200)
    body = world.order(quantity=2)
    answers = await asyncio.gather(*(arena.order(n, fan, body) for n, fan in enumerate(fans)))
    pairs = min(200, seats // 2)
    expected = {"held": pairs} | ({"EVENT002": 200 - pairs} if pairs < 200 else {})
    assert Counter(map(verdict, answers)) == expected
    assert await faults(arena.db) == []
    held = await arena.db.fetchval("SELECT held FROM stock WHERE event_id = $1", world.event_id)
    assert held == 2 * pairs
