"""Members by consent: an invitation by mail, the same answer for every address."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from sqlalchemy import text

from arenapulse.core import clock
from arenapulse.core.errors import NotAuthenticated
from arenapulse.core.ids import OrganizationId, new_id
from arenapulse.core.paging import Page, PageRequest
from arenapulse.identity import address, onetime, queries
from arenapulse.identity.errors import AddressUnproved, TooManyInvitations, UnknownInvitation
from arenapulse.identity.schemas import Actor, MemberBody, MemberView
from arenapulse.identity.schemas.invitations import InvitationView, InvitedView, OfferView
from arenapulse.identity.service.organizations import join
from arenapulse.identity.service.proofs import Letters, Proof, prove
from arenapulse.identity.service.sessions import Desk
from arenapulse.notifications.schemas import About, To
from arenapulse.notifications.service import tell
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session

LIFETIME: Final = dt.timedelta(days=7)
OPEN_MAX: Final = 200
"""Invitations of one organization that nobody has answered, or that went out within a day."""
MAILS_A_DAY_MAX: Final = 5
"""Of one organization to one address."""
_DAY: Final = dt.timedelta(days=1)


async def invite(
    session: Session,
    *,
    letters: Letters,
    actor: Actor,
    organization_id: OrganizationId,
    body: MemberBody,
) -> InvitedView:
    """The link goes by mail and takes the place of one before.

    Anybody may found an organization, and must not have us mail anybody without end: raises
    `TooManyInvitations`, and `AddressUnproved` where that of a person who invites must be proved.
    """
    email = address.normalized(body.email)
    if letters.needs_proof and actor.key is None:
        person = await queries.profile(session, user_id=actor.user_id)
        if person is None or not person.email_verified:
            raise AddressUnproved
    now, invitation_id, token = clock.now(), new_id(), onetime.minted()
    name = await session.scalar(_LOCK, {"id": organization_id})
    await session.execute(_REPLACE, {"organization": organization_id, "email": email, "now": now})
    values = {
        "id": invitation_id,
        "organization": organization_id,
        "email": email,
        "role": body.role.value,
        "hash": onetime.hash_of(token),
        "by": actor.user_id,
        "now": now,
        "expires": now + LIFETIME,
        "most": OPEN_MAX,
        "since": now - _DAY,
        "mails": MAILS_A_DAY_MAX,
    }
    if (await session.execute(_INVITE, values)).first() is None:
        raise TooManyInvitations
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=organization_id,
        action="identity.member_invited",
        subject_id=organization_id,
        details={"invitationId": str(invitation_id), "role": body.role.value},
    )
    await tell(
        session,
        template="invitation",
        to=To(email=email),
        values={
            "organization": name,
            "role": body.role.value,
            "url": f"{letters.base_url}/invitation?token={token}",
            "days": LIFETIME.days,
        },
        key=f"invitation:{invitation_id}",
        about=About(organization_id=organization_id),
    )
    return InvitedView(invitation_id=invitation_id, email=email, role=body.role)


async def offered(session: Session, *, token: str) -> OfferView:
    """Whose invitation it is, for whoever has its link; raises `UnknownInvitation`."""
    values = {"hash": onetime.hash_of(token), "now": clock.now()}
    row = (await session.execute(_OFFERED, values)).one_or_none()
    if row is None:
        raise UnknownInvitation
    return OfferView.model_validate(row)


async def accept(session: Session, *, desk: Desk, actor: Actor, token: str) -> MemberView:
    """The account with that address is a member; who is one already stays what they are.

    Raises `UnknownInvitation` for another's, a spent and a dead token.
    """
    values = {"hash": onetime.hash_of(token), "user": actor.user_id, "now": clock.now()}
    # A person's row first, then the organization's, as everybody locks them.
    if (await session.execute(_LOCK_PERSON, {"id": actor.user_id})).first() is None:
        raise NotAuthenticated
    row = (await session.execute(_ACCEPT, values)).one_or_none()
    if row is None:
        raise UnknownInvitation
    await prove(session, desk=desk, proof=Proof(actor.user_id, row.email))
    return await join(
        session,
        desk=desk,
        organization_id=OrganizationId(row.organization_id),
        user_id=actor.user_id,
        role=row.role,
    )


async def invitations_to(session: Session, *, email: str) -> list[dict[str, object]]:
    """Who invited an address, for the export of its account."""
    return [
        {
            "organizationId": str(row.organization_id),
            "role": row.role,
            "createdAt": clock.rfc3339(row.created_at),
            "acceptedAt": None if row.accepted_at is None else clock.rfc3339(row.accepted_at),
        }
        for row in await session.execute(_TO, {"email": email})
    ]


async def open_of(
    session: Session, *, organization_id: OrganizationId, page: PageRequest
) -> Page[InvitationView]:
    """Those that nobody has answered, newest first."""
    values = {"organization": organization_id, "now": clock.now()}
    found = await session.execute(_OPEN, values | {"limit": page.limit, "offset": page.offset})
    total = await session.scalar(_OPEN_COUNT, values)
    return Page([InvitationView.model_validate(row) for row in found], page, int(total or 0))


async def one(
    session: Session, *, organization_id: OrganizationId, invitation_id: UUID
) -> InvitationView:
    """Raises `UnknownInvitation`."""
    values = {"organization": organization_id, "id": invitation_id, "now": clock.now()}
    row = (await session.execute(_ONE, values)).one_or_none()
    if row is None:
        raise UnknownInvitation
    return InvitationView.model_validate(row)


async def take_back(
    session: Session, *, organization_id: OrganizationId, invitation_id: UUID
) -> None:
    """Its link is good no more; raises `UnknownInvitation`."""
    values = {"organization": organization_id, "id": invitation_id, "now": clock.now()}
    if (await session.execute(_END, values)).first() is None:
        raise UnknownInvitation
    await audit(
        session,
        organization_id=organization_id,
        action="identity.invitation_ended",
        subject_id=organization_id,
        details={"invitationId": str(invitation_id)},
    )


_LOCK = text("SELECT name FROM organizations WHERE id = :id FOR NO KEY UPDATE")
_LOCK_PERSON = text("SELECT id FROM users WHERE id = :id AND erased_at IS NULL FOR NO KEY UPDATE")
_IS_OPEN: Final = "accepted_at IS NULL AND ended_at IS NULL AND expires_at > :now"
_REPLACE = text(
    "UPDATE invitations SET ended_at = :now "
    f"WHERE organization_id = :organization AND email = :email AND {_IS_OPEN}"
)
_INVITE = text(
    "INSERT INTO invitations (id, organization_id, email, role, token_hash, invited_by, "
    "created_at, expires_at) SELECT :id, :organization, :email, :role, :hash, :by, :now, :expires "
    "WHERE (SELECT count(*) FROM invitations WHERE organization_id = :organization "
    f"AND (created_at > :since OR {_IS_OPEN})) < :most "
    "AND (SELECT count(*) FROM invitations WHERE organization_id = :organization "
    "AND email = :email AND created_at > :since) < :mails RETURNING id"
)
_ACCEPT = text(
    f"UPDATE invitations SET accepted_at = :now WHERE token_hash = :hash AND {_IS_OPEN} "
    "AND email = (SELECT email FROM users WHERE id = :user AND erased_at IS NULL) "
    "RETURNING organization_id, email, role"
)
_OFFERED = text(
    "SELECT o.name AS organization_name, role, expires_at FROM invitations i "
    f"JOIN organizations o ON o.id = i.organization_id WHERE token_hash = :hash AND {_IS_OPEN}"
)
_SHOWN: Final = (
    "SELECT id AS invitation_id, email, role, created_at, expires_at FROM invitations "
    f"WHERE organization_id = :organization AND {_IS_OPEN} "
)
_OPEN = text(_SHOWN + "ORDER BY created_at DESC, id DESC LIMIT :limit OFFSET :offset")
_OPEN_COUNT = text(
    f"SELECT count(*) FROM invitations WHERE organization_id = :organization AND {_IS_OPEN}"
)
_TO = text(
    "SELECT organization_id, role, created_at, accepted_at FROM invitations "
    "WHERE email = :email ORDER BY created_at, id"
)
_ONE = text(_SHOWN + "AND id = :id")
_END = text(
    "UPDATE invitations SET ended_at = :now "
    f"WHERE organization_id = :organization AND id = :id AND {_IS_OPEN} RETURNING id"
)
