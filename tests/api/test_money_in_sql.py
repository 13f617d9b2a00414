"""The tax inside a price is the same in SQL and in Python, to the minor unit."""

from __future__ import annotations

import asyncpg

from arenapulse.core.money import tax_inside


async def test_tax_inside(db: asyncpg.Connection) -> None:
    totals = [0, 1, 2, 3, 99, 100, 101, 999, 4650, 9_300, 123_457, 10**12]
    rates = [0, 1, 700, 1_900, 2_000, 2_100, 9_999, 10_000]
    rows = await db.fetch(
        "SELECT t, r, tax_inside(t, r) AS tax FROM unnest($1::BIGINT[]) t, unnest($2::INTEGER[]) r",
        *(totals, rates),
    )
    assert len(rows) == len(totals) * len(rates)
    for row in rows:
        assert row["tax"] == tax_inside(row["t"], rate_basis_points=row["r"])
