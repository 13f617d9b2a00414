"""The statuses of charges and refunds."""

from __future__ import annotations

import enum
from typing import Final


class ChargeStatus(enum.StrEnum):
    """`DUE → PROCESSING → (REQUIRES_ACTION) → CAPTURING → SUCCEEDED`; a live one has `due_at`."""

    DUE = "DUE"
    PROCESSING = "PROCESSING"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    # The places are sold, the money is authorised and still to be taken.
    CAPTURING = "CAPTURING"
    # The places are lost, the authorisation is still to be let go.
    CANCELLING = "CANCELLING"
    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"


# The order does not know yet how it ends; one such charge an order.
OPEN: Final = (ChargeStatus.DUE, ChargeStatus.PROCESSING, ChargeStatus.REQUIRES_ACTION)


class RefundStatus(enum.StrEnum):
    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
