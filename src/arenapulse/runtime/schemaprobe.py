"""Whether the database is at the schema of this code: new code beside an old one answers with 500.

A roll-out may start its servers while it migrates; they are ready once that has come so far.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import asyncpg

from arenapulse.core import clock
from arenapulse.runtime.db import Database

HEAD: Final = Path(__file__).parents[1] / "migrations" / "HEAD"
ASKED_EVERY_SECONDS: Final = 0.5

_AT: Final = "SELECT version_num FROM alembic_version"


class SchemaBehind(Exception):
    """Migrations are missing, or still under way."""


class SchemaProbe:
    """One a process; it asks until it is so, and never again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._needed = HEAD.read_text().strip()
        self._turn = asyncio.Lock()
        self._asked_at = float("-inf")
        self._is_reached = False

    async def ask(self) -> None:
        """Raises `SchemaBehind`, or what kept it from asking."""
        if self._is_reached:
            return
        async with self._turn:
            if clock.monotonic_seconds() - self._asked_at >= ASKED_EVERY_SECONDS:
                self._is_reached = await self._look()
                self._asked_at = clock.monotonic_seconds()
        if not self._is_reached:
            raise SchemaBehind(f"the schema is not at {self._needed} yet: arenapulse migrate")

    async def _look(self) -> bool:
        try:
            at = await self._database.pool.fetchval(_AT)
        except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
            # Nobody has migrated yet, or the first who does gives rights at the end.
            return False
        # Older code beside a newer schema is what `pre` migrations are for.
        return at is not None and str(at) >= self._needed
