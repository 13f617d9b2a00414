"""One event with all that is said of it, in one round trip."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

import asyncpg
import msgspec

from arenapulse.core.ids import EventId
from arenapulse.core.names import key
from arenapulse.events.errors import EventNotFound
from arenapulse.events.queries import EventRow
from arenapulse.events.terms import EventStatus
from arenapulse.inventory.schemas import Totals

_AS_JSON: Final = frozenset({"capacity_config", "pricing_tiers"})
_AS_TEXT: Final = _AS_JSON | {"status"}
_NAMES: Final = tuple(each.name for each in fields(EventRow))
_COLUMNS: Final = ", ".join(
    f"e.{name}::TEXT" if name in _AS_TEXT else f"e.{name}" for name in _NAMES
)
_SEEN: Final = f"""
SELECT {_COLUMNS}, counts.capacity, counts.held, counts.sold, counts.blocked,
  array(SELECT level FROM promo_codes c CROSS JOIN unnest(c.unlocks) level
        WHERE c.event_id = e.id AND c.unlocks <> '{{}}'
        GROUP BY level
        HAVING NOT coalesce(bool_or(c.deleted_at IS NULL
          AND coalesce(c.code_key, lower(c.code)) = $2), FALSE)) AS locked
FROM events e CROSS JOIN LATERAL (
  SELECT sum(capacity)::BIGINT AS capacity, sum(held)::BIGINT AS held,
    sum(sold)::BIGINT AS sold, sum(blocked)::BIGINT AS blocked
  FROM stock WHERE event_id = e.id) counts
WHERE e.id = $1
"""


@dataclass(frozen=True)
class Seen:
    """`locked` are the price levels that only a code unlocks, but for what the given one does."""

    row: EventRow
    totals: Totals | None
    locked: frozenset[str]


async def seen(
    connection: asyncpg.Connection[asyncpg.Record], *, event_id: EventId, promo_code: str | None
) -> Seen:
    """Exact counts; drafts too: the caller judges who may see it. Raises `EventNotFound`."""
    code = None if promo_code is None else key(promo_code)
    found = await connection.fetchrow(_SEEN, event_id, code)
    if found is None:
        raise EventNotFound
    told: dict[str, Any] = {name: found[name] for name in _NAMES}
    told |= {name: msgspec.json.decode(told[name]) for name in _AS_JSON}
    told["status"] = EventStatus(told["status"])
    totals = None
    if found["capacity"] is not None:
        totals = Totals(found["capacity"], found["held"], found["sold"], found["blocked"])
    return Seen(EventRow(**told), totals, frozenset(found["locked"]))
