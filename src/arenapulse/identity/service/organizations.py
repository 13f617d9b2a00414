"""Organizations and their members; the last OWNER cannot leave, whoever races."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text

from arenapulse.core.errors import NotAuthenticated
from arenapulse.core.ids import OrganizationId, UserId, new_id
from arenapulse.identity import queries
from arenapulse.identity.errors import (
    FactorMissing,
    LastOwner,
    TooManyOrganizations,
    UnknownMember,
    UnknownOrganization,
)
from arenapulse.identity.queries.factors import methods_of
from arenapulse.identity.schemas import (
    Actor,
    MemberView,
    OrganizationBody,
    OrganizationChange,
    OrganizationProfile,
    OrganizationView,
    Revoked,
    Role,
)
from arenapulse.identity.service.sessions import Desk, profile_key
from arenapulse.runtime.audit import audit
from arenapulse.runtime.cache import SESSION_DATA
from arenapulse.runtime.db import Session

OWNED_MAX: Final = 200

# Locks are taken in one order everywhere: a person's row, then the organization's.


async def found_organization(
    session: Session, *, desk: Desk, actor: Actor, body: OrganizationBody
) -> OrganizationView:
    """A new organization whose OWNER is the actor; raises `TooManyOrganizations`."""
    if (await session.execute(_LOCK_PERSON, {"id": actor.user_id})).first() is None:
        raise NotAuthenticated
    if int(await session.scalar(_OWNED, {"id": actor.user_id}) or 0) >= OWNED_MAX:
        raise TooManyOrganizations
    organization_id = OrganizationId(new_id())
    await session.execute(_FOUND, {"id": organization_id, "name": body.name})
    await session.execute(
        _JOIN,
        {"organization": organization_id, "user": actor.user_id, "role": Role.OWNER.value},
    )
    await _tell(session, desk=desk, user_ids=[actor.user_id], organization_ids=[organization_id])
    await _note(
        session,
        organization_id=organization_id,
        user_id=actor.user_id,
        action="organization.founded",
        after=Role.OWNER,
    )
    return OrganizationView(id=organization_id, name=body.name, role=Role.OWNER)


async def join(
    session: Session,
    *,
    desk: Desk,
    organization_id: OrganizationId,
    user_id: UserId,
    role: str,
) -> MemberView:
    """The member from now on; who is one already stays what they are."""
    values = {"organization": organization_id, "user": user_id, "role": role}
    if (await session.execute(_JOIN, values)).first() is not None:
        await _tell(session, desk=desk, user_ids=[user_id], organization_ids=[organization_id])
        await _note(
            session,
            organization_id=organization_id,
            user_id=user_id,
            action="member.joined",
            after=Role(role),
        )
    return await _member(session, organization_id=organization_id, user_id=user_id)


async def profile(
    session: Session, *, actor: Actor, organization_id: OrganizationId
) -> OrganizationProfile:
    """An organization as its members see it; raises `UnknownOrganization` for others."""
    role = await queries.role_of(session, actor=actor, organization_id=organization_id)
    if role is None:
        raise UnknownOrganization
    row = (await session.execute(_PROFILE, {"id": organization_id})).one()
    return OrganizationProfile(id=row.id, name=row.name, role=role, mfa_required=row.mfa_required)


async def change(
    session: Session,
    *,
    desk: Desk,
    actor: Actor,
    organization_id: OrganizationId,
    wanted: OrganizationChange,
) -> OrganizationView:
    """Its name, and whether who manages it needs a second factor.

    Raises `FactorMissing` where the actor asks of others what they have not.
    """
    is_person = actor.key is None
    if wanted.mfa_required and is_person and not await methods_of(session, user_id=actor.user_id):
        raise FactorMissing
    values = {"id": organization_id, "name": wanted.name, "mfa": wanted.mfa_required}
    before = _profile((await session.execute(_LOCK_PROFILE, {"id": organization_id})).one())
    row = (await session.execute(_CHANGE, values)).one()
    await audit(
        session,
        organization_id=organization_id,
        action="identity.organization_changed",
        subject_id=organization_id,
        details={"before": before, "after": _profile(row)},
    )
    members = [UserId(i) for i in await session.scalars(_MANAGERS, {"id": organization_id})]
    await _tell(session, desk=desk, user_ids=members, organization_ids=[organization_id])
    return OrganizationView(id=row.id, name=row.name, role=Role.OWNER)


def _profile(row: Any) -> dict[str, object]:
    return {"name": row.name, "mfaRequired": row.mfa_required}


async def change_role(
    session: Session,
    *,
    desk: Desk,
    organization_id: OrganizationId,
    user_id: UserId,
    role: Role,
) -> MemberView:
    """Raises `UnknownMember`, and `LastOwner` where no OWNER would be left."""
    await session.execute(_LOCK_ORGANIZATION, {"id": organization_id})
    values = {"organization": organization_id, "user": user_id}
    before = await queries.member(session, organization_id=organization_id, user_id=user_id)
    changed = await session.execute(_CHANGE_ROLE, values | {"role": role.value})
    if changed.first() is None:
        await _member(session, organization_id=organization_id, user_id=user_id)
        raise LastOwner
    await _tell(session, desk=desk, user_ids=[user_id], organization_ids=[organization_id])
    await _note(
        session,
        organization_id=organization_id,
        user_id=user_id,
        action="member.role",
        before=None if before is None else before.role,
        after=role,
    )
    return await _member(session, organization_id=organization_id, user_id=user_id)


async def remove_member(
    session: Session, *, desk: Desk, organization_id: OrganizationId, user_id: UserId
) -> None:
    """Raises `UnknownMember`, and `LastOwner` where no OWNER would be left."""
    await session.execute(_LOCK_ORGANIZATION, {"id": organization_id})
    before = await queries.member(session, organization_id=organization_id, user_id=user_id)
    removed = await session.execute(_LEAVE, {"organization": organization_id, "user": user_id})
    if removed.first() is None:
        await _member(session, organization_id=organization_id, user_id=user_id)
        raise LastOwner
    await _tell(session, desk=desk, user_ids=[user_id], organization_ids=[organization_id])
    await _note(
        session,
        organization_id=organization_id,
        user_id=user_id,
        action="member.removed",
        before=None if before is None else before.role,
    )


async def leave_all(session: Session, *, desk: Desk, user_id: UserId) -> None:
    """Ends every membership of a person who goes for good.

    An organization of which they are the only member stays, for an ADMIN to administer. Raises
    `LastOwner` where others would be left without an OWNER.
    """
    # In id order, so that two owners who go at once cannot deadlock.
    await session.execute(_LOCK_ORGANIZATIONS_OF, {"user": user_id})
    if (await session.execute(_ORPHANED, {"user": user_id})).first() is not None:
        raise LastOwner
    left = (await session.execute(_LEAVE_ALL, {"user": user_id})).all()
    organization_ids = [OrganizationId(row.organization_id) for row in left]
    for row in left:
        await _note(
            session,
            organization_id=OrganizationId(row.organization_id),
            user_id=user_id,
            action="member.removed",
            before=row.role,
        )
    await _tell(session, desk=desk, user_ids=[user_id], organization_ids=organization_ids)


async def ensure_membership(
    session: Session, *, organization_id: OrganizationId, user_id: UserId, role: Role
) -> None:
    """The member with this role, whatever was before; for seeding."""
    await session.execute(
        _ENSURE, {"organization": organization_id, "user": user_id, "role": role.value}
    )


async def _member(
    session: Session, *, organization_id: OrganizationId, user_id: UserId
) -> MemberView:
    found = await queries.member(session, organization_id=organization_id, user_id=user_id)
    if found is None:
        raise UnknownMember
    return found


async def _note(
    session: Session,
    *,
    organization_id: OrganizationId,
    user_id: UserId,
    action: str,
    before: Role | None = None,
    after: Role | None = None,
) -> None:
    await audit(
        session,
        organization_id=organization_id,
        action=action,
        subject_id=user_id,
        details={"before": before, "after": after},
    )


async def _tell(
    session: Session,
    *,
    desk: Desk,
    user_ids: Sequence[UserId],
    organization_ids: Sequence[OrganizationId],
) -> None:
    """That each of these people is something else in each of these organizations, however many."""
    await session.execute(_FORGET_NEWS)
    told = {"organizations": list(organization_ids), "users": list(user_ids)}
    await session.execute(_NEWS, told)

    async def tell() -> None:
        for user_id in user_ids:
            for organization_id in organization_ids:
                await desk.news.tell(Revoked(user_id=user_id, organization_id=organization_id))
            await desk.cache.invalidate(SESSION_DATA, profile_key(user_id))

    session.after_commit(tell)


# A founder is locked against their own twins, so that the count below is true.
_LOCK_PERSON = text("SELECT id FROM users WHERE id = :id AND erased_at IS NULL FOR NO KEY UPDATE")
_OWNED = text("SELECT count(*) FROM memberships WHERE user_id = :id AND role = 'OWNER'")
_CHANGE = text(
    "UPDATE organizations SET name = coalesce(:name, name), "
    "mfa_required = coalesce(:mfa, mfa_required) WHERE id = :id RETURNING id, name, mfa_required"
)
_PROFILE = text("SELECT id, name, mfa_required FROM organizations WHERE id = :id")
_LOCK_PROFILE = text(f"{_PROFILE.text} FOR NO KEY UPDATE")
_MANAGERS = text(
    "SELECT user_id FROM memberships WHERE organization_id = :id "
    "AND role IN ('OWNER', 'MANAGER') ORDER BY user_id"
)
_LOCK_ORGANIZATION = text("SELECT 1 FROM organizations WHERE id = :id FOR NO KEY UPDATE")
_LOCK_ORGANIZATIONS_OF = text(
    "SELECT o.id FROM organizations o WHERE o.id IN "
    "(SELECT organization_id FROM memberships WHERE user_id = :user) "
    "ORDER BY o.id FOR NO KEY UPDATE"
)
_FOUND = text("INSERT INTO organizations (id, name) VALUES (:id, :name)")
_JOIN = text(
    "INSERT INTO memberships (organization_id, user_id, role) "
    "VALUES (:organization, :user, :role) ON CONFLICT DO NOTHING RETURNING user_id"
)
_ENSURE = text(
    "INSERT INTO memberships (organization_id, user_id, role) "
    "VALUES (:organization, :user, :role) "
    "ON CONFLICT (organization_id, user_id) DO UPDATE SET role = EXCLUDED.role"
)
_ANOTHER_OWNER: Final = (
    "EXISTS (SELECT 1 FROM memberships o WHERE o.organization_id = :organization "
    "AND o.role = 'OWNER' AND o.user_id <> :user)"
)
_CHANGE_ROLE = text(
    "UPDATE memberships SET role = :role WHERE organization_id = :organization "
    f"AND user_id = :user AND (role <> 'OWNER' OR :role = 'OWNER' OR {_ANOTHER_OWNER}) "
    "RETURNING user_id"
)
_LEAVE = text(
    "DELETE FROM memberships WHERE organization_id = :organization AND user_id = :user "
    f"AND (role <> 'OWNER' OR {_ANOTHER_OWNER}) RETURNING user_id"
)
_ORPHANED = text(
    "SELECT 1 FROM memberships mine WHERE mine.user_id = :user AND mine.role = 'OWNER' "
    "AND EXISTS (SELECT 1 FROM memberships o WHERE o.organization_id = mine.organization_id "
    "AND o.user_id <> :user) "
    "AND NOT EXISTS (SELECT 1 FROM memberships o WHERE o.organization_id = mine.organization_id "
    "AND o.user_id <> :user AND o.role = 'OWNER') LIMIT 1"
)
_LEAVE_ALL = text("DELETE FROM memberships WHERE user_id = :user RETURNING organization_id, role")
_NEWS = text(
    "INSERT INTO membership_news (user_id, organization_id) "
    "SELECT u, o FROM unnest(CAST(:users AS uuid[])) u, unnest(CAST(:organizations AS uuid[])) o"
)
_FORGET_NEWS = text(
    "DELETE FROM membership_news WHERE id IN (SELECT id FROM membership_news "
    "WHERE changed_at < now() - interval '1 hour' ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED)"
)
