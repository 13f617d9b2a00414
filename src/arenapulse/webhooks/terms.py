"""Words and limits that all of webhooks share."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Final
from uuid import UUID

ENDPOINTS_MAX: Final = 20
"""Living endpoints of one organization."""
URL_CHARACTERS_MAX: Final = 2_000
DELIVERIES_SHOWN_MAX: Final = 50
TROUBLED_SHOWN_MAX: Final = 200
ATTEMPTS_KEPT_MAX: Final = 20
"""The last of a delivery; replays add to them."""
KEEP: Final = dt.timedelta(days=30)
FAILING_MAX: Final = dt.timedelta(days=3)
RETRY_SECONDS: Final = (5, 30, 300, 3_600, 21_600, 86_400, 172_800)
"""What is waited after the first attempt that failed, the second and so on; then it has failed."""
DELIVER_TASK: Final = "webhooks.deliver_due"
SEALED_FOR: Final = "webhook secrets"


def secret_place(endpoint_id: UUID) -> str:
    """Where an endpoint's secret stands: sealed there, it opens nowhere else."""
    return f"webhook_endpoints.secret:{endpoint_id}"


class EventType(enum.StrEnum):
    """What can be told."""

    ORDER_CONFIRMED = "order.confirmed"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_REFUNDED = "order.refunded"
    TICKET_CHECKED_IN = "ticket.checked_in"
    TICKET_TRANSFERRED = "ticket.transferred"
    EVENT_STATUS = "event.status"
    EVENT_SOLD_OUT = "event.sold_out"


class DeliveryStatus(enum.StrEnum):
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    """Tried as often as it is tried by itself."""
    WAITING = "WAITING"
    """Its endpoint is paused."""


class PauseReason(enum.StrEnum):
    BY_HAND = "BY_HAND"
    FAILING = "FAILING"
    """For three days nothing reached it."""
    GONE = "GONE"
    """It answered 410."""
