"""What identity keeps sealed, and the bringing over of what stands in clear."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from arenapulse.core.ids import UserId
from arenapulse.identity.terms import (
    PHONE_PURPOSE,
    SIGNING_PURPOSE,
    TOTP_PURPOSE,
    phone_place,
    signing_place,
    totp_place,
)
from arenapulse.runtime.crypto import keyring_of
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.resealing import SealedColumn

ROWS_PER_ROUND: Final = 500
ROUNDS_MAX: Final = 100_000

COLUMNS: Final = (
    SealedColumn("users", "id", "phone_sealed", PHONE_PURPOSE, phone_place),
    SealedColumn("totp_factors", "user_id", "secret", TOTP_PURPOSE, totp_place),
    SealedColumn("api_keys", "id", "signing_secret", SIGNING_PURPOSE, signing_place),
)


def sealed_phone(session: Session, *, user_id: UserId, number: str | None) -> bytes | None:
    """As it is written: bound to the person's row, it opens nowhere else."""
    if number is None:
        return None
    return keyring_of(session).seal(
        number.encode(), purpose=PHONE_PURPOSE, bound_to=phone_place(user_id)
    )


async def seal_phones(database: Database) -> int:
    """Seals the numbers that stand in clear, some hundreds a transaction; how many."""
    sealed = 0
    for _ in range(ROUNDS_MAX):
        async with database.transaction() as session:
            rows = (await session.execute(_IN_CLEAR, {"rows": ROWS_PER_ROUND})).all()
            for row in rows:
                user_id = UserId(row.id)
                value = sealed_phone(session, user_id=user_id, number=row.phone_number)
                await session.execute(_SEAL, {"id": user_id, "sealed": value})
        sealed += len(rows)
        if len(rows) < ROWS_PER_ROUND:
            break
    return sealed


_IN_CLEAR = text(
    "SELECT id, phone_number FROM users WHERE phone_number IS NOT NULL ORDER BY id LIMIT :rows "
    "FOR NO KEY UPDATE SKIP LOCKED"
)
# What was written sealed since is newer than what stands in clear.
_SEAL = text(
    "UPDATE users SET phone_sealed = coalesce(phone_sealed, :sealed), phone_number = NULL "
    "WHERE id = :id"
)
