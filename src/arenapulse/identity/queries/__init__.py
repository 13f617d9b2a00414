"""Everything identity reads, with explicit columns and a stated order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import text

from arenapulse.core.ids import OrganizationId, UserId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.identity.errors import FactorMissing
from arenapulse.identity.queries.factors import HAS_FACTOR
from arenapulse.identity.schemas import (
    ATTENDEE,
    Actor,
    Contact,
    KeyScope,
    KeyView,
    MemberView,
    OrganizationView,
    Preferences,
    Role,
    SessionRecord,
    UserProfile,
)
from arenapulse.identity.terms import PHONE_PURPOSE, TIMEZONE_DEFAULT, phone_place
from arenapulse.notifications.schemas import To
from arenapulse.notifications.terms import LOCALE_DEFAULT
from arenapulse.runtime.crypto import keyring_of
from arenapulse.runtime.db import SERVICE, Database, Session


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a password is checked against."""

    user_id: UserId
    email: str
    password_hash: str
    is_disabled: bool
    has_factor: bool
    roles: frozenset[str]


async def credentials_by_email(session: Session, *, email: str) -> Credentials | None:
    """By the normalized e-mail."""
    return _credentials(await (await session.driver()).fetchrow(_CREDENTIALS_BY_EMAIL, email))


async def credentials_from_pool(database: Database, *, email: str) -> Credentials | None:
    """The same in one round trip, before a password is looked at."""
    return _credentials(await database.pool.fetchrow(_CREDENTIALS_BY_EMAIL, email))


async def credentials_by_id(session: Session, *, user_id: UserId) -> Credentials | None:
    return _credentials(await (await session.driver()).fetchrow(_CREDENTIALS_BY_ID, user_id))


def _credentials(row: asyncpg.Record | None) -> Credentials | None:
    if row is None:
        return None
    found: dict[str, Any] = dict(row)
    found["roles"] = roles_with_attendee(found["roles"])
    return Credentials(**found)


def roles_with_attendee(stored: list[str]) -> frozenset[str]:
    """Everyone is an ATTENDEE; only what is more stands in the table."""
    return frozenset({ATTENDEE, *stored})


async def profile(session: Session, *, user_id: UserId) -> UserProfile | None:
    """None for who was erased."""
    row = await (await session.driver()).fetchrow(_PROFILE, user_id)
    if row is None:
        return None
    return UserProfile(
        user_id=row["id"],
        email=row["email"],
        email_verified=row["email_verified"],
        email_proved_by_link=row["email_proved_by_link"],
        full_name=row["full_name"],
        phone_number=_phone(session, row),
        mfa_enabled=row["mfa_enabled"],
        roles=sorted(roles_with_attendee(row["roles"])),
        memberships=msgspec.json.decode(row["memberships"]),
        created_at=row["created_at"],
    )


def _phone(session: Session, row: asyncpg.Record) -> str | None:
    """The person's number; one from before numbers were sealed stands in clear for a while."""
    if row["phone_sealed"] is None:
        found: str | None = row["phone_number"]
        return found
    return (
        keyring_of(session)
        .open(row["phone_sealed"], purpose=PHONE_PURPOSE, bound_to=phone_place(row["id"]))
        .decode()
    )


async def preferences(session: Session, *, user_id: UserId) -> Preferences | None:
    """None where the person never chose any."""
    stored = await session.scalar(_PREFERENCES, {"id": user_id})
    return None if stored is None else Preferences.model_validate(stored)


async def contacts(session: Session, *, user_ids: Sequence[UserId]) -> dict[UserId, Contact]:
    """How people are reached and what language they read; who was erased is not among them.

    A number is there for who asked for text messages.
    """
    found: dict[UserId, Contact] = {}
    for row in await (await session.driver()).fetch(_CONTACTS, user_ids):
        chosen = None
        if row["preferences"] is not None:
            chosen = Preferences.model_validate_json(row["preferences"])
        wants_texts = chosen is not None and chosen.notifications.sms
        user_id = UserId(row["id"])
        found[user_id] = Contact(
            to=To(
                email=row["email"],
                phone=_phone(session, row) if wants_texts else None,
                name=row["full_name"],
                locale=LOCALE_DEFAULT if chosen is None else chosen.locale,
                user_id=user_id,
            ),
            timezone=None if chosen is None else _chosen_zone(chosen),
            has_key=row["has_key"],
            is_proved=row["is_proved"],
        )
    return found


