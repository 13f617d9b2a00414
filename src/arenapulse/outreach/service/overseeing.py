"""What an organization sees of its messages, and what it may do: send again, lift."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from arenapulse.core.ids import OrderId, OrganizationId, new_id
from arenapulse.core.paging import Page, PageRequest
from arenapulse.identity.access import require_role
from arenapulse.identity.errors import UnknownOrganization
from arenapulse.identity.schemas import Actor, Role
from arenapulse.notifications import queries
from arenapulse.notifications.schemas import MessageView, SuppressionView
from arenapulse.notifications.service import lift, repeat
from arenapulse.outreach.errors import (
    ComplainedElsewhere,
    MessageNotFound,
    NotRepeatable,
    SuppressionNotFound,
)
from arenapulse.payments.service import require_to_refund
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session


async def order_messages(
    session: Session, *, actor: Actor, order_id: OrderId, page: PageRequest, now: dt.datetime
) -> Page[MessageView]:
    """What was told about an order, newest first; for MANAGER and up.

    Raises `OrderNotFound` for strangers, `Forbidden` for members below.
    """
    await require_to_refund(session, actor=actor, order_id=order_id, now=now)
    return await queries.messages_of_order(session, order_id=order_id, page=page)


async def resend(
    session: Session, *, actor: Actor, order_id: OrderId, message_id: UUID, now: dt.datetime
) -> UUID:
    """The same message once more, to the same address, as a new one; MANAGER and up.

    Raises as `order_messages`, `MessageNotFound` for one of another order, and `NotRepeatable`
    for one that had a secret link in it, or whose reader is forgotten.
    """
    organization_id = await require_to_refund(session, actor=actor, order_id=order_id, now=now)
    if not await queries.is_of_order(session, order_id=order_id, message_id=message_id):
        raise MessageNotFound
    made = new_id()
    if not await repeat(
        session, order_id=order_id, message_id=message_id, new_message_id=made, now=now
    ):
        raise NotRepeatable
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=organization_id,
        action="message.resend",
        subject_id=order_id,
        details={"messageId": str(message_id)},
    )
    return made


async def suppressions(
    session: Session, *, actor: Actor, organization_id: OrganizationId, page: PageRequest
) -> Page[SuppressionView]:
    """Addresses the organization wrote to that get nothing any more; MANAGER and up."""
    await _judge_member(session, actor=actor, organization_id=organization_id)
    return await queries.suppressions_of(session, organization_id=organization_id, page=page)


async def lift_suppression(
    session: Session,
    *,
    actor: Actor,
    organization_id: OrganizationId,
    suppression_id: UUID,
    now: dt.datetime,
) -> None:
    """Lets an address be written to again, here and at the vendor; MANAGER and up.

    Raises `SuppressionNotFound` for one that the organization never wrote to, and
    `ComplainedElsewhere` where it was another's message that somebody wanted no more of; an ADMIN
    lifts these too.
    """
    await _judge_member(session, actor=actor, organization_id=organization_id)
    channel = await lift(
        session,
        organization_id=organization_id,
        suppression_id=suppression_id,
        now=now,
        for_all=actor.is_admin,
    )
    if channel is None:
        is_seen = await queries.is_suppressed_for(
            session, organization_id=organization_id, suppression_id=suppression_id
        )
        raise ComplainedElsewhere if is_seen else SuppressionNotFound
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=organization_id,
        action="suppression.lift",
        subject_id=suppression_id,
        details={"organizationId": str(organization_id), "channel": channel.value},
    )


async def _judge_member(session: Session, *, actor: Actor, organization_id: OrganizationId) -> None:
    await require_role(
        session,
        actor=actor,
        organization_id=organization_id,
        at_least=Role.MANAGER,
        hidden=UnknownOrganization,
    )
