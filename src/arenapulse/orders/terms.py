"""The statuses of orders, their payments and their tickets."""

from __future__ import annotations

import enum
from typing import Final

SPREAD_TASK: Final = "orders.spread_placed"
"""Tells who reacts what a batch sold; `tell_placed` writes it."""


class OrderStatus(enum.StrEnum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


class PaymentStatus(enum.StrEnum):
    NOT_REQUIRED = "NOT_REQUIRED"
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    RETRYING = "RETRYING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    REFUNDED = "REFUNDED"
    DISPUTED = "DISPUTED"


class TicketStatus(enum.StrEnum):
    RESERVED = "RESERVED"
    VALID = "VALID"
    CHECKED_IN = "CHECKED_IN"
    TRANSFERRED = "TRANSFERRED"
    VOID = "VOID"
