"""Random worlds from seeds; `make simulate SEED=n` plays one again and prints its steps.

20 in `make test`, 200 in `make campaign`; with season tickets 2 and 40.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from tests.simulation.house import Power, own_database
from tests.simulation.plan import make_plan
from tests.simulation.simulation import play

IS_CAMPAIGN = bool(os.environ.get("ARENAPULSE_CAMPAIGN"))
SEEDS = 200 if IS_CAMPAIGN else 20
SEASONS = 40 if IS_CAMPAIGN else 2


@pytest.fixture(scope="module")
async def home(power: Power) -> AsyncIterator[Power]:
    """One database for all: each world begins by emptying it."""
    async with own_database(power) as own:
        yield own


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
async def test_a_world_stays_in_order(home: Power, seed: int) -> None:
    await play(home, seed)


@pytest.mark.parametrize("seed", range(1, SEASONS + 1))
async def test_a_world_with_season_tickets_stays_in_order(home: Power, seed: int) -> None:
    await play(home, seed, is_series=True)


def test_a_seed_gives_the_same_steps() -> None:
    assert make_plan(7) == make_plan(7)
    assert make_plan(7).steps != make_plan(8).steps
