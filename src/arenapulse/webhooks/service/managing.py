"""An organization's webhooks: made, changed, paused, ended; their deliveries seen and replayed."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from uuid import UUID

from arenapulse.core.errors import Forbidden, Invalid
from arenapulse.core.ids import OrganizationId, new_id
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.audit import audit
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import enqueue
from arenapulse.webhooks import destination, queries, signature
from arenapulse.webhooks.errors import (
    TooManyWebhooks,
    UnknownDelivery,
    UnknownWebhook,
    WebhookPaused,
)
from arenapulse.webhooks.outbound import Caller
from arenapulse.webhooks.schemas import (
    DeliveryView,
    TroubledWebhook,
    WebhookBody,
    WebhookChange,
    WebhookMade,
    WebhookView,
)
from arenapulse.webhooks.terms import (
    DELIVER_TASK,
    ENDPOINTS_MAX,
    SEALED_FOR,
    TROUBLED_SHOWN_MAX,
    PauseReason,
    secret_place,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Which URLs we take."""

    caller: Caller
    is_plain_allowed: bool

    async def judge(self, url: str) -> None:
        """Before any transaction, since it asks for names; raises `Invalid` on `url`."""
        try:
            host, port = destination.parsed(url, is_plain_allowed=self.is_plain_allowed)
        except ValueError as error:
            raise Invalid.on("url", str(error)) from None
        if await self.caller.is_refused(host, port):
            raise Invalid.on("url", "must not lead into a private network")


async def troubled(session: Session, *, actor: Actor) -> list[TroubledWebhook]:
    """Those that fail or are paused, of every organization; raises `Forbidden`."""
    if not actor.is_admin:
        raise Forbidden
    return await queries.troubled(session, limit=TROUBLED_SHOWN_MAX)


async def make(
    session: Session,
    *,
    keyring: Keyring,
    actor: Actor,
    organization_id: OrganizationId,
    body: WebhookBody,
    now: dt.datetime,
) -> WebhookMade:
    """A new webhook with its secret, which is shown this once; raises `TooManyWebhooks`."""
    if await queries.lock_organization(session, organization_id=organization_id) >= ENDPOINTS_MAX:
        raise TooManyWebhooks
    endpoint_id, secret = new_id(), os.urandom(signature.SECRET_BYTES)
    await queries.add(
        session,
        id=endpoint_id,
        organization=organization_id,
        url=body.url,
        events=[event.value for event in body.events],
        secret=keyring.seal(secret, purpose=SEALED_FOR, bound_to=secret_place(endpoint_id)),
        by=actor.user_id,
        now=now,
    )
    made = WebhookMade(
        id=endpoint_id,
        url=body.url,
        events=body.events,
        created_at=now,
        failing_since=None,
        paused_at=None,
        pause_reason=None,
        secret=signature.shown(secret),
    )
    await _note(
        session, organization_id=organization_id, endpoint_id=endpoint_id, action="made", after=made
    )
    return made


async def change(
    session: Session,
    *,
    organization_id: OrganizationId,
    endpoint_id: UUID,
    body: WebhookChange,
    now: dt.datetime,
) -> WebhookView:
    """Raises `UnknownWebhook`."""
    before = await _found(session, organization_id=organization_id, endpoint_id=endpoint_id)
    if not await queries.change(
        session,
        endpoint_id=endpoint_id,
        organization_id=organization_id,
        url=body.url,
        events=body.events,
    ):
        raise UnknownWebhook
    if body.paused is True:
        await queries.pause(session, endpoint_id=endpoint_id, reason=PauseReason.BY_HAND, now=now)
    elif body.paused is False and await queries.resume(session, endpoint_id=endpoint_id, now=now):
        await enqueue(session, DELIVER_TASK)
    after = await _found(session, organization_id=organization_id, endpoint_id=endpoint_id)
    await _note(
        session,
        organization_id=organization_id,
        endpoint_id=endpoint_id,
        action="changed",
        before=before,
        after=after,
    )
    return after


async def end(
    session: Session,
    *,
    organization_id: OrganizationId,
    endpoint_id: UUID,
    now: dt.datetime,
) -> None:
    """It is told nothing more; raises `UnknownWebhook`."""
    before = await _found(session, organization_id=organization_id, endpoint_id=endpoint_id)
    if not await queries.end(
        session, endpoint_id=endpoint_id, organization_id=organization_id, now=now
    ):
        raise UnknownWebhook
    await _note(
        session,
        organization_id=organization_id,
        endpoint_id=endpoint_id,
        action="ended",
        before=before,
    )


async def deliveries(
    session: Session,
    *,
    organization_id: OrganizationId,
    endpoint_id: UUID,
    before: UUID | None,
    limit: int,
) -> list[DeliveryView]:
    """Newest first, those of 30 days; raises `UnknownWebhook`."""
    await _found(session, organization_id=organization_id, endpoint_id=endpoint_id)
    return await queries.deliveries(session, endpoint_id=endpoint_id, before=before, limit=limit)


async def replay(
    session: Session,
    *,
    organization_id: OrganizationId,
    endpoint_id: UUID,
    delivery_id: UUID,
    now: dt.datetime,
) -> DeliveryView:
    """Sends it again, under its id; raises `UnknownWebhook`, `UnknownDelivery`, `WebhookPaused`."""
    found = await _found(session, organization_id=organization_id, endpoint_id=endpoint_id)
    if found.paused_at is not None:
        raise WebhookPaused
    again = await queries.replay(session, endpoint_id=endpoint_id, delivery_id=delivery_id, now=now)
    if again is None:
        raise UnknownDelivery
    await enqueue(session, DELIVER_TASK)
    return again


async def _found(
    session: Session, *, organization_id: OrganizationId, endpoint_id: UUID
) -> WebhookView:
    found = await queries.endpoint(
        session, organization_id=organization_id, endpoint_id=endpoint_id
    )
    if found is None:
        raise UnknownWebhook
    return found


async def _note(
    session: Session,
    *,
    organization_id: OrganizationId,
    endpoint_id: UUID,
    action: str,
    before: WebhookView | None = None,
    after: WebhookView | None = None,
) -> None:
    details = {
        name: view.model_dump(mode="json", include={"url", "events", "paused_at"})
        for name, view in (("before", before), ("after", after))
        if view is not None
    }
    await audit(
        session,
        organization_id=organization_id,
        action=f"webhook.{action}",
        subject_id=endpoint_id,
        details=details,
    )
