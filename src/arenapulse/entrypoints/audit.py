"""`arenapulse audit verify`: whether the audit log is as it was written."""

from __future__ import annotations

import asyncpg

from arenapulse.audit.queries import judge
from arenapulse.core.settings import Settings
from arenapulse.runtime.db import AS_SERVICE


async def verify(settings: Settings, *, known_head: str | None) -> int:
    """Prints how long the chain is and how it ends; 1 where it is broken, with a line each."""
    if settings.database_url is None:
        print("DATABASE_URL is not set")
        return 1
    connection = await asyncpg.connect(settings.database_url, server_settings=AS_SERVICE)
    try:
        chain = await judge(connection, known_head=known_head)
    finally:
        await connection.close()
    for fault in chain.faults:
        print(fault)
    print(f"{chain.sealed} rows are sealed; the last seal is {chain.head or 'none'}")
    return 1 if chain.faults else 0
