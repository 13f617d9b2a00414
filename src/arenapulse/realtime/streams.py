"""Frames in Redis: one gap-free sequence an event and kind, a capped stream to replay, a channel.

Every key of an event carries its id as the hash tag, so all of it lies on one node of a cluster.
The epoch and every sequence are fields of one key, so that none is gone without the others: another
epoch means that Redis lost its memory and all sequences began anew.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from arenapulse.core.clock import rfc3339
from arenapulse.core.ids import EventId, OrderId, SectionId, UserId
from arenapulse.inventory.schemas import SectionCounts
from arenapulse.realtime.schemas import SectionUpdate
from arenapulse.runtime.redis import Redis

STREAM_MAX: Final = 500
KEEP_SECONDS: Final = 7 * 24 * 3600
LISTENERS_SECONDS: Final = 10
# Who has thousands of sockets says how many every two seconds, later where the machine is full: to
# take them for gone would be to send ten times as many frames just then.
COUNTED_SECONDS: Final = 30
# The least time between two capacity frames of an event, by how many listen at least.
WINDOWS: Final = ((5_000, 1.0), (1_000, 0.25), (0, 0.1))
# Nobody publishes a state of an order that he read longer ago.
TOLD_SECONDS: Final = 60

Kind = Literal["capacity", "update", "seats"]
StaffTopic = Literal["gate", "dashboard"]
PersonMessage = Literal["order:update", "ticket:update", "queue:update"]
_STAFF_MESSAGE: Final[Mapping[StaffTopic, bytes]] = {
    "gate": b"gate:update\n",
    "dashboard": b"dashboard:update\n",
}
EVENT_KINDS: Final[tuple[Kind, ...]] = ("capacity", "update")
_KIND_OF: Final[Mapping[bytes, Kind]] = {
    b"capacity": "capacity",
    b"update": "update",
    b"seats": "seats",
}

_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Frame:
    """`payload` is the message's JSON as it goes to the sockets."""

    kind: Kind
    sequence: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Position:
    """Where an event's streams stand."""

    epoch: str
    sequences: Mapping[Kind, int]


@dataclass(frozen=True, slots=True)
class Audience:
    """How many sockets listen to an event, and to the seats of which sections.

    With `wait_seconds` nothing was published: some process did, less than a window ago.
    """

    listeners: int
    watched: frozenset[SectionId]
    wait_seconds: float = 0.0


def window_seconds(listeners: int) -> float:
    """The least time between two capacity frames of an event with so many listeners."""
    return next(seconds for least, seconds in WINDOWS if listeners >= least)


def event_channel(event_id: EventId) -> str:
    return f"rt:{{{event_id}}}:frames"


def person_channel(user_id: UserId) -> str:
    # Named by the thousand: the hex digits alone cost a third of the usual text.
    return f"rt:{{{user_id.hex}}}:person"


def staff_channel(event_id: EventId, *, topic: StaffTopic) -> str:
    return key(event_id, topic)


def key(event_id: EventId, name: str) -> str:
    """Under the event's hash tag, so that all of an event lies on one node."""
    return f"rt:{{{event_id}}}:{name}"


