"""PostgreSQL's binary COPY: rows of what clients told, as they go over the wire.

Written here since the driver takes each value by itself, which costs more than all else that is
done with a row. The order of the fields is that of `queries.COLUMNS`.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterable, Sequence
from typing import Final

from arenapulse.analytics.tally import Kept

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER: Final = b"\xff\xff"

_EPOCH: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_FIELDS: Final = 6
_MOMENTS: Final = struct.Struct(">hiqiq").pack
_SIZE: Final = struct.Struct(">i").pack
_MOMENT_BYTES: Final = 8
_NULL: Final = _SIZE(-1)


def encoded(rows: Iterable[Kept]) -> bytes:
    """Rows between `HEADER` and `TRAILER`."""
    parts: list[bytes] = []
    put = parts.append
    # The same words and events come again and again in a batch.
    words: dict[str, bytes] = {}
    events: dict[int, bytes] = {}
    last: dt.datetime | None = None
    received = 0
    for row in rows:
        kind, session = words.get(row.type), words.get(row.session_id)
        if kind is None:
            kind = words[row.type] = _sized(row.type.encode())
        if session is None:
            session = words[row.session_id] = _sized(row.session_id.encode())
        event: bytes | None = _NULL
        if row.event_id is not None:
            number = row.event_id.int
            event = events.get(number)
            if event is None:
                event = events[number] = _sized(row.event_id.bytes)
        if row.received_at is not last:
            last = row.received_at
            received = _micros(last)
        put(_MOMENTS(_FIELDS, _MOMENT_BYTES, received, _MOMENT_BYTES, _micros(row.at)))
        put(event)
        put(kind)
        put(session)
        put(_SIZE(len(row.properties)))
        put(row.properties)
    return b"".join(parts)


def _micros(at: dt.datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _sized(value: bytes) -> bytes:
    return _SIZE(len(value)) + value


def pieces(rows: Sequence[Kept], *, size: int) -> Iterable[bytes]:
    """The whole of it, so many rows at a time."""
    yield HEADER
    for first in range(0, len(rows), size):
        yield encoded(rows[first : first + size])
    yield TRAILER
