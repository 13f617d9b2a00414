"""Webhooks and their deliveries as they go in and out, and as they are kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import msgspec
from pydantic import AfterValidator, Field, StringConstraints

from arenapulse.core.ids import OrganizationId
from arenapulse.runtime.web.envelope import ABSENT, Body, Text, View
from arenapulse.webhooks.terms import URL_CHARACTERS_MAX, DeliveryStatus, EventType, PauseReason


def _distinct(events: list[EventType]) -> list[EventType]:
    if len(set(events)) != len(events):
        raise ValueError("must name each event once")
    return events


UrlText = Annotated[Text, StringConstraints(min_length=8, max_length=URL_CHARACTERS_MAX)]
Events = Annotated[
    list[EventType], Field(min_length=1, max_length=len(EventType)), AfterValidator(_distinct)
]


class WebhookBody(Body):
    url: UrlText
    events: Events


class WebhookChange(Body):
    """`paused: false` resumes it: what waited meanwhile is delivered."""

    url: UrlText = ABSENT
    events: Events = ABSENT
    paused: Annotated[bool, Field(strict=True)] = ABSENT


class WebhookView(View):
    """`failingSince` is there while nothing reaches it; its secret is shown nowhere again."""

    id: UUID
    url: str
    events: list[EventType]
    created_at: dt.datetime
    failing_since: dt.datetime | None
    paused_at: dt.datetime | None
    pause_reason: PauseReason | None


class TroubledWebhook(WebhookView):
    """One that nothing reaches, or that is paused; `waiting` counts up to 10,000."""

    organization_id: UUID
    organization: str
    waiting: int


class WebhookMade(WebhookView):
    """With the secret, which is shown this once."""

    secret: str


class AttemptView(View):
    """`status` is the receiver's; where it gave none, `error` says why."""

    at: dt.datetime
    status: int | None
    error: str | None
    milliseconds: int


class DeliveryView(View):
    """`body` is what is sent, letter by letter; `id` stands in `webhook-id`."""

    id: UUID
    type: EventType
    status: DeliveryStatus
    created_at: dt.datetime
    next_attempt_at: dt.datetime | None
    attempts: list[AttemptView]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something to tell an organization's machines; told once for each `key` and endpoint."""

    organization_id: OrganizationId
    type: EventType
    key: str
    at: dt.datetime
    data: dict[str, Any]


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One call, as it is kept: the receiver's status, or a word for why there is none."""

    at: dt.datetime
    ms: int
    status: int | None = None
    error: str | None = None

    @property
    def is_heard(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        return self.status == 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A delivery that a worker has, with its endpoint."""

    id: UUID
    endpoint_id: UUID
    round_tries: int
    attempts: tuple[Attempt, ...]
    body: bytes
    url: str = ""
    secret: bytes = b""
    is_open: bool = False
    """Whether its endpoint is still there and not paused."""