class Streams:
    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis
        self._publish_capacity = redis.register_script(_PUBLISH_CAPACITY)
        self._publish_update = redis.register_script(_PUBLISH_UPDATE)
        self._publish_newest = redis.register_script(_PUBLISH_NEWEST)
        self._position = redis.register_script(_POSITION)
        self._report = redis.register_script(_REPORT)

    async def publish_capacity(
        self, event_id: EventId, *, counts: Sequence[SectionCounts], now: dt.datetime
    ) -> Audience:
        """Publishes the sections whose `rev` is newer than the last frame's, if there are any.

        At most once a window, whatever the number of processes that sell the event.
        `counts` are all sections of the event from one read; says who listens.
        """
        current = sum(section.available for section in counts)
        head = f'{{"eventId":"{event_id}","currentCapacity":{current},"timestamp":"{rfc3339(now)}"'
        arguments: list[str | int | bytes] = [head, secrets.token_hex(6), STREAM_MAX, KEEP_SECONDS]
        for least, seconds in WINDOWS:
            arguments += [least, int(seconds * 1000)]
        for section in counts:
            arguments += [str(section.section_id), section.rev, _ENCODER.encode(shown(section))]
        found = await self._publish_capacity(
            keys=[key(event_id, name) for name in ("position", "stream:capacity", "revs")]
            + [event_channel(event_id)]
            + [key(event_id, name) for name in ("nodes", "listening", "watched", "pace")],
            args=arguments,
        )
        watched = frozenset(SectionId(UUID(section.decode())) for section in found[1])
        return Audience(int(found[0]), watched, int(found[2]) / 1000)

    async def publish_update(
        self, event_id: EventId, *, kind: str, data: Mapping[str, object], now: dt.datetime
    ) -> None:
        """Publishes an `event:update` at once."""
        await self._update(event_id, kind=kind, data=data, now=now, only_after=None)

    async def reconcile_status(
        self, event_id: EventId, *, status: str, position: Position, now: dt.datetime
    ) -> None:
        """Publishes the status where the last frame told another; its publisher died.

        `position` was read before the status: any update since then makes this one idle.
        """
        await self._update(
            event_id,
            kind="STATUS",
            data={"status": status},
            now=now,
            only_after=position.sequences["update"],
        )

    async def _update(
        self,
        event_id: EventId,
        *,
        kind: str,
        data: Mapping[str, object],
        now: dt.datetime,
        only_after: int | None,
    ) -> None:
        head = (
            f'{{"eventId":"{event_id}","type":"{kind}","data":{_ENCODER.encode(data).decode()},'
            f'"timestamp":"{rfc3339(now)}"'
        )
        await self._publish_update(
            keys=[key(event_id, name) for name in ("position", "stream:update", "status")]
            + [event_channel(event_id)],
            args=[
                head,
                secrets.token_hex(6),
                STREAM_MAX,
                KEEP_SECONDS,
                str(data["status"]) if kind == "STATUS" else "",
                "" if only_after is None else only_after,
            ],
        )

    async def publish_staff(self, event_id: EventId, *, topic: StaffTopic, payload: bytes) -> None:
        """A `gate:update` or `dashboard:update` to those who may see it and asked for it."""
        await self._redis.publish(
            staff_channel(event_id, topic=topic), _STAFF_MESSAGE[topic] + payload
        )

    async def publish_person(
        self, user_id: UserId, *, event: PersonMessage, payload: bytes
    ) -> None:
        """To every device of a person; nobody there is no loss, the rows have it."""
        await self._redis.publish(person_channel(user_id), event.encode() + b"\n" + payload)

    async def publish_orders(
        self, orders: Sequence[tuple[UserId, OrderId, dt.datetime, Sequence[bytes]]]
    ) -> None:
        """What there is to tell of each order, unless what was read later has gone out."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for user_id, order_id, read_at, told in orders:
                await self._publish_newest(
                    keys=[person_channel(user_id), f"rt:{{{user_id.hex}}}:told:{order_id}"],
                    args=[f"{read_at.timestamp():.6f}", TOLD_SECONDS, *told],
                    client=pipe,
                )
            await pipe.execute()

    async def listening(self, user_ids: Collection[UserId]) -> set[UserId]:
        """Those of them who have a socket open at any process; one look-up."""
        ids = list(user_ids)
        found = await self._redis.pubsub_numsub(*map(person_channel, ids))
        return {user_id for user_id, (_, count) in zip(ids, found, strict=True) if count}

    async def position(self, event_id: EventId) -> Position:
        """The last sequences; makes the epoch where there is none yet."""
        epoch, capacity, update = await self._position(
            keys=[key(event_id, "position")],
            args=[secrets.token_hex(6), KEEP_SECONDS],
        )
        return Position(epoch.decode(), {"capacity": int(capacity), "update": int(update)})

    async def since(
        self, event_id: EventId, *, kind: Kind, sequence: int, position: Position
    ) -> list[Frame] | None:
        """The frames after `sequence`, None where some of them are gone or it lies ahead."""
        last = position.sequences[kind]
        if sequence > last:
            return None
        if sequence == last:
            return []
        rows = await self._redis.xrange(
            key(event_id, f"stream:{kind}"), min=f"{sequence + 1}-0", count=STREAM_MAX
        )
        frames = [Frame(kind, int(row_id.split(b"-")[0]), row[b"f"]) for row_id, row in rows]
        if not frames or frames[0].sequence != sequence + 1:
            return None
        return frames

    async def report_listeners(self, event_id: EventId, *, node: str, count: int) -> None:
        """How many sockets of this process listen; forgotten if not said again."""
        await self._report(
            keys=[key(event_id, "nodes"), key(event_id, "listening")],
            args=[COUNTED_SECONDS, node, count],
        )


def shown(section: SectionCounts) -> SectionUpdate:
    return SectionUpdate(
        section_id=section.section_id,
        capacity=section.capacity,
        available=section.available,
        held=section.held,
        sold=section.sold,
    )


def parse(message: bytes) -> tuple[Frame, str]:
    """A frame from an event's channel, and its epoch."""
    kind, sequence, epoch, payload = message.split(b" ", 3)
    return Frame(_KIND_OF[kind], int(sequence), payload), epoch.decode()


