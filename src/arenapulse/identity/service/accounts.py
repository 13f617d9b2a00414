"""Accounts, organizations and members as a seed wants them: there, whatever was before."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import text

from arenapulse.core.ids import OrganizationId, UserId, new_id
from arenapulse.identity import address
from arenapulse.identity.passwords import PasswordHashes
from arenapulse.identity.schemas import ADMIN, Role
from arenapulse.identity.service.organizations import ensure_membership
from arenapulse.runtime.db import Session


async def hash_password(password: str) -> str:
    """The encoded hash for `ensure_account`; make it before the transaction."""
    hashes = PasswordHashes()
    try:
        return await hashes.make(password)
    finally:
        hashes.close()


async def ensure_account(
    session: Session,
    *,
    email: str,
    password_hash: str,
    full_name: str,
    platform_roles: Collection[str] = (),
) -> UserId:
    """The account with this e-mail, made with a verified e-mail if there is none.

    One that exists keeps its password and name and gets the roles (only `ADMIN` is one).
    Raises `Invalid` for what is no e-mail.
    """
    assert set(platform_roles) <= {ADMIN}, platform_roles
    found = await session.scalar(
        _ACCOUNT,
        {
            "id": new_id(),
            "email": address.normalized(email),
            "hash": password_hash,
            "name": full_name,
            "roles": sorted(platform_roles),
        },
    )
    return UserId(found)


async def ensure_organization(session: Session, *, name: str) -> OrganizationId:
    """The oldest organization of this name, made if there is none. Not for twins at once."""
    found = await session.scalar(_FIND_ORGANIZATION, {"name": name})
    if found is None:
        found = await session.scalar(_MAKE_ORGANIZATION, {"id": new_id(), "name": name})
    return OrganizationId(found)


async def ensure_member(
    session: Session, *, organization_id: OrganizationId, user_id: UserId, role: Role
) -> None:
    """The member with this role, whatever was before."""
    await ensure_membership(session, organization_id=organization_id, user_id=user_id, role=role)


_ACCOUNT = text(
    "INSERT INTO users (id, email, password_hash, full_name, roles, email_verified_at) "
    "VALUES (:id, :email, :hash, :name, :roles, now()) "
    "ON CONFLICT (email) DO UPDATE SET roles = EXCLUDED.roles RETURNING id"
)
_FIND_ORGANIZATION = text(
    "SELECT id FROM organizations WHERE name = :name ORDER BY created_at, id LIMIT 1"
)
_MAKE_ORGANIZATION = text("INSERT INTO organizations (id, name) VALUES (:id, :name) RETURNING id")
