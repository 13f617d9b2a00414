"""What a process hears of one event, or of the seats of one section: the last frames, in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from arenapulse.core import clock
from arenapulse.core.ids import EventId, SectionId, UserId
from arenapulse.identity.schemas import Role
from arenapulse.realtime.seatstreams import seats_channel
from arenapulse.realtime.streams import (
    Frame,
    Kind,
    StaffTopic,
    event_channel,
    person_channel,
    staff_channel,
)

RECENT_MAX: Final = 256
MESSAGE_OF: Final[Mapping[Kind, str]] = {
    "capacity": "event:capacity",
    "update": "event:update",
    "seats": "seats:update",
}


STAFF_TOPICS: Final[tuple[StaffTopic, ...]] = ("gate", "dashboard")
# What one must be in the event's organization to be in a room of it.
RIGHT_OF: Final[Mapping[StaffTopic, Role]] = {"gate": Role.STAFF, "dashboard": Role.ANALYST}


def person_room(user_id: UserId) -> str:
    return f"person:{user_id}"


def event_room(event_id: EventId) -> str:
    return f"event:{event_id}"


def seats_room(event_id: EventId, section_id: SectionId) -> str:
    return f"seats:{event_id}:{section_id}"


def topic_of(room: str) -> tuple[EventId, SectionId | None] | None:
    """The event, and the section of a seats room; None for a room of another kind."""
    kind, _, subject = room.partition(":")
    if kind == "event":
        return EventId(UUID(subject)), None
    if kind == "seats":
        event, _, section = subject.partition(":")
        return EventId(UUID(event)), SectionId(UUID(section))
    return None


def staff_room(topic: StaffTopic, event_id: EventId) -> str:
    return f"{topic}:{event_id}"


def staff_topic_of(room: str) -> tuple[StaffTopic, EventId] | None:
    """What a staff room is about; None for a room of another kind."""
    kind, _, subject = room.partition(":")
    for topic in STAFF_TOPICS:
        if topic == kind:
            return topic, EventId(UUID(subject))
    return None


def told_channel_of(room: str) -> str | None:
    """The channel in Redis of a room whose messages have no sequence: a person's, the staff's."""
    kind, _, subject = room.partition(":")
    if kind == "person":
        return person_channel(UserId(UUID(subject)))
    staff = staff_topic_of(room)
    return None if staff is None else staff_channel(staff[1], topic=staff[0])


class ToldRoom:
    """A room of a person or of staff at this process, and whether its channel is heard yet."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.listening = asyncio.Event()


class Channel:
    """`section_id` is None for the channel of an event."""

    def __init__(self, event_id: EventId, *, section_id: SectionId | None) -> None:
        self.event_id = event_id
        self.section_id = section_id
        if section_id is None:
            self.name = event_channel(event_id)
            self.room = event_room(event_id)
        else:
            self.name = seats_channel(event_id, section_id)
            self.room = seats_room(event_id, section_id)
        self.recent: deque[Frame] = deque(maxlen=RECENT_MAX)
        self.last: dict[Kind, int] = {}
        self.epoch: str | None = None
        self.listening = asyncio.Event()
        self.users = 0
        self.spoke_at = clock.monotonic_seconds()

    def hear(self, frame: Frame, *, epoch: str) -> bool:
        """False for what was heard before."""
        if epoch != self.epoch:
            self.begin(epoch)
        if frame.sequence <= self.last.get(frame.kind, 0):
            return False
        self.last[frame.kind] = frame.sequence
        self.recent.append(frame)
        return True

    def begin(self, epoch: str, *, at: Mapping[Kind, int] | None = None) -> None:
        """Sequences of another epoch mean nothing in this one."""
        self.epoch = epoch
        self.recent.clear()
        self.last = dict(at or {})

    def after(self, sent: Mapping[Kind, int], *, epoch: str) -> list[Frame]:
        """What was heard past these sequences; nothing if they are of another epoch."""
        if epoch != self.epoch:
            return []
        return [frame for frame in self.recent if frame.sequence > sent.get(frame.kind, 0)]
