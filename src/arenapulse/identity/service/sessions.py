"""Sessions: opened, rotated, ended, each by one guarded statement in the caller's transaction."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import text

from arenapulse.core.ids import SessionId, UserId, new_id
from arenapulse.identity.facts import SessionOpened
from arenapulse.identity.news import AccessNews
from arenapulse.identity.queries import roles_with_attendee
from arenapulse.identity.queries.factors import HAS_FACTOR
from arenapulse.identity.schemas import Revoked
from arenapulse.identity.tokens import RefreshClaim
from arenapulse.runtime.cache import SESSION_DATA, Cache
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import record

IDLE_DAYS_MAX: Final = 30
AGE_DAYS_MAX: Final = 180
PER_PERSON_MAX: Final = 500
LOST_SECONDS_MAX: Final = 20
"""How long a spent refresh token gives the same successor, while that is unused."""
USER_AGENT_LENGTH_MAX: Final = 200


class Why(enum.StrEnum):
    """Why a session ended."""

    LOGOUT = "logout"
    REUSE = "reuse"
    PASSWORD = "password"  # noqa: S105 - a reason, no secret
    ERASURE = "erasure"
    DISABLED = "disabled"
    LIMIT = "limit"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session with its living refresh generation."""

    session_id: SessionId
    user_id: UserId
    roles: frozenset[str]
    signed_in_at: dt.datetime
    generation: int
    has_factor: bool = False
    is_new_device: bool = False

    @property
    def claim(self) -> RefreshClaim:
        return RefreshClaim(session_id=self.session_id, generation=self.generation)


@dataclass(frozen=True, slots=True)
class Reuse:
    """A refresh token that was spent before: somebody else has it too."""

    user_id: UserId
    is_first: bool
    """Nobody noticed it of this session before."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who must hear of it when sessions change: other processes and the cache."""

    news: AccessNews
    cache: Cache

    def after_commit(
        self, session: Session, *, user_id: UserId, ended: Sequence[SessionId]
    ) -> None:
        """Books the news and the invalidation for the moment it is true."""
        if ended:
            revoked = Revoked(user_id=user_id, session_ids=frozenset(ended))
            session.after_commit(partial(self.news.tell, revoked))
        session.after_commit(partial(self.cache.invalidate, SESSION_DATA, sessions_key(user_id)))

    def profile_changed(self, session: Session, *, user_id: UserId) -> None:
        """Books it for the moment it is true."""
        session.after_commit(partial(self.cache.invalidate, SESSION_DATA, profile_key(user_id)))


def sessions_key(user_id: UserId) -> str:
    return f"sessions:{user_id}"


def profile_key(user_id: UserId) -> str:
    return f"profile:{user_id}"


async def open_session(
    session: Session,
    *,
    desk: Desk,
    user_id: UserId,
    password_hash: str,
    user_agent: str,
    is_known: bool = False,
    without_factor: bool = False,
    is_light: bool = False,
) -> Opened | None:
    """A new session, None if the password changed or the person left since it was checked.

    `is_known`: the browser shows that the person signed in by it before. `without_factor` opens
    none for who has a second one by now. What `is_light` is nothing but a session: of a known
    browser it waits for no disk.
    """
    agent = user_agent[:USER_AGENT_LENGTH_MAX]
    connection = await session.driver()
    row = await connection.fetchrow(
        _OPEN,
        *(new_id(), user_id, password_hash),
        *(agent, hashlib.sha256(agent.encode()).digest()),
        *(is_known, without_factor, is_light),
        *(IDLE_DAYS_MAX, PER_PERSON_MAX),
    )
    if row is None:
        return None
    if row["has_old"]:
        await connection.execute(_FORGET_OLD, user_id)
    if row["is_crowded"]:
        crowded = await connection.fetch(_END_CROWDED, user_id, PER_PERSON_MAX)
        ended = [SessionId(found["id"]) for found in crowded]
    else:
        ended = []
    desk.after_commit(session, user_id=user_id, ended=ended)
    opened = Opened(
        session_id=SessionId(row["id"]),
        user_id=user_id,
        roles=roles_with_attendee(row["roles"]),
        signed_in_at=row["created_at"],
        generation=row["generation"],
        has_factor=row["has_factor"],
        is_new_device=row["is_new_device"],
    )
    await record(
        session,
        SessionOpened(session_id=opened.session_id, user_id=user_id, is_first=row["is_first"]),
    )
    return opened