def _chosen_zone(chosen: Preferences) -> str | None:
    """UTC is what we say of who chose nothing, and is saved with whatever else they choose."""
    return None if chosen.timezone == TIMEZONE_DEFAULT else chosen.timezone


async def names_from_pool(database: Database, *, user_ids: Sequence[UserId]) -> dict[UserId, str]:
    """What people are called; who was erased is not among them."""
    rows = await database.pool.fetch(
        "SELECT id, full_name FROM users WHERE id = ANY ($1) AND erased_at IS NULL", user_ids
    )
    return {UserId(row["id"]): row["full_name"] for row in rows}


async def owners_of(session: Session, *, organization_id: OrganizationId) -> list[UserId]:
    rows = await session.scalars(_OWNERS, {"id": organization_id})
    return [UserId(row) for row in rows]


async def organization_name(session: Session, *, organization_id: OrganizationId) -> str:
    return str(await session.scalar(_ORGANIZATION_NAME, {"id": organization_id}))


async def organization_exists(session: Session, *, organization_id: OrganizationId) -> bool:
    found = await session.scalar(
        text("SELECT 1 FROM organizations WHERE id = :id"), {"id": organization_id}
    )
    return found is not None


async def living_sessions(session: Session, *, user_id: UserId) -> list[SessionRecord]:
    """Last used first."""
    found = await session.execute(_LIVING_SESSIONS, {"user": user_id})
    return [SessionRecord.model_validate(row) for row in found]


async def role_of(
    session: Session, *, actor: Actor, organization_id: OrganizationId
) -> Role | None:
    """The actor's role; ADMIN is OWNER of every organization there is."""
    if actor.key is not None:
        return role_of_key(actor.key, organization_id)
    statement = _ADMIN_ROLE if actor.is_admin else _ROLE
    connection = await session.driver()
    return _role(await connection.fetchval(statement, organization_id, actor.user_id))


async def role_from_pool(
    database: Database, *, user_id: UserId, is_admin: bool, organization_id: OrganizationId
) -> Role | None:
    """The same of a person in a transaction of its own, in which that one acts."""
    statement = _ADMIN_ROLE if is_admin else _ROLE
    async with database.transaction(actor=user_id) as session:
        connection = await session.driver()
        return _role(await connection.fetchval(statement, organization_id, user_id))


def _role(found: str | None) -> Role | None:
    """Raises `FactorMissing` where the role is one that the organization asks a factor of."""
    if found == _WITHOUT_FACTOR:
        raise FactorMissing
    return None if found is None else Role(found)


def role_of_key(key: KeyScope, organization_id: OrganizationId) -> Role | None:
    """A key has its role in its own organization alone."""
    return key.role if key.organization_id == organization_id else None


async def organizations_of(
    session: Session, *, actor: Actor, page: PageRequest
) -> Page[OrganizationView]:
    """Those the actor is a member of, by name; all of them for an ADMIN, a key's own for a key."""
    if actor.key is not None:
        row = (await session.execute(_ONE, {"id": actor.key.organization_id})).one()
        own = OrganizationView(id=row.id, name=row.name, role=actor.key.role)
        return Page([own] if page.page == 1 else [], page, 1)
    statement, count = (_ALL_ORGANIZATIONS, _ALL_COUNT) if actor.is_admin else (_MINE, _MINE_COUNT)
    found = await session.execute(
        statement, {"user": actor.user_id, "limit": page.limit, "offset": page.offset}
    )
    total = await session.scalar(count, {"user": actor.user_id})
    return Page([OrganizationView.model_validate(row) for row in found], page, int(total or 0))


async def organization_ids_from_pool(
    database: Database, *, user_id: UserId
) -> tuple[OrganizationId, ...]:
    """Those that the person is a member of, in a transaction in which that one acts."""
    async with database.transaction(actor=user_id) as session:
        rows = await (await session.driver()).fetch(_MY_IDS, user_id)
    return tuple(OrganizationId(row[0]) for row in rows)


