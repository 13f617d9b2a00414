"""Makes events, changes what they say, sell and cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, text, update

from arenapulse.core import clock
from arenapulse.core.errors import (
    Detail,
    Forbidden,
    Invalid,
    VersionStale,
)
from arenapulse.core.ids import EventId, OrganizationId, VenueId, new_id
from arenapulse.core.names import key
from arenapulse.events import capacity, pricing, queries
from arenapulse.events.capacity import CapacityConfig
from arenapulse.events.errors import HasSales
from arenapulse.events.models import Event, TierPrice
from arenapulse.events.news import EventNews
from arenapulse.events.pricing import PricingTier
from arenapulse.events.queries import EventRow
from arenapulse.events.schemas import EventBody, EventPatch, EventView, TierBody, stored
from arenapulse.events.service.judging import (
    require_salable,
    require_unchanged,
    require_version,
)
from arenapulse.events.service.moving import settle
from arenapulse.events.service.rights import get_to_change
from arenapulse.events.service.telling import record_written, tell_prices
from arenapulse.events.terms import EventStatus
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.inventory import queries as stock
from arenapulse.inventory.schemas import ChangedCounts
from arenapulse.inventory.service import change_stock, close_stock, lock_stock, open_stock
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session
from arenapulse.venues.errors import VenueNotFound
from arenapulse.venues.queries import chart as find_chart
from arenapulse.venues.queries import chart_of, newest_chart, owner_of
from arenapulse.venues.seatmap import Chart

CURRENCY_DEFAULT = "EUR"
"""Of an event that has no prices yet."""

_PLAIN = (
    *("name", "description", "start_time", "end_time", "sales_start_at", "sales_end_at"),
    *("tax_rate", "scarf"),
)


async def create(
    session: Session,
    *,
    actor: Actor,
    body: EventBody,
    event_id: EventId | None = None,
    series_id: EventId | None = None,
) -> EventView:
    """A DRAFT with its stock, on the chart it names or the current one of its venue.

    For who is MANAGER or up both of the event's organization and of the venue's. `event_id` is
    for the seed, `series_id` for `repeat`. Raises `Forbidden` and `Invalid`.
    """
    organization_id = OrganizationId(body.organization_id)
    await _require_manager(session, actor=actor, organization_id=organization_id)
    chart = await _chart_of_venue(
        session, actor=actor, venue_id=VenueId(body.venue_id), chart_id=body.chart_id
    )
    tiers = [stored(tier) for tier in body.pricing_tiers]
    row = EventRow(
        id=event_id or EventId(new_id()),
        organization_id=organization_id,
        venue_id=chart.venue_id,
        chart_id=chart.chart_id,
        name=body.name,
        description=body.description,
        start_time=body.start_time,
        end_time=body.end_time,
        sales_start_at=body.sales_start_at,
        sales_end_at=body.sales_end_at,
        status=EventStatus.DRAFT,
        capacity_config=stored(body.capacity_config),
        pricing_tiers=tiers,
        currency=_currency(body.pricing_tiers, otherwise=body.currency or CURRENCY_DEFAULT),
        tax_rate=body.tax_rate,
        version=1,
        scarf=None if body.scarf is None else list[str](body.scarf),
        series_id=series_id,
    )
    if body.currency not in {None, row.currency}:
        raise Invalid.on("currency", "is not that of the prices")
    _check(row, chart=chart)
    await session.execute(insert(Event).values(asdict(row) | {"name_key": key(row.name)}))
    await _write_prices(session, event_id=row.id, tiers=tiers)
    if chart.sections:
        await open_stock(
            session, event_id=row.id, sections=capacity.stock_of(chart, config=_config(row))
        )
    counts = await stock.totals(session, event_ids=[row.id])
    await record_written(session, row=row, is_new=True)
    return queries.view(row, totals=counts.get(row.id))


@dataclass(frozen=True)
class _Change:
    """What a patch touches, for news and stock."""

    row: EventRow
    start_before: dt.datetime | None
    venue: bool
    capacity: bool
    prices: bool


async def change(
    session: Session,
    *,
    actor: Actor,
    event_id: EventId,
    patch: EventPatch,
    version: int | None,
    news: EventNews,
) -> EventView:
    """Changes the fields that were sent; `capacityConfig` and `pricingTiers` are replaced whole.

    MANAGER and up. Raises `EventNotFound`, `Forbidden`, `VersionMissing` without a `version`,
    `VersionStale`, `Invalid`, `BelowTaken` where what is held and sold no longer fits, and
    `HasSales` where the venue, the chart or the currency of taken places would change.
    """
    row = await get_to_change(session, actor=actor, event_id=event_id)
    require_version(row, version)
    sent = patch.model_fields_set
    require_unchanged(row, patch, currency=_currency_after(row, patch))
    values: dict[str, Any] = {name: getattr(patch, name) for name in _PLAIN if name in sent}
    chart = await _chart_after(session, actor=actor, row=row, patch=patch)
    moves = chart.chart_id != row.chart_id
    values |= {"venue_id": chart.venue_id, "chart_id": chart.chart_id}
    if "capacity_config" in sent:
        values["capacity_config"] = stored(patch.capacity_config)
    if "pricing_tiers" in sent:
        values["pricing_tiers"] = [stored(tier) for tier in patch.pricing_tiers]
        values["currency"] = _currency(patch.pricing_tiers, otherwise=row.currency)
    changed = replace(row, **values, version=row.version + 1)
    _check(changed, chart=chart)
    require_salable(row, changed, now=clock.now())
    await _write_stock(session, before=row, after=changed, chart=chart)
    await _write_event(session, before=row, after=changed)
    if _config(row).max_tickets_per_person != _config(changed).max_tickets_per_person:
        # The stock is locked: the capacity config changed.
        await session.execute(_RECOUNT, {"id": event_id})
    await _note_capacity(session, before=row, after=changed)
    if "pricing_tiers" in sent:
        await _require_spelling(session, event_id=event_id, tiers=patch.pricing_tiers)
        await _write_prices(session, event_id=event_id, tiers=changed.pricing_tiers)
        await audit(
            session,
            actor_id=actor.user_id,
            organization_id=row.organization_id,
            action="event.pricing",
            subject_id=event_id,
            details={"before": row.pricing_tiers, "after": changed.pricing_tiers},
        )
    return await _told(
        session,
        change=_Change(
            row=changed,
            start_before=None if row.start_time == changed.start_time else row.start_time,
            venue=moves,
            capacity=moves or "capacity_config" in sent,
            prices="pricing_tiers" in sent,
        ),
        news=news,
    )


async def _note_capacity(session: Session, *, before: EventRow, after: EventRow) -> None:
    if before.capacity_config == after.capacity_config:
        return
    await audit(
        session,
        organization_id=before.organization_id,
        action="event.capacity",
        subject_id=before.id,
        details={"before": before.capacity_config, "after": after.capacity_config},
    )


async def set_pricing(
    session: Session,
    *,
    actor: Actor,
    event_id: EventId,
    tiers: list[TierBody],
    version: int | None,
    news: EventNews,
) -> EventView:
    """New tiers, for orders from now on and never for holds; MANAGER and up.

    Raises `EventNotFound`, `Forbidden`, `Invalid`, `VersionStale`, and `HasSales` for another
    currency than taken places have.
    """
    row = await get_to_change(session, actor=actor, event_id=event_id)
    return await change(
        session,
        actor=actor,
        event_id=event_id,
        patch=EventPatch.model_validate({"pricingTiers": tiers}),
        version=row.version if version is None else version,
        news=news,
    )


async def require_to_create(session: Session, *, actor: Actor, body: EventBody) -> None:
    """Who may make such an event: MANAGER of its organization and of the venue's.

    Raises `Forbidden`, and `Invalid` where there is no such venue.
    """
    await _require_manager(
        session, actor=actor, organization_id=OrganizationId(body.organization_id)
    )
    await _require_venue(session, actor=actor, venue_id=VenueId(body.venue_id))


async def _require_manager(
    session: Session, *, actor: Actor, organization_id: OrganizationId
) -> None:
    await require_role(
        session,
        actor=actor,
        organization_id=organization_id,
        at_least=Role.MANAGER,
        hidden=Forbidden,
    )


async def _require_venue(session: Session, *, actor: Actor, venue_id: VenueId) -> None:
    # An event keeps its venue from being deleted and speaks in its name: not for strangers.
    try:
        owner = await owner_of(session, venue_id=venue_id)
    except VenueNotFound as error:
        raise Invalid.on("venueId", "there is no such venue") from error
    await _require_manager(session, actor=actor, organization_id=owner)


async def _chart_of_venue(
    session: Session, *, actor: Actor, venue_id: VenueId, chart_id: UUID | None
) -> Chart:
    await _require_venue(session, actor=actor, venue_id=venue_id)
    if chart_id is None:
        return await newest_chart(session, venue_id=venue_id)
    try:
        return await chart_of(session, venue_id=venue_id, chart_id=chart_id)
    except VenueNotFound as error:
        raise Invalid.on("chartId", "the venue has no such chart") from error


async def _chart_after(
    session: Session, *, actor: Actor, row: EventRow, patch: EventPatch
) -> Chart:
    """The chart of the event after a patch: of another venue, another one of its own, or as is."""
    sent = patch.model_fields_set
    venue_id = VenueId(patch.venue_id) if "venue_id" in sent else row.venue_id
    chart_id = patch.chart_id if "chart_id" in sent else None
    if venue_id == row.venue_id and chart_id in {None, row.chart_id}:
        return await find_chart(session, chart_id=row.chart_id)
    return await _chart_of_venue(session, actor=actor, venue_id=venue_id, chart_id=chart_id)


def _config(row: EventRow) -> CapacityConfig:
    return msgspec.convert(row.capacity_config, type=CapacityConfig)


def _currency(tiers: Sequence[TierBody], *, otherwise: str) -> str:
    return tiers[0].currency if tiers else otherwise


def _currency_after(row: EventRow, patch: EventPatch) -> str:
    if "pricing_tiers" in patch.model_fields_set:
        return _currency(patch.pricing_tiers, otherwise=row.currency)
    return row.currency


def _check(row: EventRow, *, chart: Chart) -> None:
    found: list[Detail] = []
    if row.end_time <= row.start_time:
        found.append({"field": "endTime", "message": "must be after startTime"})
    if row.sales_end_at is not None and row.sales_end_at > row.end_time:
        found.append({"field": "salesEndAt", "message": "must not be after endTime"})
    if row.sales_start_at is not None and row.sales_start_at >= (
        row.sales_end_at or row.start_time
    ):
        found.append({"field": "salesStartAt", "message": "must be before the sale ends"})
    found.extend(capacity.problems(chart, config=_config(row)))
    tiers = msgspec.convert(row.pricing_tiers, type=list[PricingTier])
    found.extend(pricing.problems(tiers, section_ids=chart.by_id.keys()))
    if found:
        raise Invalid(details=found[: capacity.PROBLEMS_MAX])


async def _require_spelling(
    session: Session, *, event_id: EventId, tiers: Sequence[TierBody]
) -> None:
    """A level that codes unlock is no other one because it is spelled in another way."""
    locked = await queries.locked_levels(session, event_ids=[event_id])
    spelled = {key(level): level for level in locked.get(event_id, ())}
    for number, tier in enumerate(tiers):
        known = spelled.get(key(tier.price_level), tier.price_level)
        if known != tier.price_level:
            where = f"pricingTiers.{number}.priceLevel"
            raise Invalid.on(where, f"is the level {known}, which a promo code unlocks")


async def _write_stock(
    session: Session, *, before: EventRow, after: EventRow, chart: Chart
) -> None:
    sections = capacity.stock_of(chart, config=_config(after))
    if before.chart_id != after.chart_id:
        if not await close_stock(session, event_id=after.id):
            raise HasSales
    elif before.currency != after.currency:
        await lock_stock(session, event_id=after.id)
        counts = await stock.totals(session, event_ids=[after.id])
        taken = counts.get(after.id, queries.NOTHING)
        if taken.held + taken.sold > 0:
            raise HasSales
    if sections and (
        before.chart_id != after.chart_id or before.capacity_config != after.capacity_config
    ):
        await change_stock(session, event_id=after.id, sections=sections)


async def _write_event(session: Session, *, before: EventRow, after: EventRow) -> None:
    values = asdict(after) | {"name_key": key(after.name)}
    for kept in ("id", "organization_id", "status"):
        del values[kept]
    moved = await session.execute(
        update(Event)
        .where(Event.id == after.id, Event.version == before.version)
        .values(values)
        .returning(Event.id)
    )
    if moved.scalar_one_or_none() is None:
        raise VersionStale


async def _write_prices(
    session: Session, *, event_id: EventId, tiers: list[dict[str, Any]]
) -> None:
    await session.execute(delete(TierPrice).where(TierPrice.event_id == event_id))
    rows = [
        msgspec.structs.asdict(price) | {"event_id": event_id}
        for price in pricing.prices(msgspec.convert(tiers, type=list[PricingTier]))
    ]
    if rows:
        await session.execute(insert(TierPrice), rows)


async def _told(session: Session, *, change: _Change, news: EventNews) -> EventView:
    """The answer, with what follows from a change: the status by stock, and the news."""
    event_id = change.row.id
    flipped = await settle(session, event_id=event_id) if change.capacity else None
    counts = (await stock.totals(session, event_ids=[event_id])).get(event_id, queries.NOTHING)
    row = await queries.find(session, event_id=event_id)
    await record_written(session, row=row, is_new=False, start_before=change.start_before)
    if row.status is not EventStatus.DRAFT:
        if flipped is not None:
            session.after_commit(
                partial(news.status_changed, event_id=event_id, status=flipped.value)
            )
        if change.prices:
            await tell_prices(session, row=row, news=news)
        if change.capacity:
            sections = await stock.sections_of(session, event_id=event_id)
            session.after_commit(
                partial(
                    news.capacity_changed,
                    changed=ChangedCounts(event_id, tuple(sections)),
                    current_capacity=counts.available,
                )
            )
    (shown,) = await queries.with_media(session, [queries.view(row, totals=counts)])
    return shown


_RECOUNT = text("SELECT recount_places(CAST(:id AS UUID))")
