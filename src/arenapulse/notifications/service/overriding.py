"""An organization's own words for the messages about its events: judged, kept in versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast
from uuid import UUID

from arenapulse.core.errors import Invalid, NotFound, VersionStale
from arenapulse.core.ids import OrganizationId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.notifications import queries, wording
from arenapulse.notifications.catalogue import TEMPLATES, Template
from arenapulse.notifications.errors import NotToBeChanged
from arenapulse.notifications.samples import sample
from arenapulse.notifications.schemas import (
    OverrideView,
    PreviewView,
    SmsView,
    TemplateLine,
    TemplateView,
    ValueView,
    WordsView,
)
from arenapulse.notifications.segments import segments
from arenapulse.notifications.terms import LOCALES
from arenapulse.notifications.wording import CannotSay, Override
from arenapulse.runtime.db import Session

OURS: Final = 0
"""The version where an organization has no words of its own."""
EXAMPLE_CHARACTERS_MAX: Final = 60


async def templates(session: Session, *, organization_id: OrganizationId) -> list[TemplateLine]:
    """Every message there is, and in which languages it is in the organization's own words."""
    own = await queries.active_overrides(session, organization_id=organization_id)
    return [
        TemplateLine(
            template=name,
            subject=wording.sources(name, locale="en").subject or "",
            is_changeable=kind.is_organizers,
            is_text_message=wording.has_sms(name),
            own={locale: view.version for template, locale, view in own if template == name},
        )
        for name, kind in TEMPLATES.items()
    ]


async def template(
    session: Session, *, organization_id: OrganizationId, name: str, locale: str
) -> TemplateView:
    """One message in one language, with how it looks. Raises `NotFound`."""
    kind = _kind(name, locale=locale)
    own = await queries.active_override(
        session, organization_id=organization_id, template=name, locale=locale
    )
    ours = wording.sources(name, locale=locale)
    in_use = Override() if own is None else Override(subject=own.subject, paragraphs=own.paragraphs)
    said = wording.sms(name, locale=locale, values=sample(name)) if wording.has_sms(name) else None
    return TemplateView(
        template=name,
        locale=locale,
        version=OURS if own is None else own.version,
        is_changeable=kind.is_organizers,
        subject=in_use.subject,
        paragraphs=in_use.paragraphs,
        ours=WordsView(subject=ours.subject or "", paragraphs=ours.paragraphs or []),
        values=list(_values(sample(name))),
        preview=preview(name, locale=locale, own=in_use),
        text_message=None if said is None else SmsView(text=said, segments=segments(said).parts),
    )


def preview(name: str, *, locale: str, own: Override) -> PreviewView:
    """How a mail would look with these words. Raises `NotFound`, and `Invalid` on each bad one."""
    _kind(name, locale=locale)
    values, wrong = sample(name), list[Mapping[str, object]]()
    pieces = [("subject", own.subject or "")] if own.subject is not None else []
    pieces += [(f"paragraphs.{n}", source) for n, source in enumerate(own.paragraphs or ())]
    for field, source in pieces:
        try:
            wording.piece(source, template=name, locale=locale, values=values)
        except CannotSay as error:
            wrong.append({"field": field, "message": str(error), "reason": error.reason})
    if wrong:
        raise Invalid(details=wrong)
    made = wording.mail(name, locale=locale, values=values, override=own)
    return PreviewView(subject=made.subject, text=made.text, html=made.html)


async def override(
    session: Session,
    *,
    organization_id: OrganizationId,
    name: str,
    locale: str,
    own: Override,
    expected: int | None,
    written_by: UUID,
    now: dt.datetime,
) -> int:
    """Puts words into use as the next version.

    Raises as `preview`, `NotToBeChanged` for a message that is ours to word, and `VersionStale`
    where another version than `expected` is in use.
    """
    await _judge(
        session, organization_id=organization_id, name=name, locale=locale, expected=expected
    )
    preview(name, locale=locale, own=own)
    of: dict[str, Any] = {"organization_id": organization_id, "template": name, "locale": locale}
    await queries.end_override(session, **of)
    return await queries.add_override(
        session,
        **of,
        subject=own.subject,
        paragraphs=own.paragraphs,
        written_by=written_by,
        now=now,
    )


async def bring_back(
    session: Session,
    *,
    organization_id: OrganizationId,
    name: str,
    locale: str,
    expected: int | None,
) -> int | None:
    """Our words again; which version was in use. Raises as `override`."""
    await _judge(
        session, organization_id=organization_id, name=name, locale=locale, expected=expected
    )
    return await queries.end_override(
        session, organization_id=organization_id, template=name, locale=locale
    )


async def versions(
    session: Session,
    *,
    organization_id: OrganizationId,
    name: str,
    locale: str,
    page: PageRequest,
) -> Page[OverrideView]:
    """What the organization wrote before, newest first. Raises `NotFound`."""
    _kind(name, locale=locale)
    return await queries.page_overrides(
        session, organization_id=organization_id, template=name, locale=locale, page=page
    )


async def _judge(
    session: Session,
    *,
    organization_id: OrganizationId,
    name: str,
    locale: str,
    expected: int | None,
) -> None:
    if not _kind(name, locale=locale).is_organizers:
        raise NotToBeChanged
    of: dict[str, Any] = {"organization_id": organization_id, "template": name, "locale": locale}
    await queries.lock_overrides(session, **of)
    in_use = await queries.active_override(session, **of)
    if expected is not None and expected != (OURS if in_use is None else in_use.version):
        raise VersionStale


def _kind(name: str, *, locale: str) -> Template:
    kind = TEMPLATES.get(name)
    if kind is None or locale not in LOCALES:
        raise NotFound
    return kind


def _values(given: Mapping[str, Any], *, before: str = "") -> Iterator[ValueView]:
    """What words may name, with what stands there in the sample."""
    for name, value in given.items():
        if isinstance(value, dict):
            yield from _values(cast("Mapping[str, Any]", value), before=f"{before}{name}.")
        elif not isinstance(value, list):
            yield ValueView(name=f"{before}{name}", example=str(value)[:EXAMPLE_CHARACTERS_MAX])