async def retire_guest(
    session: Session, *, desk: Desk, guest_session: SessionId, user_id: UserId
) -> None:
    """The visitor is somebody now: their token is at its end, as a session of that person's."""
    await session.execute(_RETIRE, {"id": guest_session, "user": user_id})
    desk.after_commit(session, user_id=user_id, ended=[guest_session])


async def rotate(session: Session, *, desk: Desk, claim: RefreshClaim) -> Opened | None:
    """Spends the generation, None if it is not the living one of a living session."""
    row = (
        await session.execute(
            _ROTATE,
            {
                "id": claim.session_id,
                "generation": claim.generation,
                "idle_days": IDLE_DAYS_MAX,
                "age_days": AGE_DAYS_MAX,
            },
        )
    ).one_or_none()
    if row is None:
        return None
    opened = _opened(row)
    desk.after_commit(session, user_id=opened.user_id, ended=[])
    return opened


async def successor_of(session: Session, *, claim: RefreshClaim) -> Opened | None:
    """The generation that followed this one, for who did not hear of it: an answer may be lost.

    None once that is used, `LOST_SECONDS_MAX` have passed or the session is over. It needs no
    keeping: a token is made of its session and generation alone.
    """
    values = {
        "id": claim.session_id,
        "generation": claim.generation,
        "seconds": LOST_SECONDS_MAX,
    }
    row = (await session.execute(_SUCCESSOR, values)).one_or_none()
    return None if row is None else _opened(row)


async def standing(session: Session, *, session_id: SessionId) -> Opened | None:
    """A living session with what its person may now; None for one that is over."""
    row = (await session.execute(_STANDING, {"id": session_id})).one_or_none()
    return None if row is None else _opened(row)


async def end_if_reused(session: Session, *, desk: Desk, claim: RefreshClaim) -> Reuse | None:
    """Ends the session if the generation was spent before; what it is if that is why it is over."""
    row = (await session.execute(_STATE, {"id": claim.session_id})).one_or_none()
    if row is None:
        return None
    user_id = UserId(row.user_id)
    if row.generation == claim.generation:
        return Reuse(user_id, is_first=False) if row.revoked_for == Why.REUSE else None
    ended = await end_sessions(
        session, desk=desk, user_id=user_id, why=Why.REUSE, session_ids=[claim.session_id]
    )
    over_before = await session.scalar(_OVER_BY_REUSE, {"id": claim.session_id})
    return Reuse(user_id, is_first=ended > 0 or over_before is not None)


async def end_sessions(
    session: Session,
    *,
    desk: Desk,
    user_id: UserId,
    why: Why,
    session_ids: Sequence[SessionId] | None = None,
) -> int:
    """Ends these sessions of the person, or all of them; gives how many were living."""
    values = {"user": user_id, "why": why.value}
    if session_ids is None:
        rows = await session.execute(_END_ALL, values)
    else:
        rows = await session.execute(_END_SOME, values | {"ids": list(session_ids)})
    ended = [SessionId(row.id) for row in rows]
    desk.after_commit(session, user_id=user_id, ended=ended)
    return len(ended)


async def owner_of(session: Session, *, session_id: SessionId) -> UserId | None:
    found = await session.scalar(_OWNER, {"id": session_id})
    return None if found is None else UserId(found)


def _opened(row: object) -> Opened:
    return Opened(
        session_id=SessionId(row.id),  # type: ignore[attr-defined]
        user_id=UserId(row.user_id),  # type: ignore[attr-defined]
        roles=roles_with_attendee(row.roles),  # type: ignore[attr-defined]
        signed_in_at=row.created_at,  # type: ignore[attr-defined]
        generation=row.generation,  # type: ignore[attr-defined]
        has_factor=row.has_factor,  # type: ignore[attr-defined]
    )


