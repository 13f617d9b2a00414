"""Charges as they stand, and the bodies of the payment endpoints."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Annotated, Final, Literal

import msgspec
from pydantic import StringConstraints

from arenapulse.core.ids import OrderId
from arenapulse.runtime.web.envelope import Body, Text, View

ATTEMPTS_MAX: Final = 5
TOKEN_CHARACTERS_MAX: Final = 128


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


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to be paid; `tries` counts the calls for its present step."""

    order_id: OrderId
    attempt: int
    amount_minor: int
    currency: str
    token: str
    status: ChargeStatus
    tries: int
    intent_id: str | None
    hold_until: dt.datetime | None

    @property
    def intent_key(self) -> str:
        """The same parameters under the same key, however often it is sent."""
        return f"pi:{self.order_id}:{self.amount_minor}:{self.currency}:{self.attempt}"


class PaymentMethodBody(Body):
    """Only a card can pay an order that exists."""

    type: Literal["card"]
    token: Annotated[Text, StringConstraints(min_length=1, max_length=TOKEN_CHARACTERS_MAX)]


class PayBody(Body):
    payment_method: PaymentMethodBody


class AuthenticateBody(Body):
    """What the person does on their bank's page."""

    outcome: Literal["pass", "fail"]


class Received(View):
    received: bool = True
