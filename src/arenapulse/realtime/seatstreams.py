"""Seat states in Redis: what the last frame of a section left behind, its sequence, its stream.

The map and its `rev` change with the sequence, so a frame is made against exactly what its readers
have: who publishes names the rev that the frame starts from, and is told another one to start from
where somebody was faster. The first map of a section takes a sequence without a frame, so a `since`
from before it is answered by a snapshot.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from arenapulse.core.ids import EventId, SectionId
from arenapulse.realtime.streams import KEEP_SECONDS, LISTENERS_SECONDS, STREAM_MAX, Frame, key
from arenapulse.runtime.redis import Redis


@dataclass(frozen=True, slots=True)
class SeatMark:
    """Where a section's stream stands."""

    sequence: int
    epoch: str


@dataclass(frozen=True, slots=True)
class SeatBase:
    """The states after the last frame: letters, one a seat, at a revision of the stock row."""

    rev: int
    letters: str


@dataclass(frozen=True, slots=True)
class Published:
    """`base` is given where the frame was not made against what is there."""

    mark: SeatMark
    base: SeatBase | None = None


def seats_channel(event_id: EventId, section_id: SectionId) -> str:
    return key(event_id, f"seats:{section_id}:frames")


def watched_key(event_id: EventId) -> str:
    """Sections whose seats somebody looks at, each with the second until which that was said."""
    return key(event_id, "watched")


class SeatStreams:
    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis
        self._publish = redis.register_script(_PUBLISH)
        self._position = redis.register_script(_POSITION)
        self._watch = redis.register_script(_WATCH)

    async def publish(
        self,
        event_id: EventId,
        *,
        section_id: SectionId,
        state: SeatBase,
        since_rev: int | None,
        changes: bytes,
    ) -> Published:
        """One frame from `since_rev` to `state`, or what to start from instead.

        Nothing is published where `state` is not newer; `changes` is a JSON array.
        """
        head = f'{{"eventId":"{event_id}","sectionId":"{section_id}","changes":{changes.decode()}'
        found = await self._publish(
            keys=[*_keys(event_id, section_id), seats_channel(event_id, section_id)],
            args=[
                state.rev,
                state.letters,
                "" if since_rev is None else since_rev,
                "" if changes == b"[]" else head,
                secrets.token_hex(6),
                STREAM_MAX,
                KEEP_SECONDS,
                _sequence_field(section_id),
            ],
        )
        sequence, epoch, *base = found
        mark = SeatMark(int(sequence), epoch.decode())
        if not base:
            return Published(mark)
        return Published(mark, SeatBase(int(base[0]), base[1].decode()))

    async def position(self, event_id: EventId, *, section_id: SectionId) -> SeatMark:
        """The last sequence, 0 where nobody looked at the section yet; makes the epoch."""
        sequence, epoch = await self._position(
            keys=[key(event_id, "position")],
            args=[secrets.token_hex(6), KEEP_SECONDS, _sequence_field(section_id)],
        )
        return SeatMark(int(sequence), epoch.decode())

    async def since(
        self, event_id: EventId, *, section_id: SectionId, sequence: int, mark: SeatMark
    ) -> list[Frame] | None:
        """The frames after `sequence`, None where some of them are gone or it lies ahead."""
        if sequence > mark.sequence:
            return None
        if sequence == mark.sequence:
            return []
        rows = await self._redis.xrange(
            _keys(event_id, section_id)[1], min=f"{sequence + 1}-0", count=STREAM_MAX
        )
        frames = [Frame("seats", int(row_id.split(b"-")[0]), row[b"f"]) for row_id, row in rows]
        if not frames or frames[0].sequence != sequence + 1:
            return None
        return frames

    async def watch(self, event_id: EventId, *, section_ids: Sequence[SectionId]) -> None:
        """Somebody looks at these: their seats are published; forgotten if not said again."""
        await self._watch(
            keys=[watched_key(event_id)], args=[LISTENERS_SECONDS, *map(str, section_ids)]
        )


def _keys(event_id: EventId, section_id: SectionId) -> list[str]:
    return [
        key(event_id, f"seats:{section_id}"),
        key(event_id, f"seats:{section_id}:stream"),
        key(event_id, "position"),
    ]


def _sequence_field(section_id: SectionId) -> str:
    return f"seats:{section_id}"


_PUBLISH: Final = """
redis.call('HSETNX', KEYS[3], 'epoch', ARGV[5])
local epoch = redis.call('HGET', KEYS[3], 'epoch')
local last = redis.call('HGET', KEYS[3], ARGV[8]) or '0'
local known = redis.call('HMGET', KEYS[1], 'rev', 'map')
local keep = function()
  for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[7]) end
end
if not known[1] then
  redis.call('HSET', KEYS[1], 'rev', ARGV[1], 'map', ARGV[2])
  local first = redis.call('HINCRBY', KEYS[3], ARGV[8], 1)
  keep()
  return {first, epoch}
end
if known[1] == ARGV[1] then return {last, epoch} end
if tonumber(ARGV[1]) < tonumber(known[1]) or known[1] ~= ARGV[3] then
  return {last, epoch, known[1], known[2]}
end
redis.call('HSET', KEYS[1], 'rev', ARGV[1], 'map', ARGV[2])
if ARGV[4] == '' then return {last, epoch} end
local sequence = redis.call('HINCRBY', KEYS[3], ARGV[8], 1)
if sequence == 1 then redis.call('DEL', KEYS[2]) end
local frame = ARGV[4] .. ',"sequence":' .. sequence .. ',"epoch":"' .. epoch .. '"}'
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], sequence .. '-0', 'f', frame)
keep()
redis.call('PUBLISH', KEYS[4], 'seats ' .. sequence .. ' ' .. epoch .. ' ' .. frame)
return {sequence, epoch}
"""
_POSITION: Final = """
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {redis.call('HGET', KEYS[1], ARGV[3]) or '0', redis.call('HGET', KEYS[1], 'epoch')}
"""
_WATCH: Final = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
"""
