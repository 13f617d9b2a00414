"""The stock row: what is for sale of one section of one event."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, Identity, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from arenapulse.runtime.db import Base


class Stock(Base):
    """Capacity, held, sold and blocked places; for seated sections a bit for each seat."""

    __tablename__ = "stock"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[UUID]
    section_id: Mapped[UUID]
    capacity: Mapped[int] = mapped_column(Integer)
    held: Mapped[int] = mapped_column(Integer, server_default="0")
    sold: Mapped[int] = mapped_column(Integer, server_default="0")
    blocked: Mapped[int] = mapped_column(Integer)
    seats: Mapped[int] = mapped_column(Integer)
    taken_seats: Mapped[bytes | None] = mapped_column(LargeBinary)
    sold_seats: Mapped[bytes | None] = mapped_column(LargeBinary)
    blocked_seats: Mapped[bytes | None] = mapped_column(LargeBinary)
    rev: Mapped[int] = mapped_column(BigInteger, server_default="0")
