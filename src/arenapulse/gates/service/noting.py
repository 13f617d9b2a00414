"""Changes of tickets that devices with a manifest must hear of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from arenapulse.core.ids import EventId, OrderId
from arenapulse.gates import queries
from arenapulse.runtime.db import Session


async def note_changes(session: Session, *, changed: Iterable[tuple[EventId, OrderId]]) -> None:
    """Their next delta has the tickets of these orders; noted twice does no harm."""
    by_event: dict[EventId, list[OrderId]] = defaultdict(list)
    for event_id, order_id in changed:
        by_event[event_id].append(order_id)
    # In one order, as every one who locks several.
    for event_id in sorted(by_event):
        await queries.note_changes(session, event_id=event_id, order_ids=by_event[event_id])
