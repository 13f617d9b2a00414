"""What second factors somebody has."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from arenapulse.core.ids import UserId
from arenapulse.identity.schemas.factors import PasskeyView
from arenapulse.runtime.db import Database, Session

HAS_FACTOR: Final = (
    "(EXISTS (SELECT 1 FROM totp_factors f WHERE f.user_id = users.id "
    "AND f.confirmed_at IS NOT NULL) "
    "OR EXISTS (SELECT 1 FROM passkeys k WHERE k.user_id = users.id))"
)
"""Of a row of `users`."""


async def methods_of(session: Session, *, user_id: UserId) -> list[str]:
    """A person's second factors: `totp`, `passkey`, and `recovery` while a code of it is left."""
    row = (await session.execute(_METHODS, {"user": user_id})).one()
    factors = [name for name in ("totp", "passkey") if getattr(row, name)]
    return [*factors, "recovery"] if factors and row.recovery else factors


async def has_factor(database: Database, *, user_id: UserId) -> bool:
    """Whether the person has a second factor, on the hot pool."""
    found: bool = await database.pool.fetchval(
        f"SELECT {HAS_FACTOR} FROM users WHERE id = $1", user_id
    )
    return bool(found)


async def credential_ids_of(session: Session, *, user_id: UserId) -> list[bytes]:
    """By which browsers know a person's passkeys."""
    found = await session.scalars(_CREDENTIAL_IDS, {"user": user_id})
    return [bytes(each) for each in found]


async def passkeys_of(session: Session, *, user_id: UserId) -> list[PasskeyView]:
    """Oldest first."""
    found = await session.execute(_PASSKEYS, {"user": user_id})
    return [PasskeyView.model_validate(row) for row in found]


_METHODS = text(
    "SELECT EXISTS (SELECT 1 FROM totp_factors WHERE user_id = :user "
    "AND confirmed_at IS NOT NULL) AS totp, "
    "EXISTS (SELECT 1 FROM passkeys WHERE user_id = :user) AS passkey, "
    "EXISTS (SELECT 1 FROM recovery_codes WHERE user_id = :user AND used_at IS NULL) AS recovery"
)
_CREDENTIAL_IDS = text("SELECT credential_id FROM passkeys WHERE user_id = :user ORDER BY id")
_PASSKEYS = text(
    "SELECT id, name, created_at, last_used_at FROM passkeys WHERE user_id = :user ORDER BY id"
)