# Drops sections whose rev is not newer; what is left becomes one frame, unless it comes too soon.
_PUBLISH_CAPACITY: Final = """
local sections = {}
local revs = {}
for i = 11, #ARGV, 3 do
  local known = redis.call('HGET', KEYS[3], ARGV[i])
  if not known or tonumber(ARGV[i + 1]) > tonumber(known) then
    revs[#revs + 1] = ARGV[i]
    revs[#revs + 1] = ARGV[i + 1]
    sections[#sections + 1] = ARGV[i + 2]
  end
end
local now = redis.call('TIME')[1]
local listeners = 0
for _, node in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], now, '+inf')) do
  listeners = listeners + tonumber(redis.call('HGET', KEYS[6], node) or '0')
end
local watched = redis.call('ZRANGEBYSCORE', KEYS[7], now, '+inf')
if #sections == 0 then return {listeners, watched, 0} end
local wait = redis.call('PTTL', KEYS[8])
if wait > 0 then return {listeners, watched, wait} end
for i = 5, 9, 2 do
  if listeners >= tonumber(ARGV[i]) then
    redis.call('SET', KEYS[8], 1, 'PX', ARGV[i + 1])
    break
  end
end
for i = 1, #revs, 2 do redis.call('HSET', KEYS[3], revs[i], revs[i + 1]) end
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[2])
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local sequence = redis.call('HINCRBY', KEYS[1], 'capacity', 1)
if sequence == 1 then redis.call('DEL', KEYS[2]) end
local frame = ARGV[1] .. ',"sections":[' .. table.concat(sections, ',') .. '],"sequence":'
  .. sequence .. ',"epoch":"' .. epoch .. '"}'
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], sequence .. '-0', 'f', frame)
for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[4]) end
redis.call('PUBLISH', KEYS[4], 'capacity ' .. sequence .. ' ' .. epoch .. ' ' .. frame)
return {listeners, watched, 0}
"""
_PUBLISH_UPDATE: Final = """
if ARGV[6] ~= '' then
  if (redis.call('HGET', KEYS[1], 'update') or '0') ~= ARGV[6] then return 0 end
  local told = redis.call('GET', KEYS[3])
  if not told then redis.call('SET', KEYS[3], ARGV[5], 'EX', ARGV[4]) end
  if not told or told == ARGV[5] then return 0 end
end
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[2])
if ARGV[5] ~= '' then redis.call('SET', KEYS[3], ARGV[5]) end
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local sequence = redis.call('HINCRBY', KEYS[1], 'update', 1)
if sequence == 1 then redis.call('DEL', KEYS[2]) end
local frame = ARGV[1] .. ',"sequence":' .. sequence .. ',"epoch":"' .. epoch .. '"}'
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], sequence .. '-0', 'f', frame)
for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[4]) end
redis.call('PUBLISH', KEYS[4], 'update ' .. sequence .. ' ' .. epoch .. ' ' .. frame)
return sequence
"""
# Who does not say it again is forgotten by itself: Redis 7.0 lets no field of a hash expire.
_REPORT: Final = """
local now = tonumber(redis.call('TIME')[1])
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. now)) do
  redis.call('ZREM', KEYS[1], gone)
  redis.call('HDEL', KEYS[2], gone)
end
redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
for i = 1, 2 do redis.call('EXPIRE', KEYS[i], ARGV[1]) end
return 1
"""
_PUBLISH_NEWEST: Final = """
local told = redis.call('GET', KEYS[2])
if told and tonumber(told) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
for i = 3, #ARGV do redis.call('PUBLISH', KEYS[1], ARGV[i]) end
return 1
"""
_POSITION: Final = """
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
local found = redis.call('HMGET', KEYS[1], 'epoch', 'capacity', 'update')
return {found[1], found[2] or '0', found[3] or '0'}
"""
