"""Selling from several processes at once, and through the death of one."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.races import contests
from tests.races.contests import Arena, Found, deadlocks


@pytest.mark.asvs("V2.3.4")
async def test_four_hundred_connections_to_two_processes_on_a_hundred_places(
    arena: Arena,
) -> None:
    found = await contests.quota(arena, buyers=400, places=100)
    assert found == Found(Counter({"held": 100, "EVENT002": 300}), [])


async def test_orders_over_two_sections_named_in_either_order(arena: Arena) -> None:
    before = await deadlocks(arena)
    found = await contests.crossing_quotas(arena)
    assert found.breaches == []
    assert found.verdicts.keys() == {"held", "EVENT002"}
    assert await deadlocks(arena) == before


async def test_the_same_key_at_two_processes_makes_one_order(arena: Arena) -> None:
    found = await contests.same_key(arena, rounds=10)
    assert found == Found(Counter({"held": 80}), [])


async def test_a_key_for_two_orders_at_two_processes_makes_one_of_them(arena: Arena) -> None:
    found = await contests.one_key_for_two_orders(arena, rounds=10)
    assert found == Found(Counter({"held": 10, "IDEMPOTENCY001": 10}), [])


@pytest.mark.asvs("V2.3.3")
async def test_kill_9_in_the_middle_of_a_load_loses_nothing_and_doubles_nothing(
    arena: Arena,
) -> None:
    found = await contests.killed(arena)
    assert found.breaches == []
    assert found.verdicts["refused"] == 0
    assert found.verdicts["answered"] >= contests.ANSWERED_LEAST
