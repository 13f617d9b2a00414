"""Links in mails: an address is proved, a password made anew, each once and for a while."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import text

from arenapulse.core import clock
from arenapulse.core.ids import UserId
from arenapulse.identity import onetime, queries, useragent
from arenapulse.identity.service.sessions import Desk, profile_key
from arenapulse.identity.terms import TIMEZONE_DEFAULT
from arenapulse.notifications.service import tell
from arenapulse.runtime.cache import SESSION_DATA
from arenapulse.runtime.db import Session


class Purpose(enum.StrEnum):
    VERIFY = "VERIFY"
    RESET = "RESET"


LIFETIME: Final = {Purpose.VERIFY: dt.timedelta(hours=24), Purpose.RESET: dt.timedelta(minutes=30)}
PER_HOUR_MAX: Final = {Purpose.VERIFY: 5, Purpose.RESET: 3}
_PATH: Final = {Purpose.VERIFY: "verify", Purpose.RESET: "reset"}
_TEMPLATE: Final = {Purpose.VERIFY: "verification", Purpose.RESET: "reset"}


@dataclass(frozen=True, slots=True)
class Proof:
    """What a link that was followed shows: whose it is, and which address it went to."""

    user_id: UserId
    email: str


@dataclass(frozen=True, slots=True)
class Letters:
    """What people are told of their accounts; `base_url` is where links lead."""

    base_url: str
    needs_proof: bool = False
    """Only who has proved their own address has us write to others'."""

    async def send_link(self, session: Session, *, user_id: UserId, purpose: Purpose) -> bool:
        """A link by mail; False where as many went out this hour as may, or nobody is there."""
        contact = (await queries.contacts(session, user_ids=[user_id])).get(user_id)
        if contact is None or contact.to.email is None:
            return False
        now, token = clock.now(), onetime.minted()
        digest = onetime.hash_of(token)
        made = await session.execute(
            _ISSUE,
            {
                "hash": digest,
                "user": user_id,
                "purpose": purpose.value,
                "email": contact.to.email,
                "now": now,
                "expires": now + LIFETIME[purpose],
                "since": now - dt.timedelta(hours=1),
                "most": PER_HOUR_MAX[purpose],
            },
        )
        if made.first() is None:
            return False
        seconds = int(LIFETIME[purpose].total_seconds())
        values: dict[str, object] = {
            "name": contact.to.name,
            "url": f"{self.base_url}/{_PATH[purpose]}?token={token}",
        }
        values |= (
            {"hours": seconds // 3600} if purpose is Purpose.VERIFY else {"minutes": seconds // 60}
        )
        await tell(
            session,
            template=_TEMPLATE[purpose],
            to=contact.to,
            values=values,
            key=f"{_TEMPLATE[purpose]}:{digest.hex()[:32]}",
        )
        return True

    async def new_device(self, session: Session, *, user_id: UserId, user_agent: str) -> None:
        """Somebody signed in with a program that the account has not seen before."""
        device = useragent.name_of(user_agent) or "?"
        await self._notice(session, user_id=user_id, template="sign_in_notice", device=device)

    async def factor_changed(self, session: Session, *, user_id: UserId, change: str) -> None:
        """A factor came or went, or there are new codes: who did it may not be who it is."""
        await self._notice(session, user_id=user_id, template="factor_changed", change=change)

    async def password_changed(self, session: Session, *, user_id: UserId) -> None:
        """To the address of the account, whoever did it."""
        await self._notice(session, user_id=user_id, template="password_changed", path="forgot")

    async def _notice(
        self,
        session: Session,
        *,
        user_id: UserId,
        template: str,
        path: str = "account/security",
        **more: object,
    ) -> None:
        """What happened to an account just now, and where its person undoes it."""
        contact = (await queries.contacts(session, user_ids=[user_id])).get(user_id)
        if contact is None:
            return
        at = clock.rfc3339(clock.now())
        values = more | {
            "name": contact.to.name,
            "url": f"{self.base_url}/{path}",
            "at": at,
            "timezone": contact.timezone or TIMEZONE_DEFAULT,
        }
        key = f"{template}:{user_id}:{at}"
        await tell(session, template=template, to=contact.to, values=values, key=key)


async def look(session: Session, *, purpose: Purpose, token: str) -> Proof | None:
    """Whose link it is, if it is still good."""
    row = (await session.execute(_LOOK, _values(purpose, token))).one_or_none()
    return None if row is None else Proof(UserId(row.user_id), row.email)


async def spend(session: Session, *, purpose: Purpose, token: str) -> Proof | None:
    """The same, and it is good no more; None for one that was used, is over, or is none."""
    row = (await session.execute(_SPEND, _values(purpose, token))).one_or_none()
    return None if row is None else Proof(UserId(row.user_id), row.email)


async def prove(session: Session, *, desk: Desk, proof: Proof, is_theirs: bool = True) -> None:
    """The address is the person's, if it is still that of the account.

    `is_theirs`: who followed the link has the account too. Else the mailbox may be one person's
    and the account another's, who only typed the address.
    """
    values = {"id": proof.user_id, "email": proof.email, "theirs": is_theirs}
    await session.execute(_PROVE, values)
    forget = partial(desk.cache.invalidate, SESSION_DATA, profile_key(proof.user_id))
    session.after_commit(forget)


async def drop_links(session: Session, *, user_id: UserId, purpose: Purpose) -> None:
    """Those that went out and were not followed are good no more."""
    await session.execute(_DROP, {"user": user_id, "purpose": purpose.value})


def _values(purpose: Purpose, token: str) -> dict[str, object]:
    return {"hash": onetime.hash_of(token), "purpose": purpose.value, "now": clock.now()}


_ISSUE = text(
    "INSERT INTO mail_tokens (token_hash, user_id, purpose, email, created_at, expires_at) "
    "SELECT :hash, :user, :purpose, :email, :now, :expires WHERE (SELECT count(*) FROM mail_tokens "
    "WHERE user_id = :user AND purpose = :purpose AND created_at > :since) < :most "
    "RETURNING user_id"
)
_GOOD: Final = "token_hash = :hash AND purpose = :purpose AND used_at IS NULL AND expires_at > :now"
_LOOK = text(f"SELECT user_id, email FROM mail_tokens WHERE {_GOOD}")
_SPEND = text(f"UPDATE mail_tokens SET used_at = :now WHERE {_GOOD} RETURNING user_id, email")
_PROVE = text(
    "UPDATE users SET email_verified_at = COALESCE(email_verified_at, now()), updated_at = now(), "
    "proved_by_link_alone = (proved_by_link_alone OR email_verified_at IS NULL) AND NOT :theirs "
    "WHERE id = :id AND email = :email AND erased_at IS NULL"
)
_DROP = text(
    "UPDATE mail_tokens SET used_at = now() "
    "WHERE user_id = :user AND purpose = :purpose AND used_at IS NULL"
)
