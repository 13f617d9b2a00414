"""What an ADMIN sees and changes of people; it bites within a second, and one ADMIN stays."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from arenapulse.core.ids import UserId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.identity.errors import AddressUnproved, LastAdmin, UnknownPerson
from arenapulse.identity.queries import roles_with_attendee
from arenapulse.identity.queries.factors import HAS_FACTOR
from arenapulse.identity.schemas import ADMIN, Actor
from arenapulse.identity.schemas.administration import HouseView, PersonChange, PersonView
from arenapulse.identity.service import sessions
from arenapulse.identity.service.sessions import Desk, Why
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session


async def people(session: Session, *, q: str, page: PageRequest) -> Page[PersonView]:
    """Those whose e-mail or name has `q` in it, by e-mail; who was erased is nobody."""
    like = "%" + q.translate(_ESCAPED) + "%"
    found = await session.execute(
        _PEOPLE, {"like": like, "limit": page.limit, "offset": page.offset}
    )
    total = await session.scalar(_COUNT, {"like": like})
    return Page([_view(row) for row in found], page, int(total or 0))


async def houses(session: Session, *, q: str, page: PageRequest) -> Page[HouseView]:
    """Organizations whose name has `q` in it, by name."""
    like = "%" + q.translate(_ESCAPED) + "%"
    found = await session.execute(
        _HOUSES, {"like": like, "limit": page.limit, "offset": page.offset}
    )
    total = await session.scalar(_COUNT_HOUSES, {"like": like})
    return Page([HouseView.model_validate(row) for row in found], page, int(total or 0))


async def change(
    session: Session, *, desk: Desk, actor: Actor, user_id: UserId, wanted: PersonChange
) -> PersonView:
    """Disables or enables, gives or takes ADMIN; who loses something is signed out everywhere.

    Raises `UnknownPerson`, `LastAdmin`, and `AddressUnproved` for an ADMIN without one.
    """
    # All who are ADMIN, in one order: of two who take the role from each other one is refused.
    admins = await _locked_admins(session)
    before = (await session.execute(_LOCK_ONE, {"id": user_id})).one_or_none()
    if before is None:
        raise UnknownPerson
    said = wanted.model_fields_set
    was_admin, was_disabled = ADMIN in before.roles, before.disabled
    is_admin = ADMIN in wanted.roles if "roles" in said else was_admin
    is_disabled = wanted.disabled if "disabled" in said else was_disabled
    if admins == {user_id} and (not is_admin or is_disabled):
        raise LastAdmin
    if is_admin and not was_admin and not before.email_verified:
        raise AddressUnproved
    values = {"id": user_id, "roles": [ADMIN] if is_admin else [], "disabled": is_disabled}
    row = (await session.execute(_CHANGE, values)).one()
    if (was_admin and not is_admin) or (is_disabled and not was_disabled):
        why = Why.DISABLED if is_disabled else Why.ROLE
        await sessions.end_sessions(session, desk=desk, user_id=user_id, why=why)
    desk.profile_changed(session, user_id=user_id)
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=None,
        action="identity.person_changed",
        subject_id=user_id,
        details={
            "before": {"admin": was_admin, "disabled": was_disabled},
            "after": {"admin": is_admin, "disabled": is_disabled},
        },
    )
    return _view(row)


async def require_another(session: Session, *, user_id: UserId) -> None:
    """Before somebody goes for good: raises `LastAdmin` where no ADMIN would be left."""
    if await _locked_admins(session) == {user_id}:
        raise LastAdmin


async def _locked_admins(session: Session) -> set[UserId]:
    return {UserId(row.id) for row in await session.execute(_LOCK_ADMINS)}


def _view(row: object) -> PersonView:
    shown = PersonView.model_validate(row)
    return shown.model_copy(update={"roles": sorted(roles_with_attendee(shown.roles))})


_ESCAPED: Final = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})
_SHOWN: Final = (
    "id AS user_id, email, email_verified_at IS NOT NULL AS email_verified, full_name, roles, "
    f"disabled_at IS NOT NULL AS disabled, {HAS_FACTOR} AS mfa_enabled, created_at"
)
_FOUND: Final = "WHERE erased_at IS NULL AND (email LIKE lower(:like) OR full_name ILIKE :like) "
_PEOPLE = text(f"SELECT {_SHOWN} FROM users {_FOUND}ORDER BY email, id LIMIT :limit OFFSET :offset")
_COUNT = text(f"SELECT count(*) FROM users {_FOUND}")
_HOUSES = text(
    "SELECT o.id, o.name, o.mfa_required, o.created_at, "
    "(SELECT count(*) FROM memberships m WHERE m.organization_id = o.id) AS members, "
    "ARRAY(SELECT u.full_name FROM memberships m JOIN users u ON u.id = m.user_id "
    "WHERE m.organization_id = o.id AND m.role = 'OWNER' ORDER BY u.full_name LIMIT 5) AS owners "
    "FROM organizations o WHERE o.name ILIKE :like ORDER BY o.name, o.id "
    "LIMIT :limit OFFSET :offset"
)
_COUNT_HOUSES = text("SELECT count(*) FROM organizations WHERE name ILIKE :like")
_LOCK_ADMINS = text(
    "SELECT id FROM users WHERE 'ADMIN' = ANY (roles) AND disabled_at IS NULL "
    "ORDER BY id FOR NO KEY UPDATE"
)
_LOCK_ONE = text(
    f"SELECT {_SHOWN} FROM users WHERE id = :id AND erased_at IS NULL FOR NO KEY UPDATE"
)
_CHANGE = text(
    "UPDATE users SET roles = :roles, updated_at = now(), "
    "disabled_at = CASE WHEN :disabled THEN coalesce(disabled_at, now()) END "
    f"WHERE id = :id AND erased_at IS NULL RETURNING {_SHOWN}"
)
