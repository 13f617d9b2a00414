"""Season tickets as they are offered: the same place at each date of a series, at its own price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import text

from arenapulse.core.errors import Invalid
from arenapulse.core.ids import EventId
from arenapulse.core.names import key
from arenapulse.events import queries
from arenapulse.events.errors import EventNotFound, NoSeason, SeasonClosed
from arenapulse.events.queries import EventRow
from arenapulse.events.schemas import (
    SeasonBody,
    SeasonDateView,
    SeasonLevelView,
    SeasonPriceView,
    SeasonView,
)
from arenapulse.events.service.rights import get_to_change
from arenapulse.identity.queries import role_of
from arenapulse.identity.schemas import Actor, Role
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session


@dataclass(frozen=True)
class Season:
    """What is sold: at each of these dates, for these amounts by price level."""

    event_ids: tuple[EventId, ...]
    amounts: Mapping[str, int]
    """By the level's key: what its places cost at each date, where that is less than alone."""


async def offer_season(
    session: Session, *, actor: Actor, series_id: EventId, body: SeasonBody, now: dt.datetime
) -> SeasonView:
    """Offers it at these prices from now on, or, without any, no more; MANAGER and up.

    Raises `EventNotFound`, `Forbidden`, `NoSeason` for what is no series, and `Invalid` for a level
    that its first event has not, or that is named twice.
    """
    row = await get_to_change(session, actor=actor, event_id=series_id)
    if row.series_id != series_id:
        raise NoSeason("This event is not the first of a series: repeat it.")
    levels = _levels(row, body)
    offer = msgspec.json.encode(levels).decode()
    before = await session.scalar(_AMOUNTS, {"id": series_id})
    await session.execute(_OFFER, {"id": series_id, "levels": offer})
    await audit(
        session,
        organization_id=row.organization_id,
        action="series.season_ticket",
        subject_id=series_id,
        details={"before": before or [], "after": levels},
    )
    return await _view(session, row, is_managed=True, now=now)


async def read_season(
    session: Session, *, actor: Actor | None, series_id: EventId, now: dt.datetime
) -> SeasonView:
    """The dates on sale, and what the same place at all of them costs; for everybody.

    Its organizer sees the offer as it was made, and drafts' too. Raises `NoSeason` for what is no
    series, or is one that nobody else may know of.
    """
    try:
        row = await queries.find(session, event_id=series_id)
    except EventNotFound:
        raise NoSeason from None
    role = None
    if actor is not None:
        role = await role_of(session, actor=actor, organization_id=row.organization_id)
    is_managed = role is not None and role.covers(Role.MANAGER)
    view = await _view(session, row, is_managed=is_managed, now=now)
    is_hidden = not row.is_public and not view.dates and role is None
    if row.series_id != series_id or is_hidden:
        raise NoSeason
    return view


async def season_of(session: Session, *, series_id: EventId, now: dt.datetime) -> Season:
    """What is sold at this moment.

    Raises `NoSeason`, and `SeasonClosed` while no date is on sale or one has a waiting room.
    """
    offered = await session.scalar(_AMOUNTS, {"id": series_id})
    if not offered:
        raise NoSeason
    rows = (await session.execute(_DATES, {"id": series_id, "now": now})).all()
    if not rows:
        raise SeasonClosed
    if any(row.is_waiting for row in rows):
        raise SeasonClosed("A date of it has a waiting room: season tickets pass by no line.")
    amounts: dict[str, int] = {level["priceLevel"]: level["amount"] for level in offered}
    return Season(
        event_ids=tuple(EventId(row.id) for row in rows),
        amounts={key(level): amount for level, amount in amounts.items()},
    )


def _levels(row: EventRow, body: SeasonBody) -> list[dict[str, Any]]:
    known = {key(tier["priceLevel"]): tier["priceLevel"] for tier in row.pricing_tiers}
    found: dict[str, int] = {}
    for n, level in enumerate(body.levels):
        name = known.get(key(level.price_level))
        if name is None:
            raise Invalid.on(f"levels.{n}.priceLevel", "the first event has no such price level")
        if name in found:
            raise Invalid.on(f"levels.{n}.priceLevel", "is named twice")
        found[name] = level.amount
    return [{"priceLevel": name, "amount": amount} for name, amount in found.items()]


async def _view(
    session: Session, row: EventRow, *, is_managed: bool, now: dt.datetime
) -> SeasonView:
    values = {"id": row.id, "now": now}
    dates = (await session.execute(_DATES, values)).all()
    prices = (await session.execute(_PRICES, values)).all()
    offered = await session.scalar(_AMOUNTS, {"id": row.id}) if is_managed else None
    return SeasonView(
        series_id=row.id,
        currency=row.currency,
        dates=[
            SeasonDateView(event_id=each.id, start_time=each.start_time, end_time=each.end_time)
            for each in dates
        ],
        prices=[
            SeasonPriceView(
                section_id=each.section_id,
                price_level=each.price_level,
                amount=each.amount,
                by_date=each.by_date,
                total=each.total,
                single=each.single,
            )
            for each in prices
        ],
        levels=[
            SeasonLevelView(price_level=level["priceLevel"], amount=level["amount"])
            for level in offered or ()
        ]
        if is_managed
        else None,
    )


_OFFER: Final = text(
    "INSERT INTO season_offers (series_id, levels) VALUES (:id, CAST(:levels AS JSONB)) "
    "ON CONFLICT (series_id) DO UPDATE SET levels = EXCLUDED.levels"
)
_AMOUNTS: Final = text("SELECT levels FROM season_offers WHERE series_id = :id")
# The dates that an order of now would get, as place_orders judges it.
_ON_SALE: Final = (
    "e.series_id = :id AND e.status IN ('ON_SALE', 'SOLD_OUT', 'LIVE') "
    "AND :now < coalesce(e.sales_end_at, e.start_time)"
)
_DATES: Final = text(f"""
SELECT e.id, e.start_time, e.end_time,
    coalesce((e.capacity_config #>> '{{waitingRoom,enabled}}')::BOOLEAN, FALSE) AS is_waiting
  FROM events e WHERE {_ON_SALE} ORDER BY e.start_time, e.id
""")
# Only what is sold at every date, and nothing that a promo code has to unlock.
_PRICES: Final = text(f"""
WITH dates AS (SELECT e.id, e.start_time FROM events e WHERE {_ON_SALE}), offered AS (
  SELECT x->>'priceLevel' AS price_level, (x->>'amount')::INTEGER AS amount
    FROM season_offers o CROSS JOIN LATERAL jsonb_array_elements(o.levels) x
    WHERE o.series_id = :id
)
SELECT p.section_id, p.price_level, o.amount,
    array_agg(least(p.amount, o.amount) + p.fee ORDER BY d.start_time, d.id) AS by_date,
    sum(least(p.amount, o.amount) + p.fee)::BIGINT AS total,
    sum(p.amount + p.fee)::BIGINT AS single
  FROM dates d JOIN tier_prices p ON p.event_id = d.id
  JOIN offered o ON o.price_level = p.price_level
  WHERE (d.id, p.price_level) NOT IN (SELECT x.event_id, x.level
    FROM locked_levels(array(SELECT id FROM dates), NULL) x)
  GROUP BY 1, 2, 3 HAVING count(*) = (SELECT count(*) FROM dates)
  ORDER BY p.price_level, p.section_id LIMIT 5000
""")
