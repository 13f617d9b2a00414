"""Events, and their prices as a sale looks them up."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, DateTime, Integer, Text, Uuid, func
from sqlalchemy.dialects.postgresql import ENUM, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from arenapulse.events.terms import EventStatus
from arenapulse.runtime.db import Base

STATUS = ENUM(EventStatus, name="event_status", create_type=False)
_MOMENT = DateTime(timezone=True)


class Event(Base):
    """The rules of a sale stand beside as generated columns, see the migration."""

    __tablename__ = "events"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    venue_id: Mapped[UUID]
    organization_id: Mapped[UUID]
    chart_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    start_time: Mapped[dt.datetime] = mapped_column(_MOMENT)
    end_time: Mapped[dt.datetime] = mapped_column(_MOMENT)
    sales_start_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    sales_end_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    status: Mapped[EventStatus] = mapped_column(STATUS)
    capacity_config: Mapped[dict[str, Any]] = mapped_column(JSONB)
    pricing_tiers: Mapped[list[Any]] = mapped_column(JSONB)
    currency: Mapped[str] = mapped_column(Text)
    tax_rate: Mapped[int] = mapped_column(Integer)
    scarf: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    series_id: Mapped[UUID | None]
    never_public: Mapped[bool] = mapped_column(Boolean, server_default="false")
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[dt.datetime] = mapped_column(_MOMENT, server_default=func.now())


class TierPrice(Base):
    """What `pricing_tiers` says, one row for each section and level; written with it."""

    __tablename__ = "tier_prices"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    section_id: Mapped[UUID] = mapped_column(primary_key=True)
    price_level: Mapped[str] = mapped_column(Text, primary_key=True)
    amount: Mapped[int] = mapped_column(Integer)
    fee: Mapped[int] = mapped_column(Integer)


class PromoCode(Base):
    """`uses` is counted by place_orders and settle_orders under the row's lock."""

    __tablename__ = "promo_codes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(Text)
    code_key: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[int] = mapped_column(Integer)
    max_uses: Mapped[int | None] = mapped_column(Integer)
    max_per_person: Mapped[int | None] = mapped_column(Integer)
    valid_from: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    valid_until: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    section_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    unlocks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    uses: Mapped[int] = mapped_column(Integer, server_default="0")
    deleted_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    created_at: Mapped[dt.datetime] = mapped_column(_MOMENT, server_default=func.now())
