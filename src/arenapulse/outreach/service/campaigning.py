"""Campaigns: counted and priced first, approved by a MANAGER, told in rounds, stopped at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from arenapulse.core import clock
from arenapulse.core.errors import Forbidden, Invalid
from arenapulse.core.ids import EventId, OrganizationId, SectionId, UserId, new_id
from arenapulse.core.paging import Page, PageRequest
from arenapulse.core.settings import Settings
from arenapulse.events import queries as events
from arenapulse.events.errors import EventNotFound
from arenapulse.identity.access import require_role
from arenapulse.identity.queries import contacts
from arenapulse.identity.schemas import Actor, Contact, Role
from arenapulse.notifications import queries as messages
from arenapulse.notifications import wording
from arenapulse.notifications.catalogue import TEMPLATES
from arenapulse.notifications.quiet import awake_after
from arenapulse.notifications.schemas import NewMessage
from arenapulse.notifications.segments import segments
from arenapulse.notifications.service import tell_all
from arenapulse.notifications.terms import READER_ZONE, Channel, Priority
from arenapulse.orders import queries as orders
from arenapulse.outreach import queries
from arenapulse.outreach.errors import CampaignElsewhere
from arenapulse.outreach.schemas import (
    CampaignBody,
    CampaignView,
    CostView,
    CountView,
    ProgressView,
    SegmentBody,
    SegmentView,
)
from arenapulse.outreach.service.consent import unsubscribe_url
from arenapulse.outreach.service.scenes import Scene, scene_of
from arenapulse.outreach.terms import PEOPLE_PER_ROUND, CampaignStatus
from arenapulse.runtime.audit import audit
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs import enqueue

RUN_TASK: Final = "outreach.run_campaign"
ROUNDS_MAX: Final = 1_000
ANNOUNCEMENT: Final = "announcement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What a thousand mails and one part of a text message cost, in minor units."""

    mails_per_thousand: int
    text_part: int
    currency: str

    @classmethod
    def of(cls, settings: Settings) -> Tariff:
        return cls(
            mails_per_thousand=settings.mail_thousand_cost,
            text_part=settings.text_part_cost,
            currency=settings.message_currency,
        )

    def cost(self, *, emails: int, texts: int) -> CostView:
        mails = -(-emails * self.mails_per_thousand // 1000)
        return CostView(amount=mails + texts * self.text_part, currency=self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What campaigns need beside a session."""

    tariff: Tariff
    base_url: str
    keyring: Keyring


async def require_to_campaign(
    session: Session, *, actor: Actor, event_id: EventId, at_least: Role
) -> OrganizationId:
    """Whose event it is. Raises `EventNotFound` or `Forbidden`, by what they may see."""
    row = await events.find(session, event_id=event_id)
    await require_role(
        session,
        actor=actor,
        organization_id=row.organization_id,
        at_least=at_least,
        hidden=Forbidden if row.is_public else EventNotFound,
    )
    return OrganizationId(row.organization_id)


async def ask(
    session: Session, *, actor: Actor, event_id: EventId, body: CampaignBody, office: Office
) -> CampaignView:
    """A campaign that waits for a MANAGER: who would get it, and what it would cost. STAFF and up.

    Nothing is sent by it. Raises `EventNotFound`, `Forbidden`, and `Invalid` for a section that
    the event has not got, and for so few a minute that the last would be told too late.
    """
    organization_id = await require_to_campaign(
        session, actor=actor, event_id=event_id, at_least=Role.STAFF
    )
    scene = await scene_of(session, event_id=event_id, base_url=office.base_url)
    if body.segment.section_id is not None and body.segment.section_id not in scene.sections:
        raise Invalid.on("segment.sectionId", "the event has no such section")
    template, content = _content(body, scene=scene)
    count = await _count(session, scene=scene, body=body, template=template, content=content)
    _require_in_time(count.people, per_minute=body.per_minute, template=template)
    campaign_id, now = new_id(), clock.now()
    await queries.add(
        session,
        values=(
            *(campaign_id, event_id, organization_id, template),
            msgspec.json.encode(content).decode(),
            body.segment.model_dump_json(by_alias=True),
            [channel.value for channel in body.channels],
            *(body.per_minute, count.people, count.emails, count.texts),
            *(actor.user_id, now),
        ),
    )
    return await view(session, event_id=event_id, campaign_id=campaign_id, office=office)


async def approve(
    session: Session, *, actor: Actor, event_id: EventId, campaign_id: UUID, office: Office
) -> CampaignView:
    """Begins to send it; MANAGER and up.

    Raises as `ask`, `CampaignNotFound`, and `CampaignElsewhere` for one begun or stopped already.
    """
    to = CampaignStatus.SENDING
    await _move(session, actor=actor, event_id=event_id, campaign_id=campaign_id, to=to)
    await enqueue(session, RUN_TASK, payload={"campaign_id": campaign_id})
    return await view(session, event_id=event_id, campaign_id=campaign_id, office=office)


async def stop(
    session: Session, *, actor: Actor, event_id: EventId, campaign_id: UUID, office: Office
) -> CampaignView:
    """What is not handed over yet is not sent; MANAGER and up.

    Raises as `approve`, and `CampaignElsewhere` for one of which nothing waits any more.
    """
    to = CampaignStatus.STOPPED
    was = await _move(session, actor=actor, event_id=event_id, campaign_id=campaign_id, to=to)
    stopped = await messages.stop_campaign(session, campaign_id=campaign_id, now=clock.now())
    if was == CampaignStatus.SENT and not stopped:
        raise CampaignElsewhere
    return await view(session, event_id=event_id, campaign_id=campaign_id, office=office)


async def page(
    session: Session, *, actor: Actor, event_id: EventId, request: PageRequest, office: Office
) -> Page[CampaignView]:
    """The event's campaigns, newest first; STAFF and up."""
    await require_to_campaign(session, actor=actor, event_id=event_id, at_least=Role.STAFF)
    found = await queries.of_event(session, event_id=event_id, page=request)
    shown = [await _view(session, row=row, office=office) for row in found.items]
    return Page(shown, request, found.total)


async def view(
    session: Session, *, event_id: EventId, campaign_id: UUID, office: Office
) -> CampaignView:
    row = await queries.find(session, event_id=event_id, campaign_id=campaign_id)
    return await _view(session, row=row, office=office)


async def run(database: Database, *, campaign_id: UUID, office: Office) -> None:
    """Tells everybody, a round a transaction; run again, it goes on where it was."""
    for _ in range(ROUNDS_MAX):
        async with database.transaction() as session:
            row = await queries.by_id(session, campaign_id=campaign_id)
            if row is None or row["status"] != CampaignStatus.SENDING:
                return
            if not await _round(session, row=row, office=office):
                await queries.move(
                    session, campaign_id=campaign_id, to=CampaignStatus.SENT, now=clock.now()
                )
                return


async def _round(session: Session, *, row: queries.Row, office: Office) -> bool:
    segment = SegmentBody.model_validate_json(row["segment"])
    people = await _people(
        session, event_id=EventId(row["event_id"]), segment=segment, after=row["reached"]
    )
    if not people:
        return False
    if not await queries.advance(
        session,
        campaign_id=row["id"],
        before=row["reached"],
        after=people[-1],
        people=len(people),
    ):
        return False
    scene = await scene_of(session, event_id=EventId(row["event_id"]), base_url=office.base_url)
    content = msgspec.json.decode(row["content"], type=dict[str, Any])
    reached = await _reached(
        session, organization_id=row["organization_id"], template=row["template"], people=people
    )
    channels = frozenset(Channel(channel) for channel in row["channels"])
    started: dt.datetime = row["started_at"]
    made: list[NewMessage] = []
    for number, (user_id, contact) in enumerate(reached.items(), row["told"]):
        pause = dt.timedelta(minutes=number / row["per_minute"])
        is_news = TEMPLATES[row["template"]].is_campaign
        # Who never chose one is most likely where the event is.
        zone = contact.timezone or scene.venue.location.timezone
        made.append(
            NewMessage(
                template=row["template"],
                to=contact.to,
                key=f"campaign:{row['id']}:{user_id}",
                values=_values(
                    scene, contact, content, office=office, user_id=user_id, is_news=is_news
                )
                | ({READER_ZONE: zone} if is_news else {}),
                about=scene.about(campaign_id=row["id"]),
                priority=Priority.CAMPAIGN,
                send_at=awake_after(started, pause, timezone=zone) if is_news else started + pause,
                channels=channels,
            )
        )
    await tell_all(session, made)
    return True


def _require_in_time(people: int, *, per_minute: int, template: str) -> None:
    """The last is told while it is still worth being told. Raises `Invalid`."""
    minutes = TEMPLATES[template].useful // dt.timedelta(minutes=1)
    if people > minutes * per_minute:
        least = -(-people // minutes)
        raise Invalid.on("perMinute", f"reaches the last of them too late: say at least {least}")


def _values(
    scene: Scene,
    contact: Contact,
    content: Mapping[str, Any],
    *,
    office: Office,
    user_id: UserId,
    is_news: bool,
) -> dict[str, Any]:
    values: dict[str, Any] = {"name": contact.to.name, **_said(scene, content)}
    if is_news:
        values["url"] = scene.event_url
        values["unsubscribe_url"] = unsubscribe_url(
            office.keyring,
            base_url=office.base_url,
            organization_id=OrganizationId(scene.row.organization_id),
            user_id=user_id,
        )
    else:
        values["url"] = scene.tickets_url
    return values


async def _people(
    session: Session, *, event_id: EventId, segment: SegmentBody, after: UUID | None
) -> list[UserId]:
    return await orders.ticket_holders(
        await session.driver(),
        event_id=event_id,
        section_id=None if segment.section_id is None else SectionId(segment.section_id),
        is_outside=segment.kind.value == "NOT_SCANNED",
        after=after,
        limit=PEOPLE_PER_ROUND,
    )


async def _reached(
    session: Session,
    *,
    organization_id: OrganizationId,
    template: str,
    people: Sequence[UserId],
) -> dict[UserId, Contact]:
    """Those of them that may be told: of news, who agreed to the organization's."""
    wanted = set(people)
    if TEMPLATES[template].is_campaign:
        wanted = await queries.agreed_among(
            session, organization_id=organization_id, user_ids=people
        )
    return await contacts(session, user_ids=[person for person in people if person in wanted])


async def _count(
    session: Session,
    *,
    scene: Scene,
    body: CampaignBody,
    template: str,
    content: Mapping[str, Any],
) -> CountView:
    """As it would be now; texts in the parts that are paid for."""
    people = emails = texts = 0
    after: UserId | None = None
    parts: dict[str, int] = {}
    for _ in range(ROUNDS_MAX):
        group = await _people(
            session, event_id=EventId(scene.row.id), segment=body.segment, after=after
        )
        if not group:
            break
        after = group[-1]
        reached = await _reached(
            session,
            organization_id=OrganizationId(scene.row.organization_id),
            template=template,
            people=group,
        )
        people += len(reached)
        emails += len(reached) if Channel.EMAIL in body.channels else 0
        if Channel.SMS in body.channels:
            for contact in reached.values():
                locale = contact.to.locale
                if contact.to.phone is None:
                    continue
                if locale not in parts:
                    parts[locale] = _parts(scene, content, template=template, locale=locale)
                texts += parts[locale]
    return CountView(people=people, emails=emails, texts=texts)


def _parts(scene: Scene, content: Mapping[str, Any], *, template: str, locale: str) -> int:
    url = scene.event_url if template == ANNOUNCEMENT else scene.tickets_url
    values = {"name": "–", "url": url, **_said(scene, content)}
    return segments(wording.sms(template, locale=locale, values=values)).parts


def _said(scene: Scene, content: Mapping[str, Any]) -> dict[str, Any]:
    """The event as it is, or where it takes place instead, with what else is said."""
    said = dict(content)
    return {"event": {**scene.event, **said.pop("place", {})}, **said}


def _content(body: CampaignBody, *, scene: Scene) -> tuple[str, dict[str, Any]]:
    if body.place is not None:
        return "event_moved", {"place": body.place.model_dump()}
    if body.gate is not None:
        return "gate_changed", {"gate": body.gate}
    return ANNOUNCEMENT, {"title": body.title or scene.row.name, "text": body.text}


async def _move(
    session: Session, *, actor: Actor, event_id: EventId, campaign_id: UUID, to: CampaignStatus
) -> str:
    """What it was before; for a MANAGER and up."""
    organization_id = await require_to_campaign(
        session, actor=actor, event_id=event_id, at_least=Role.MANAGER
    )
    row = await queries.find(session, event_id=event_id, campaign_id=campaign_id, lock=True)
    if not await queries.move(
        session, campaign_id=campaign_id, to=to, now=clock.now(), actor_id=actor.user_id
    ):
        raise CampaignElsewhere
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=organization_id,
        action=f"campaign.{to.value.lower()}",
        subject_id=campaign_id,
        details={},
    )
    return str(row["status"])


async def _view(session: Session, *, row: queries.Row, office: Office) -> CampaignView:
    counted = await messages.campaign_progress(session, campaign_id=row["id"])
    status = CampaignStatus(row["status"])
    # Told to everybody is not sent to everybody: what waits for its minute, or for the morning,
    # is on its way, and can be stopped.
    if status is CampaignStatus.SENT and counted["queued"] > 0:
        status = CampaignStatus.SENDING
    return CampaignView(
        campaign_id=row["id"],
        event_id=row["event_id"],
        status=status,
        template=row["template"],
        segment=SegmentView.model_validate_json(row["segment"]),
        channels=[Channel(channel) for channel in row["channels"]],
        per_minute=row["per_minute"],
        count=CountView(people=row["people"], emails=row["emails"], texts=row["texts"]),
        cost=office.tariff.cost(emails=row["emails"], texts=row["texts"]),
        progress=ProgressView(**counted),
        created_at=row["created_at"],
        ended_at=None if status is CampaignStatus.SENDING else row["ended_at"],
    )
