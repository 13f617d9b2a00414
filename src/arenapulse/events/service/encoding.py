"""Events as JSON for everybody: what stays as it is is encoded once, counts are put in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from arenapulse.core.ids import EventId
from arenapulse.events import queries
from arenapulse.events.queries.seen import Record
from arenapulse.inventory.schemas import Totals
from arenapulse.media.queries import pictures_in

HELD_MAX: Final = 500
# What is longer is encoded each time: tenants fill no memory.
HELD_BYTES_MAX: Final = 64 * 1024
_COUNTED: Final = "availability"


class _Availability(msgspec.Struct, rename="camel"):
    """`AvailabilityView`, field by field."""

    current_capacity: int
    capacity: int
    held: int
    sold: int
    price_from: int | None


@dataclass(frozen=True, slots=True)
class _Held:
    told: tuple[Any, ...]
    before: bytes
    after: bytes
    price_from: int | None


class Encoder:
    """One a process. What was told of an event is compared each time: nothing is ever too old."""

    def __init__(self, info: Mapping[str, object]) -> None:
        self._info = info
        self._held: dict[EventId, _Held] = {}

    def event(self, record: Record, *, totals: Totals | None) -> bytes:
        """`EventView` as a stranger without a code sees it."""
        held = self._held.get(record.id)
        if held is None or held.told != record.told:
            held = self._encoded(record)
            self._hold(record.id, held)
        counts = totals or queries.NOTHING
        availability = _Availability(
            counts.available, counts.capacity, counts.held, counts.sold, held.price_from
        )
        return b'%s,"availability":%s,%s' % (
            held.before,
            _ENCODER.encode(availability),
            held.after,
        )

    def _hold(self, event_id: EventId, held: _Held) -> None:
        self._held.pop(event_id, None)
        if len(held.before) + len(held.after) > HELD_BYTES_MAX:
            return
        if len(self._held) >= HELD_MAX:
            del self._held[next(iter(self._held))]
        self._held[event_id] = held

    def _encoded(self, record: Record) -> _Held:
        seen = record.read()
        media = pictures_in(self._info, told=seen.pictures)
        view = queries.view(seen.row, totals=None, locked=seen.locked, media=media)
        parts = msgspec.json.decode(view.model_dump_json(), type=dict[str, msgspec.Raw])
        at = list(parts).index(_COUNTED)
        before = _ENCODER.encode(dict(_some(parts, until=at)))
        after = _ENCODER.encode(dict(_some(parts, after=at)))
        return _Held(record.told, before[:-1], after[1:], view.availability.price_from)


def _some(
    parts: Mapping[str, msgspec.Raw], *, after: int = -1, until: int | None = None
) -> Iterable[tuple[str, msgspec.Raw]]:
    return list(parts.items())[after + 1 : until]


_ENCODER: Final = msgspec.json.Encoder()
