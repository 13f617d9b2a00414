"""Who agreed to an organization's news, and the one click that takes it back (RFC 8058)."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from typing import Final
from uuid import UUID

from arenapulse.core import clock
from arenapulse.core.errors import NotFound
from arenapulse.core.ids import OrganizationId, UserId
from arenapulse.identity.errors import UnknownOrganization
from arenapulse.identity.queries import organization_exists as exists
from arenapulse.outreach import queries
from arenapulse.outreach.schemas import ConsentView, NewsView
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Session

PURPOSE: Final = "unsubscribe links"
_TAG_BYTES: Final = 16


def unsubscribe_url(
    keyring: Keyring, *, base_url: str, organization_id: OrganizationId, user_id: UserId
) -> str:
    named = organization_id.bytes + user_id.bytes
    tag = hmac.digest(keyring.derive(PURPOSE), named, "sha256")[:_TAG_BYTES]
    token = base64.urlsafe_b64encode(named + tag).decode()
    return f"{base_url}/api/v1/webhooks/unsubscribe/{token}"


async def unsubscribe(session: Session, *, token: str, keyring: Keyring) -> None:
    """Nobody is asked who they are: the link says it. Raises `NotFound` for one not of ours."""
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeError):
        raise NotFound from None
    named, tag = raw[:32], raw[32:]
    good = [
        hmac.new(key, named, hashlib.sha256).digest()[:_TAG_BYTES]
        for key in keyring.derive_each(PURPOSE)
    ]
    if len(named) != 32 or not any(hmac.compare_digest(tag, one) for one in good):
        raise NotFound
    await queries.set_consent(
        session,
        organization_id=OrganizationId(UUID(bytes=named[:16])),
        user_id=UserId(UUID(bytes=named[16:])),
        agreed=False,
        now=clock.now(),
    )


async def consents(session: Session, *, user_id: UserId) -> list[ConsentView]:
    """By organization; those the person never answered are not there."""
    found = await queries.consents_of(session, user_id=user_id)
    return [ConsentView.model_validate(one) for one in found]


async def news(session: Session, *, user_id: UserId) -> list[NewsView]:
    """By name: whom the person answered, and from whom they ordered and never did."""
    found = await queries.news_of(session, user_id=user_id)
    return [NewsView.model_validate(one) for one in found]


async def set_consent(
    session: Session,
    *,
    user_id: UserId,
    organization_id: OrganizationId,
    agreed: bool,
    now: dt.datetime,
) -> ConsentView:
    """Raises `UnknownOrganization`."""
    if not await exists(session, organization_id=organization_id):
        raise UnknownOrganization
    await queries.set_consent(
        session, organization_id=organization_id, user_id=user_id, agreed=agreed, now=now
    )
    return ConsentView(organization_id=organization_id, agreed=agreed)


class Consents:
    """For the erasure and the export of an account."""

    name = "news"

    async def erase(self, session: Session, *, user_id: UserId) -> None:
        """Forgets what the person agreed to."""
        await queries.forget_person(session, user_id=user_id)

    async def export(self, session: Session, *, user_id: UserId) -> object:
        """Whose news they agreed to, or took that back."""
        return [
            one.model_dump(mode="json", by_alias=True)
            for one in await consents(session, user_id=user_id)
        ]
