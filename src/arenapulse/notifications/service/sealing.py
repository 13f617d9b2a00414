"""Numbers of text messages that stand in clear, from before they were sealed, are brought over."""

from __future__ import annotations

from typing import Final

from arenapulse.notifications.queries import numbers
from arenapulse.notifications.terms import SEALED_LANES, address_place, recipient_place
from arenapulse.runtime.db import Database

ROWS_PER_ROUND: Final = 500
ROUNDS_MAX: Final = 100_000


async def seal_numbers(database: Database) -> int:
    """Some hundreds a transaction; how many. Who is interrupted goes on with what is left."""
    sealed = 0
    for _ in range(ROUNDS_MAX):
        found = await _seal_some(database)
        sealed += found
        if found == 0:
            break
    return sealed


async def _seal_some(database: Database) -> int:
    async with database.transaction() as session:
        connection = await session.driver()
        messages = await connection.fetch(_MESSAGES_IN_CLEAR, ROWS_PER_ROUND)
        for row in messages:
            place = recipient_place(row["id"])
            written = numbers.sealed(session, number=row["recipient"], place=place)
            await connection.execute(_SEAL_MESSAGE, row["id"], *written)
        suppressed = await connection.fetch(_SUPPRESSED_IN_CLEAR, ROWS_PER_ROUND)
        for row in suppressed:
            place = address_place(row["id"])
            written = numbers.sealed(session, number=row["address"], place=place)
            if await connection.execute(_SEAL_SUPPRESSED, row["id"], *written) == "UPDATE 0":
                # Written down once more since: one row says it.
                await connection.execute("DELETE FROM suppressions WHERE id = $1", row["id"])
    return len(messages) + len(suppressed)


_MESSAGES_IN_CLEAR: Final = """
SELECT id, recipient FROM messages
  WHERE channel = 'SMS' AND recipient <> '' AND recipient_sealed IS NULL
  ORDER BY id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
"""
_SEAL_MESSAGE: Final = f"""
UPDATE messages SET recipient = $2, recipient_sealed = $3,
    priority = priority + CASE WHEN priority < {SEALED_LANES} THEN {SEALED_LANES} ELSE 0 END
  WHERE id = $1
"""
# What code of before wrote of a message of ours has its index, with a dot in it, and stays.
_SUPPRESSED_IN_CLEAR: Final = """
SELECT id, address FROM suppressions
  WHERE channel = 'SMS' AND address_sealed IS NULL AND position('.' IN address) = 0
  ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
"""
_SEAL_SUPPRESSED: Final = """
UPDATE suppressions s SET address = $2, address_sealed = $3 WHERE id = $1
  AND NOT EXISTS (SELECT 1 FROM suppressions o WHERE o.channel = 'SMS' AND o.address = $2)
"""
