"""Messages as they are told, kept, sent and seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import msgspec

from arenapulse.core.ids import EventId, OrderId, OrganizationId, UserId
from arenapulse.notifications.terms import (
    LOCALE_DEFAULT,
    Channel,
    MessageStatus,
    Priority,
    Why,
)
from arenapulse.runtime.web.envelope import View


@dataclass(frozen=True, slots=True, kw_only=True)
class To:
    """Who is told. `phone` only of somebody who asked for text messages."""

    email: str | None = None
    phone: str | None = None
    name: str = ""
    locale: str = LOCALE_DEFAULT
    user_id: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a message belongs to: who may see it, and whose words it is in."""

    organization_id: OrganizationId | None = None
    event_id: EventId | None = None
    order_id: OrderId | None = None
    campaign_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """`values` are what the template asks for: text, whole numbers, lists, times as RFC 3339."""

    template: str
    to: To
    key: str
    values: Mapping[str, object]
    about: About = About()
    priority: Priority = Priority.PERSONAL
    send_at: dt.datetime | None = None
    channels: frozenset[Channel] = frozenset(Channel)


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as a mailer takes it. `message_id` is what its news will be known by."""

    message_id: UUID
    template: str
    address: str
    name: str
    subject: str
    text: str
    html: str
    headers: dict[str, str] = {}


class TextMessage(msgspec.Struct, frozen=True, kw_only=True):
    message_id: UUID
    number: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message that is due, ours until its lease ends."""

    id: UUID
    channel: Channel
    template: str
    locale: str
    recipient: str
    name: str
    organization_id: OrganizationId | None
    values: Mapping[str, Any]
    sealed: bytes | None
    tries: int
    vendor: str | None
    useful_from: dt.datetime
    """When it was told, or was to be sent if that is later: a campaign takes its time."""
    suppressed: Why | None
    override: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One piece of a vendor's news."""

    vendor: str
    event_key: str
    message_id: UUID | None
    vendor_id: str | None
    status: MessageStatus
    at: dt.datetime
    error_code: str | None = None
    suppresses: Why | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a twin took, as it stands in its table."""

    vendor: str
    vendor_id: str
    message_id: UUID | None
    recipient: str
    template: str
    subject: str
    text: str
    html: str
    headers: dict[str, str] = field(default_factory=dict[str, str])


class LinkView(View):
    rel: str
    url: str
    token: str


class OutboxView(View):
    id: UUID
    channel: Literal["email", "sms"]
    to: str
    template: str
    subject: str
    text: str
    links: list[LinkView]
    at: dt.datetime


class MessageView(View):
    """A message as the organization sees it: its way, not its text."""

    message_id: UUID
    channel: Channel
    template: str
    locale: str
    to: str
    status: MessageStatus
    error_code: str | None
    segments: int | None
    created_at: dt.datetime
    sent_at: dt.datetime | None
    updated_at: dt.datetime


class SuppressionView(View):
    suppression_id: UUID
    channel: Channel
    address: str
    reason: Why
    created_at: dt.datetime


class WordsView(View):
    subject: str
    paragraphs: list[str]


class OverrideView(View):
    """An organization's own words; what is null stays ours."""

    version: int
    subject: str | None
    paragraphs: list[str] | None
    is_active: bool
    created_at: dt.datetime


class TemplateLine(View):
    """`own` are the languages in the organization's own words, with their version."""

    template: str
    subject: str
    is_changeable: bool
    is_text_message: bool
    own: dict[str, int]


class ValueView(View):
    name: str
    example: str


class PreviewView(View):
    subject: str
    text: str
    html: str


class SmsView(View):
    text: str
    segments: int


class TemplateView(View):
    """A message in one language, with sample values; `version` is 0 in our words."""

    template: str
    locale: str
    version: int
    is_changeable: bool
    subject: str | None
    paragraphs: list[str] | None
    ours: WordsView
    values: list[ValueView]
    preview: PreviewView
    text_message: SmsView | None
