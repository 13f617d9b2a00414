"""Counts a batch of what clients told, without knowing what was counted before."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import msgspec

from arenapulse.analytics.terms import AGE_MAX, FIGURED
from arenapulse.core.errors import NOT_JSON


class Kept(msgspec.Struct, frozen=True):
    """A row as it is kept, in the order of its columns."""

    received_at: dt.datetime
    at: dt.datetime
    event_id: UUID | None
    type: str
    session_id: str
    properties: bytes


class _About(msgspec.Struct, frozen=True, rename="camel"):
    """What of an event's properties is looked at."""

    source: str | None = None
    order_id: UUID | None = None


class Tally(msgspec.Struct, frozen=True):
    """A batch as it is counted: columns of (event, type, minute), and of sessions seen in it.

    `sources` say where a session came from, `orders` which order it placed.
    """

    counted: Sequence[tuple[UUID, str, dt.datetime, int]]
    seen: Sequence[tuple[UUID, str, dt.datetime, int]]
    sources: Sequence[tuple[UUID, int, str]] = ()
    orders: Sequence[tuple[UUID, UUID, int]] = ()


def believed(at: dt.datetime, *, received_at: dt.datetime) -> dt.datetime:
    """A client's clock, as far as it may be trusted: never ahead, at most some days behind."""
    if at > received_at:
        return received_at
    return at if received_at - at <= AGE_MAX else received_at - AGE_MAX


def session_mark(session_id: str) -> int:
    """A signed 64-bit number for a session: the word itself is not kept where it is counted."""
    digest = hashlib.blake2b(session_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def tally(rows: Iterable[Kept]) -> Tally:
    """By event, type and minute, sorted: whoever counts the same rows locks them in one order."""
    # By number: to hash a UUID costs as much as all else that is done with a row.
    events: dict[int, UUID] = {}
    counts: dict[tuple[int, str, dt.datetime], int] = {}
    first: dict[tuple[int, str, str], dt.datetime] = {}
    sources: dict[tuple[UUID, int], str] = {}
    orders: dict[tuple[UUID, UUID], int] = {}
    minute = until = _NEVER
    for row in rows:
        event_id, kind = row.event_id, row.type
        if event_id is None:
            continue
        told = _TOLD.get(kind)
        if told is not None and told in row.properties:
            _attribute(row, event_id, sources=sources, orders=orders)
        if kind not in FIGURED:
            continue
        number = event_id.int
        events[number] = event_id
        # Most of a batch is of one minute.
        if not minute <= row.at < until:
            minute = row.at.replace(second=0, microsecond=0)
            until = minute + _MINUTE
        what = (number, kind, minute)
        counts[what] = counts.get(what, 0) + 1
        who = (number, kind, row.session_id)
        known = first.get(who)
        if known is None or minute < known:
            first[who] = minute
    return Tally(
        counted=[
            (events[number], kind, minute, count)
            for (number, kind, minute), count in sorted(counts.items())
        ],
        seen=sorted(
            (events[number], kind, minute, session_mark(session_id))
            for (number, kind, session_id), minute in first.items()
        ),
        sources=sorted((*key, source) for key, source in sources.items()),
        orders=sorted((*key, session) for key, session in orders.items()),
    )


def _attribute(
    row: Kept,
    event_id: UUID,
    *,
    sources: dict[tuple[UUID, int], str],
    orders: dict[tuple[UUID, UUID], int],
) -> None:
    """What the row says of where its session came from, or which order it placed."""
    try:
        about = _ABOUT.decode(row.properties)
    except NOT_JSON:
        # What was just not too deep for the intake may be so here, further down the stack.
        return
    session = session_mark(row.session_id)
    if row.type == "view" and about.source is not None and _SOURCE.fullmatch(about.source):
        sources.setdefault((event_id, session), about.source.lower())
    elif row.type == "hold" and about.order_id is not None:
        orders.setdefault((event_id, about.order_id), session)


_NEVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
_MINUTE: Final = dt.timedelta(minutes=1)
_TOLD: Final = {"view": b'"source"', "hold": b'"orderId"'}
_ABOUT: Final = msgspec.json.Decoder(_About)
_SOURCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
