"""What became of an order, line by line."""

from __future__ import annotations

import datetime as dt
import enum
from uuid import UUID

import msgspec

from arenapulse.core.ids import OrderId
from arenapulse.runtime.web.envelope import View


class ActivityKind(enum.StrEnum):
    PLACED = "PLACED"
    PAYMENT_STARTED = "PAYMENT_STARTED"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REFUNDED = "REFUNDED"


class ActivityEntry(View):
    """`code` says why a payment failed; `amount` (minor units) and `ticketIds` what went back."""

    at: dt.datetime
    kind: ActivityKind
    code: str | None = None
    amount: int | None = None
    currency: str | None = None
    ticket_ids: list[UUID]


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it is kept: one for a fact and order."""

    order_id: OrderId
    fact_id: UUID
    at: dt.datetime
    kind: ActivityKind
    code: str | None = None
    amount: int | None = None
    numbers: tuple[int, ...] = ()
