"""The last that a person or a code may have, wanted in two sections at two processes at once."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.races import contests
from tests.races.contests import Arena, Found


@pytest.mark.asvs("V2.3.2")
async def test_a_person_has_exactly_as_many_places_as_they_may(arena: Arena) -> None:
    found = await contests.person_cap(arena, cap=5, people=4, each=10)
    assert found == Found(Counter({"held": 20, "ORDER003": 24}), [])


async def test_the_last_uses_of_a_code_are_used_once_each(arena: Arena) -> None:
    found = await contests.last_uses(arena, uses=5, buyers=40)
    assert found == Found(Counter({"held": 5, "PROMO001": 35}), [])


async def test_a_person_uses_a_code_as_often_as_they_may(arena: Arena) -> None:
    found = await contests.own_uses(arena, uses=3, people=4)
    assert found == Found(Counter({"held": 12, "PROMO001": 28}), [])
