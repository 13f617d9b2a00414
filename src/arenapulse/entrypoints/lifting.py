"""`arenapulse analytics lift`: onto TimescaleDB, where PostgreSQL offers it."""

from __future__ import annotations

from collections.abc import Callable

from arenapulse.migrations.lift import NotOffered
from arenapulse.migrations.lift import lift as lift_tables


async def lift(database_url: str, *, say: Callable[[str], None]) -> int:
    """1 after a line that says what is missing, and nothing changed."""
    try:
        await lift_tables(database_url, say=say)
    except NotOffered as missing:
        say(str(missing))
        return 1
    say("what pages told lies in TimescaleDB's tables; a worker keeps them")
    return 0
