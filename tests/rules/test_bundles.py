"""Of small batches many are one fact; none is cut, lost or out of its place."""

from __future__ import annotations

import datetime as dt

import pytest

from arenapulse.core.ids import new_id, new_order_id
from arenapulse.orders.facts import PlacedBatch
from arenapulse.orders.service.spreading import bundles

NOW = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)


def batch(orders: int) -> PlacedBatch:
    ids = tuple(new_order_id() for _ in range(orders))
    return PlacedBatch(fact_id=new_id(), at=NOW, orders=ids, places=(1,) * orders)


@pytest.mark.parametrize(
    ("sizes", "together"),
    [
        ([], []),
        ([1, 1, 1], [[1, 1, 1]]),
        ([60, 40, 1], [[60, 40], [1]]),
        ([1, 250, 1], [[1], [250], [1]]),
    ],
)
def test_small_batches_are_bundled(sizes: list[int], together: list[list[int]]) -> None:
    batches = [batch(size) for size in sizes]
    made = list(bundles(batches))
    assert [[len(each.orders) for each in bundle] for bundle in made] == together
    assert [each for bundle in made for each in bundle] == batches
