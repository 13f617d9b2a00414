"""What an organizer is shown of a waiting room, and may set."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import Field, model_validator

from arenapulse.events.terms import ADMIT_PER_MINUTE_MAX
from arenapulse.runtime.web.envelope import Body, Label, OneLine, View
from arenapulse.waitingroom.terms import INSIDE_MAX, MESSAGE_LENGTH_MAX

# Of a patch's fields that were not sent, which is not null: null is refused.
_ABSENT: Any = None
Share = Annotated[int, Field(strict=True, ge=0, le=100)]
_Flag = Annotated[bool, Field(strict=True)]


class ControlPatch(Body):
    """Only the fields that are sent change.

    `admitPerMinute: null` is the event's own word again, `insideMax: null` counts nobody,
    `draining` takes nobody more and lets in who waits, `message: null` says nothing.
    """

    admit_per_minute: Annotated[int, Field(strict=True, ge=0, le=ADMIT_PER_MINUTE_MAX)] | None = (
        None
    )
    inside_max: Annotated[int, Field(strict=True, ge=1, le=INSIDE_MAX)] | None = None
    paused: _Flag = _ABSENT
    draining: _Flag = _ABSENT
    message: Annotated[str, OneLine(MESSAGE_LENGTH_MAX)] | None = None


class LaneBody(Body):
    """`share` is of a hundred, beside those of the other lanes in which somebody waits."""

    name: Label
    code: Label
    share: Share


class LanePatch(Body):
    """What is sent changes; one of them at least. A `code` opens a lane again that was ended."""

    share: Share = _ABSENT
    code: Label = _ABSENT

    @model_validator(mode="after")
    def _says_something(self) -> LanePatch:
        if not self.model_fields_set:
            raise ValueError("give a share or a code")
        return self


class LaneView(View):
    """`ended`: nobody new joins it; who waits there goes in."""

    lane: int
    name: str
    share: int
    has_code: bool
    ended: bool
    people: int
    serving: int


class ControlView(View):
    """`admitPerMinute` is what is asked for, `perMinute` what goes in by the inlet."""

    phase: str
    admit_per_minute: int
    per_minute: int
    inside: int
    inside_max: int | None
    waiting: int
    paused: bool
    draining: bool
    message: str | None
    message_at: dt.datetime | None
    places_left: int | None
    seal: str
    drawn_at: dt.datetime | None
    lanes: list[LaneView]


class PointView(View):
    at: dt.datetime
    waiting: int
    admitted: int
    rate: float
    p95_ms: float | None
    places_left: int | None


class LeftView(View):
    """`left` false: there was no such place any more."""

    left: bool
