"""Venues and the versions of their charts."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from arenapulse.runtime.db import Base


class Venue(Base):
    """`sections` is a copy of the newest chart's, as the specification's table has it."""

    __tablename__ = "venues"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    location: Mapped[dict[str, Any]] = mapped_column(JSONB)
    capacity: Mapped[int] = mapped_column(Integer)
    sections: Mapped[list[Any]] = mapped_column(JSONB)
    amenities: Mapped[list[str]] = mapped_column(ARRAY(Text))
    chart_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    created_at: Mapped[dt.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


class VenueChart(Base):
    """One version of a venue's sections; never changed.

    `drawn` is the answer to who reads it; a chart that was made before charts were drawn has none.
    """

    __tablename__ = "venue_charts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    venue_id: Mapped[UUID]
    sections: Mapped[list[Any]] = mapped_column(JSONB)
    name: Mapped[str | None] = mapped_column(Text)
    geometry: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    drawn: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
