"""What somebody was asked and has not answered yet: five minutes, five tries, one answer."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from arenapulse.core import clock
from arenapulse.core.ids import UserId
from arenapulse.identity import onetime
from arenapulse.runtime.db import Session

LIFETIME: Final = dt.timedelta(minutes=5)
TRIES_MAX: Final = 5


class Asked(enum.StrEnum):
    CODE = "CODE"
    """A second factor, after a right password."""
    NEW_KEY = "NEW_KEY"
    KEY = "KEY"


@dataclass(frozen=True, slots=True)
class Challenge:
    user_id: UserId | None
    nonce: bytes


async def ask(session: Session, *, what: Asked, user_id: UserId | None, nonce: bytes = b"") -> str:
    """The token by which the answer will be known."""
    token, now = onetime.minted(), clock.now()
    values = {"hash": onetime.hash_of(token), "what": what.value, "user": user_id, "nonce": nonce}
    await session.execute(_ASK, values | {"now": now, "expires": now + LIFETIME})
    return token


async def attempt(session: Session, *, what: Asked, token: str) -> Challenge | None:
    """Counts a try before it is judged; None for a token that is none, over, or tried out."""
    row = (await session.execute(_TRY, _values(what, token) | {"most": TRIES_MAX})).one_or_none()
    return None if row is None else Challenge(_user(row.user_id), bytes(row.nonce))


async def asked_of(session: Session, *, what: Asked, token: str) -> UserId | None:
    """Whom it was asked of, while it may be answered; counts no try."""
    return _user(await session.scalar(_OF, _values(what, token)))


async def answered(session: Session, *, what: Asked, token: str) -> bool:
    """Whether this is the first right answer: there is no second one."""
    return (await session.execute(_USE, _values(what, token))).first() is not None


async def drop(session: Session, *, user_id: UserId) -> None:
    """What a person was asked before their password changed is asked no more."""
    await session.execute(_DROP, {"user": user_id})


def _values(what: Asked, token: str) -> dict[str, object]:
    return {"hash": onetime.hash_of(token), "what": what.value, "now": clock.now()}


def _user(found: UserId | None) -> UserId | None:
    return None if found is None else UserId(found)


_ASK = text(
    "INSERT INTO sign_in_challenges (token_hash, what, user_id, nonce, created_at, expires_at) "
    "VALUES (:hash, :what, :user, :nonce, :now, :expires)"
)
_LIVING: Final = "token_hash = :hash AND what = :what AND used_at IS NULL AND expires_at > :now"
_TRY = text(
    f"UPDATE sign_in_challenges SET tries = tries + 1 WHERE {_LIVING} AND tries < :most "
    "RETURNING user_id, nonce"
)
_OF = text(f"SELECT user_id FROM sign_in_challenges WHERE {_LIVING}")
_USE = text(f"UPDATE sign_in_challenges SET used_at = :now WHERE {_LIVING} RETURNING token_hash")
_DROP = text("DELETE FROM sign_in_challenges WHERE user_id = :user")
