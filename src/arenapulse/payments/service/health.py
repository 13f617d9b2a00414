"""How the vendor is doing, as the charges show it."""

from __future__ import annotations

from typing import Final

from arenapulse.runtime.db import Database

CHARGES_LEAST: Final = 10
"""Fewer under way say nothing."""


async def struggling_share(database: Database) -> float:
    """The share of charges under way that had to be tried again; 0 where there are few."""
    row = await database.pool.fetchrow(_STRUGGLING)
    assert row is not None
    tried_again, all_of_them = row
    return 0.0 if all_of_them < CHARGES_LEAST else tried_again / all_of_them


_STRUGGLING: Final = """
SELECT count(*) FILTER (WHERE tries > 1), count(*) FROM charges
WHERE due_at IS NOT NULL AND status IN ('DUE', 'PROCESSING')
"""