async def members_of(
    session: Session, *, organization_id: OrganizationId, page: PageRequest
) -> Page[MemberView]:
    """By name, then id."""
    found = await session.execute(
        _MEMBERS,
        {"organization": organization_id, "limit": page.limit, "offset": page.offset},
    )
    total = await session.scalar(_MEMBERS_COUNT, {"organization": organization_id})
    return Page([MemberView.model_validate(row) for row in found], page, int(total or 0))


async def member(
    session: Session, *, organization_id: OrganizationId, user_id: UserId
) -> MemberView | None:
    row = (
        await session.execute(_MEMBER, {"organization": organization_id, "user": user_id})
    ).one_or_none()
    return None if row is None else MemberView.model_validate(row)


async def keys_of(
    session: Session, *, organization_id: OrganizationId, page: PageRequest, now: dt.datetime
) -> Page[KeyView]:
    """Those that live, newest first."""
    values = {"organization": organization_id, "now": now}
    found = await session.execute(_KEYS, values | {"limit": page.limit, "offset": page.offset})
    total = await living_keys(session, organization_id=organization_id, now=now)
    return Page([KeyView.model_validate(row) for row in found], page, total)


async def living_keys(
    session: Session, *, organization_id: OrganizationId, now: dt.datetime
) -> int:
    found = await session.scalar(_KEYS_COUNT, {"organization": organization_id, "now": now})
    return int(found or 0)


async def living_key(database: Database, *, digest: bytes) -> asyncpg.Record | None:
    """Whom a key acts as, None where it has ended; notes, once a minute, that it was used."""
    async with database.transaction(actor=SERVICE) as session:
        return await (await session.driver()).fetchrow(_LIVING_KEY, digest)


async def signing_secret(database: Database, *, key_id: UserId) -> bytes:
    """As it is sealed."""
    async with database.transaction(actor=key_id) as session:
        found: bytes = await (await session.driver()).fetchval(
            "SELECT signing_secret FROM api_keys WHERE id = $1", key_id
        )
    return found


async def database_time(connection: asyncpg.Connection[asyncpg.Record]) -> dt.datetime:
    """The clock that `revoked_at` is written by."""
    found: dt.datetime = await connection.fetchval("SELECT clock_timestamp()")
    return found


async def sessions_ended(
    connection: asyncpg.Connection[asyncpg.Record], *, after: tuple[dt.datetime, UUID], limit: int
) -> list[asyncpg.Record]:
    """Rows `id, user_id, revoked_at` behind `after`, oldest first."""
    return await connection.fetch(
        "SELECT id, user_id, revoked_at FROM sessions "
        "WHERE revoked_at IS NOT NULL AND (revoked_at, id) > ($1, $2) "
        "ORDER BY revoked_at, id LIMIT $3",
        *after,
        limit,
    )


async def memberships_changed(
    connection: asyncpg.Connection[asyncpg.Record], *, since: dt.datetime, after: int, limit: int
) -> list[asyncpg.Record]:
    """Rows `id, user_id, organization_id` since `since` and behind id `after`, by id."""
    return await connection.fetch(
        "SELECT id, user_id, organization_id FROM membership_news "
        "WHERE changed_at > $1 AND id > $2 ORDER BY id LIMIT $3",
        since,
        after,
        limit,
    )


