"""What goes in and out of waiting rooms."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from arenapulse.core.ids import UserId
from arenapulse.waitingroom.terms import Phase


class Place(msgspec.Struct, frozen=True):
    """`number` counts who joined the lane, from 1; the draw gives the early ones another order."""

    lane: int
    number: int
    user_id: UserId


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The answer to a `challenge`: a number that makes its hash begin with so many zero bits."""

    challenge: Annotated[str, Meta(min_length=1, max_length=200)]
    answer: Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Join(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """All of it may be left out. `laneCode` is what an organizer gave to members or sponsors."""

    lane_code: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    proof: Proof | None = None
    human: Annotated[str, Meta(min_length=1, max_length=2048)] | None = None
    """What the widget gave whose `siteKey` stood beside the challenge: instead of the work."""


class QueueAnswer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One's place in an event's waiting room; with a `pass` one may order.

    In the phase LOBBY `position` is the number of one's entry: the order is drawn at the start.
    """

    token: str
    position: int
    ahead: int
    estimated_wait_seconds: int
    pass_: str | UnsetType = msgspec.field(default=UNSET, name="pass")
    pass_expires_at: dt.datetime | UnsetType = UNSET
    phase: Phase
    lane: int
    ticket: str
    """With it anybody finds this place in the draw, and nobody the person."""
    poll_after_seconds: int
    places_left: int | UnsetType = UNSET
    """Free in the whole event; fewer than are ahead means that it may sell out before."""
    server_time: dt.datetime


class QueueEnvelope(msgspec.Struct, frozen=True):
    data: QueueAnswer
    success: Literal[True] = True


class LaneServing(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """`serving` is the last position that may go in; an `ended` lane takes nobody new.

    `per_minute` go in there now, or would while nobody does: by it a wait is told.
    """

    lane: int
    name: str
    serving: int
    people: int
    ended: bool
    per_minute: float


class Serving(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The same for all who wait: keep it for a second."""

    phase: Phase
    serving: int
    people: int
    per_minute: int
    paused: bool
    closed: bool
    places_left: int | UnsetType = UNSET
    lanes: tuple[LaneServing, ...]
    message: str | UnsetType = UNSET
    message_at: dt.datetime | UnsetType = UNSET
    at: dt.datetime


class ServingEnvelope(msgspec.Struct, frozen=True):
    data: Serving
    success: Literal[True] = True


class DrawnLane(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """`ticketsHash` is the SHA-256 of the list; the list is at …/queue/tickets."""

    lane: int
    entrants: int
    tickets_hash: str


class Draw(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """All that is needed to compute the draw again. `seed` is there once it is drawn."""

    name: str
    seal: str
    sealed_at: dt.datetime
    closed_at: dt.datetime | UnsetType = UNSET
    drawn_at: dt.datetime | UnsetType = UNSET
    seed: str | UnsetType = UNSET
    lanes: tuple[DrawnLane, ...]


class DrawEnvelope(msgspec.Struct, frozen=True):
    data: Draw
    success: Literal[True] = True
