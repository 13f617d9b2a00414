"""The shapes of what organizations see and do about messages."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from arenapulse.notifications.terms import PARAGRAPHS_MAX, SOURCE_CHARACTERS_MAX, Channel
from arenapulse.outreach.terms import (
    GATE_CHARACTERS_MAX,
    PER_MINUTE_DEFAULT,
    PER_MINUTE_MAX,
    PLACE_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
    TITLE_CHARACTERS_MAX,
    CampaignStatus,
    Segment,
)
from arenapulse.runtime.web.envelope import NO_NUL, Body, View

Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_CHARACTERS_MAX),
    NO_NUL,
]
Title = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=TITLE_CHARACTERS_MAX,
        pattern=r"^[^\r\n\t]*$",
    ),
    NO_NUL,
]
Gate = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=GATE_CHARACTERS_MAX,
        pattern=r"^[^\r\n\t]*$",
    ),
    NO_NUL,
]

PlaceLine = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=PLACE_CHARACTERS_MAX,
        pattern=r"^[^\r\n\t]*$",
    ),
    NO_NUL,
]
Source = Annotated[str, StringConstraints(max_length=SOURCE_CHARACTERS_MAX), NO_NUL]


class OwnWordsBody(Body):
    """Liquid: `{{ event.name }}`, `{% if order.total > 5000 %}`. What is null stays ours."""

    subject: Source | None = None
    paragraphs: Annotated[list[Source], Field(min_length=1, max_length=PARAGRAPHS_MAX)] | None = (
        None
    )

    @model_validator(mode="after")
    def _says_something(self) -> OwnWordsBody:
        if self.subject is None and self.paragraphs is None:
            raise ValueError("say a subject or paragraphs; DELETE brings our words back")
        return self


class ResentView(View):
    message_id: UUID


class SegmentBody(Body):
    """All who hold a ticket, those of one section, or those who are not inside yet."""

    kind: Segment
    section_id: UUID | None = None

    @model_validator(mode="after")
    def _names_its_section(self) -> SegmentBody:
        if (self.kind is Segment.SECTION) != (self.section_id is not None):
            raise ValueError("sectionId goes with SECTION, and only with it")
        return self


class PlaceBody(Body):
    """Where it takes place instead, as the mail says it; the event's own venue stays."""

    venue: PlaceLine
    address: PlaceLine
    city: PlaceLine


class CampaignBody(Body):
    """Either a template with its value, or text: news, for who agreed to them.

    Without a `title` they are headed by the event's name.
    """

    segment: SegmentBody
    template: Literal["gate_changed", "event_moved"] | None = None
    gate: Gate | None = None
    place: PlaceBody | None = None
    title: Title | None = None
    text: Words | None = None
    channels: Annotated[list[Channel], Field(min_length=1, max_length=2)]
    per_minute: Annotated[int, Field(strict=True, ge=1, le=PER_MINUTE_MAX)] = PER_MINUTE_DEFAULT

    @model_validator(mode="after")
    def _says_one_thing(self) -> CampaignBody:
        says_news = self.text is not None
        values = {"gate_changed": self.gate, "event_moved": self.place}
        named = None if self.template is None else values.pop(self.template)
        is_mixed = any(values.values()) or (named and (self.text or self.title))
        if is_mixed or (named is None) != (self.template is None) or not (named or says_news):
            raise ValueError("say gate_changed with a gate, event_moved with a place, or a text")
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("a channel is named once")
        return self


class SegmentView(View):
    kind: Segment
    section_id: UUID | None = None


class CostView(View):
    amount: int
    currency: str


class CountView(View):
    """`texts` are the parts that are paid for."""

    people: int
    emails: int
    texts: int


class ProgressView(View):
    queued: int
    sent: int
    delivered: int
    failed: int


class CampaignView(View):
    campaign_id: UUID
    event_id: UUID
    status: CampaignStatus
    template: str
    segment: SegmentView
    channels: list[Channel]
    per_minute: int
    count: CountView
    cost: CostView
    progress: ProgressView
    created_at: dt.datetime
    ended_at: dt.datetime | None


class ConsentBody(Body):
    agreed: Annotated[bool, Field(strict=True)]


class ConsentView(View):
    organization_id: UUID
    agreed: bool


class NewsView(ConsentView):
    organization_name: str
