"""An organization's own words for its messages: who may write them, and what is noted of it."""

from __future__ import annotations

import datetime as dt

from arenapulse.core.ids import OrganizationId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.identity.access import require_role
from arenapulse.identity.errors import UnknownOrganization
from arenapulse.identity.schemas import Actor, Role
from arenapulse.notifications.schemas import OverrideView, PreviewView, TemplateLine, TemplateView
from arenapulse.notifications.service import overriding
from arenapulse.notifications.wording import Override
from arenapulse.outreach.schemas import OwnWordsBody
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session


async def require_to_word(
    session: Session, *, actor: Actor, organization_id: OrganizationId
) -> None:
    """MANAGER and up; raises `UnknownOrganization` for strangers, `Forbidden` for those below."""
    await require_role(
        session,
        actor=actor,
        organization_id=organization_id,
        at_least=Role.MANAGER,
        hidden=UnknownOrganization,
    )


async def templates(
    session: Session, *, actor: Actor, organization_id: OrganizationId
) -> list[TemplateLine]:
    """Every message there is. Raises as `require_to_word`."""
    await require_to_word(session, actor=actor, organization_id=organization_id)
    return await overriding.templates(session, organization_id=organization_id)


async def template(
    session: Session, *, actor: Actor, organization_id: OrganizationId, name: str, locale: str
) -> TemplateView:
    """One message in one language. Raises as `require_to_word`, and `NotFound`."""
    await require_to_word(session, actor=actor, organization_id=organization_id)
    return await overriding.template(
        session, organization_id=organization_id, name=name, locale=locale
    )


async def versions(
    session: Session,
    *,
    actor: Actor,
    organization_id: OrganizationId,
    name: str,
    locale: str,
    page: PageRequest,
) -> Page[OverrideView]:
    """What the organization wrote, newest first. Raises as `template`."""
    await require_to_word(session, actor=actor, organization_id=organization_id)
    return await overriding.versions(
        session, organization_id=organization_id, name=name, locale=locale, page=page
    )


async def preview(
    session: Session,
    *,
    actor: Actor,
    organization_id: OrganizationId,
    name: str,
    locale: str,
    body: OwnWordsBody,
) -> PreviewView:
    """How these words would look; nothing is kept. Raises as `template`, and `Invalid`."""
    await require_to_word(session, actor=actor, organization_id=organization_id)
    return overriding.preview(name, locale=locale, own=_override(body))


async def write(
    session: Session,
    *,
    actor: Actor,
    organization_id: OrganizationId,
    name: str,
    locale: str,
    body: OwnWordsBody,
    expected: int | None,
    now: dt.datetime,
) -> TemplateView:
    """Puts words into use. Raises as `preview`, `NotToBeChanged` and `VersionStale`."""
    await require_to_word(session, actor=actor, organization_id=organization_id)
    version = await overriding.override(
        session,
        organization_id=organization_id,
        name=name,
        locale=locale,
        own=_override(body),
        expected=expected,
        written_by=actor.user_id,
        now=now,
    )
    await _note(
        session,
        actor=actor,
        organization_id=organization_id,
        action="message_template.write",
        details={"template": name, "locale": locale, "version": version},
    )
    return await overriding.template(
        session, organization_id=organization_id, name=name, locale=locale
    )


async def bring_back(
    session: Session,
    *,
    actor: Actor,
    organization_id: OrganizationId,
    name: str,
    locale: str,
    expected: int | None,
) -> TemplateView:
    """Our words again; again, the same answer. Raises as `write`."""
    await require_to_word(session, actor=actor, organization_id=organization_id)
    ended = await overriding.bring_back(
        session, organization_id=organization_id, name=name, locale=locale, expected=expected
    )
    if ended is not None:
        await _note(
            session,
            actor=actor,
            organization_id=organization_id,
            action="message_template.bring_back",
            details={"template": name, "locale": locale, "version": ended},
        )
    return await overriding.template(
        session, organization_id=organization_id, name=name, locale=locale
    )


async def _note(
    session: Session,
    *,
    actor: Actor,
    organization_id: OrganizationId,
    action: str,
    details: dict[str, object],
) -> None:
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=organization_id,
        action=action,
        subject_id=organization_id,
        details=details,
    )


def _override(body: OwnWordsBody) -> Override:
    return Override(subject=body.subject, paragraphs=body.paragraphs)
