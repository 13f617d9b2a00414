"""Payment, cancellation and the end of a hold meet at two processes and a worker."""

from __future__ import annotations

import os

import pytest

from tests.races.contests import Arena, Found
from tests.races.lives import lives

# A minute in `make campaign`.
SECONDS = 60.0 if os.environ.get("ARENAPULSE_CAMPAIGN") else 3.0


ENDS = (
    "is CONFIRMED, charge SUCCEEDED",
    "is CANCELLED, charge none",
    "is CANCELLED, charge CANCELLED",
    "is EXPIRED, charge none",
    "is EXPIRED, charge CANCELLED",
)


def _met(found: Found) -> bool:
    """They met indeed: orders ended in each way, with and without a payment under way."""
    return all(found.verdicts[end] > 0 for end in ENDS)


@pytest.mark.usefixtures("till")
async def test_an_order_ends_in_one_way_and_its_money_with_it(arena: Arena) -> None:
    found = await lives(arena, seconds=SECONDS, until=_met)
    assert found.breaches == []
    assert _met(found), found.verdicts