_CREDENTIALS: Final = (
    "SELECT id AS user_id, email, password_hash, disabled_at IS NOT NULL AS is_disabled, "
    f"{HAS_FACTOR} AS has_factor, roles FROM users "
)
_CREDENTIALS_BY_EMAIL: Final = _CREDENTIALS + "WHERE email = $1"
_CREDENTIALS_BY_ID: Final = _CREDENTIALS + "WHERE id = $1"
_PROFILE: Final = (
    "SELECT id, email, email_verified_at IS NOT NULL AS email_verified, "
    "email_verified_at IS NOT NULL AND proved_by_link_alone AS email_proved_by_link, "
    "full_name, phone_number, "
    f"phone_sealed, {HAS_FACTOR} AS mfa_enabled, "
    "roles, created_at, COALESCE((SELECT jsonb_agg(jsonb_build_object("
    "'organizationId', o.id, 'name', o.name, 'role', m.role) ORDER BY o.name, o.id) "
    "FROM memberships m JOIN organizations o ON o.id = m.organization_id "
    "WHERE m.user_id = users.id), '[]')::text AS memberships "
    "FROM users WHERE id = $1 AND erased_at IS NULL"
)
_PREFERENCES = text("SELECT preferences FROM users WHERE id = :id AND erased_at IS NULL")
_CONTACTS: Final = (
    "SELECT id, email, email_verified_at IS NOT NULL AS is_proved, full_name, phone_number, "
    "phone_sealed, preferences::text, password_hash <> '' "
    "OR EXISTS (SELECT FROM passkeys WHERE user_id = users.id) AS has_key FROM users "
    "WHERE id = ANY ($1) AND erased_at IS NULL"
)
_LIVING_SESSIONS = text(
    "SELECT id, user_agent, created_at, last_used_at, expires_at FROM sessions "
    "WHERE user_id = :user AND revoked_at IS NULL AND expires_at > now() "
    "ORDER BY last_used_at DESC, id DESC"
)
_WITHOUT_FACTOR: Final = "without a factor"
_ROLE: Final = (
    "SELECT CASE WHEN o.mfa_required AND m.role IN ('OWNER', 'MANAGER') "
    f"AND NOT {HAS_FACTOR} THEN '{_WITHOUT_FACTOR}' ELSE m.role END "
    "FROM memberships m JOIN organizations o ON o.id = m.organization_id "
    "JOIN users ON users.id = m.user_id WHERE m.organization_id = $1 AND m.user_id = $2"
)
_ADMIN_ROLE: Final = (
    "SELECT 'OWNER' FROM organizations WHERE id = $1 AND CAST($2 AS uuid) IS NOT NULL"
)
_MINE = text(
    "SELECT o.id, o.name, m.role FROM memberships m JOIN organizations o "
    "ON o.id = m.organization_id WHERE m.user_id = :user ORDER BY o.name, o.id "
    "LIMIT :limit OFFSET :offset"
)
_MINE_COUNT = text("SELECT count(*) FROM memberships WHERE user_id = :user")
_MY_IDS: Final = "SELECT organization_id FROM memberships WHERE user_id = $1 ORDER BY 1"
_ALL_ORGANIZATIONS = text(
    "SELECT id, name, 'OWNER' AS role FROM organizations ORDER BY name, id "
    "LIMIT :limit OFFSET :offset"
)
_ALL_COUNT = text("SELECT count(*) FROM organizations")
_ONE = text("SELECT id, name FROM organizations WHERE id = :id")
_LIVING: Final = "ended_at IS NULL AND (expires_at IS NULL OR expires_at > :now)"
_KEYS = text(
    "SELECT id, name, role, prefix, created_at, expires_at, last_used_at FROM api_keys "
    f"WHERE organization_id = :organization AND {_LIVING} ORDER BY id DESC "
    "LIMIT :limit OFFSET :offset"
)
_KEYS_COUNT = text(
    f"SELECT count(*) FROM api_keys WHERE organization_id = :organization AND {_LIVING}"
)
_LIVING_KEY: Final = """
WITH used AS (
  UPDATE api_keys SET last_used_at = now()
   WHERE key_hash = $1 AND ended_at IS NULL
     AND (last_used_at IS NULL OR last_used_at < now() - INTERVAL '1 minute'))
SELECT id, organization_id, role, created_at, expires_at
  FROM api_keys WHERE key_hash = $1 AND ended_at IS NULL
"""
_MEMBER_COLUMNS: Final = (
    "SELECT u.id AS user_id, u.email, u.full_name, m.role FROM memberships m "
    "JOIN users u ON u.id = m.user_id WHERE m.organization_id = :organization "
)
_MEMBERS = text(_MEMBER_COLUMNS + "ORDER BY u.full_name, u.id LIMIT :limit OFFSET :offset")
_MEMBERS_COUNT = text("SELECT count(*) FROM memberships WHERE organization_id = :organization")
_MEMBER = text(_MEMBER_COLUMNS + "AND u.id = :user")
_OWNERS = text(
    "SELECT user_id FROM memberships WHERE organization_id = :id AND role = 'OWNER' ORDER BY 1"
)
_ORGANIZATION_NAME = text("SELECT name FROM organizations WHERE id = :id")
