"""Events, and their prices as a sale looks them up."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, func
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
    description: Mapped[str] = mapped_column(Text)
    start_time: Mapped[dt.datetime] = mapped_column(_MOMENT)
    end_time: Mapped[dt.datetime] = mapped_column(_MOMENT)
    sales_end_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    status: Mapped[EventStatus] = mapped_column(STATUS)
    capacity_config: Mapped[dict[str, Any]] = mapped_column(JSONB)
    pricing_tiers: Mapped[list[Any]] = mapped_column(JSONB)
    currency: Mapped[str] = mapped_column(Text)
    tax_rate: Mapped[int] = mapped_column(Integer)
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
