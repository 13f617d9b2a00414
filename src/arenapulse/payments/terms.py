"""The statuses of charges and refunds, and words of ours that stand in rows."""

from __future__ import annotations

import enum
from typing import Final

FRAUD_WARNED: Final = "The card's issuer warned of fraud."
"""Why a refund was made; the first of an order's is the only one."""


class ChargeStatus(enum.StrEnum):
    """`DUE → PROCESSING → (REQUIRES_ACTION) → CAPTURING → SUCCEEDED`; a live one has `due_at`."""

    DUE = "DUE"
    PROCESSING = "PROCESSING"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    # The places are sold, the money is authorised and still to be taken.
    CAPTURING = "CAPTURING"
    # The places are sold, the authorisation is lost: a person decides.
    OWED = "OWED"
    # The places are lost, the authorisation is still to be let go.
    CANCELLING = "CANCELLING"
    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"


class RefundStatus(enum.StrEnum):
    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class DisputeStatus(enum.StrEnum):
    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


class RefundBy(enum.StrEnum):
    """Who wished for it; the platform where an event is off, or a bank has decided."""

    BUYER = "BUYER"
    ORGANIZER = "ORGANIZER"
    PLATFORM = "PLATFORM"