# FOR SHARE waits for a password change or an erasure in flight, and then looks again.
# A session's row is gone soon after it ended, and what it was opened by is kept beside.
_OPEN: Final = f"""
WITH person AS (
  SELECT id, roles, created_at = now() AS is_first, {HAS_FACTOR} AS has_factor FROM users
   WHERE id = $2::uuid AND password_hash = $3::text AND disabled_at IS NULL AND erased_at IS NULL
     AND NOT ($7::boolean AND {HAS_FACTOR}) FOR SHARE
), opened AS (
  INSERT INTO sessions (id, user_id, user_agent, expires_at)
  SELECT $1::uuid, id, $4::text, now() + make_interval(days => $9::integer) FROM person
  RETURNING id, user_id, created_at, generation
), device AS (
  INSERT INTO known_devices AS d (user_id, agent_hash, seen_at)
  SELECT id, $5::bytea, now() FROM person
  ON CONFLICT (user_id, agent_hash) DO UPDATE SET seen_at = EXCLUDED.seen_at
  -- It is forgotten after months; days are exact enough.
  WHERE d.seen_at < now() - interval '1 day'
), found AS (
  -- Neither is seen yet: a statement sees what was there when it began.
  SELECT o.*, p.roles, p.has_factor, p.is_first,
         NOT (p.is_first OR $6::boolean
              OR EXISTS (SELECT FROM known_devices d
                          WHERE d.user_id = p.id AND d.agent_hash = $5::bytea)
              -- Of before there was such a table.
              OR EXISTS (SELECT FROM sessions s
                          WHERE s.user_id = p.id AND s.user_agent = $4::text)) AS is_new_device,
         EXISTS (SELECT FROM sessions s WHERE s.user_id = p.id
                    AND s.expires_at < now() - interval '1 day') AS has_old,
         EXISTS (SELECT FROM sessions s WHERE s.user_id = p.id AND s.revoked_at IS NULL
                 OFFSET $10::integer - 1) AS is_crowded
    FROM opened o JOIN person p ON p.id = o.user_id
)
-- Many a second at an opening, and each would keep orders waiting for the disk. Of what a machine
-- that falls could lose of them nothing is missed: who comes by a session that is gone signs in.
SELECT found.*, CASE WHEN $8::boolean AND NOT is_new_device AND NOT is_crowded
                     THEN set_config('synchronous_commit', 'off', TRUE) END
  FROM found
"""
_RETIRE = text(
    "INSERT INTO sessions (id, user_id, expires_at, revoked_at, revoked_for) "
    "VALUES (:id, :user, now(), clock_timestamp(), 'logout') ON CONFLICT (id) DO NOTHING"
)
_ROTATE = text(
    "UPDATE sessions s SET generation = s.generation + 1, last_used_at = now(), "
    "expires_at = LEAST(now() + make_interval(days => :idle_days), "
    "s.created_at + make_interval(days => :age_days)) "
    "FROM users WHERE s.id = :id AND s.generation = :generation AND s.revoked_at IS NULL "
    "AND s.expires_at > now() AND users.id = s.user_id AND users.disabled_at IS NULL "
    "RETURNING s.id, s.user_id, s.created_at, s.generation, users.roles, "
    f"{HAS_FACTOR} AS has_factor"
)
_STANDING_SQL: Final = (
    "SELECT s.id, s.user_id, s.created_at, s.generation, users.roles, "
    f"{HAS_FACTOR} AS has_factor FROM sessions s "
    "JOIN users ON users.id = s.user_id WHERE s.id = :id AND s.revoked_at IS NULL "
    "AND s.expires_at > now() AND users.disabled_at IS NULL"
)
_STANDING = text(_STANDING_SQL)
_SUCCESSOR = text(
    _STANDING_SQL + " AND s.generation = :generation + 1 "
    "AND s.last_used_at > now() - make_interval(secs => :seconds)"
)
_STATE = text("SELECT user_id, generation, revoked_for FROM sessions WHERE id = :id")
_OVER_BY_REUSE = text(
    "UPDATE sessions SET revoked_for = 'reuse' "
    "WHERE id = :id AND revoked_at IS NOT NULL AND revoked_for <> 'reuse' RETURNING id"
)
_OWNER = text("SELECT user_id FROM sessions WHERE id = :id")
_END: Final = (
    "UPDATE sessions SET revoked_at = clock_timestamp(), revoked_for = :why "
    "WHERE user_id = :user AND revoked_at IS NULL "
)
_END_ALL = text(_END + "RETURNING id")
_END_SOME = text(_END + "AND id = ANY(:ids) RETURNING id")
_FORGET_OLD: Final = """
DELETE FROM sessions WHERE id IN (
  SELECT id FROM sessions WHERE user_id = $1 AND expires_at < now() - interval '1 day'
   LIMIT 100 FOR UPDATE SKIP LOCKED)
"""
_END_CROWDED: Final = """
UPDATE sessions SET revoked_at = clock_timestamp(), revoked_for = 'limit'
 WHERE revoked_at IS NULL AND id IN (
   SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL
    ORDER BY last_used_at DESC, id DESC OFFSET $2)
RETURNING id
"""
