"""What takes the money: Stripe's payment intents as far as we use them.

The real file is `stripe_gateway`, the twin `stripe_sandbox`; both pass tests/contracts. All calls
are idempotent by key; money is in minor units. None may be made inside a transaction.
"""

from __future__ import annotations

import enum
from typing import Final, Protocol

import msgspec

from arenapulse.core.ids import OrderId


class IntentStatus(enum.StrEnum):
    """Stripe's words."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    REQUIRES_CAPTURE = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


# An intent of ours only goes up: of two that are read, the higher is newer.
RANK: Final[dict[IntentStatus, int]] = {
    IntentStatus.PROCESSING: 0,
    IntentStatus.REQUIRES_ACTION: 1,
    IntentStatus.REQUIRES_PAYMENT_METHOD: 2,
    IntentStatus.REQUIRES_CAPTURE: 3,
    IntentStatus.SUCCEEDED: 4,
    IntentStatus.CANCELED: 4,
}


# What the vendor says of an authorisation that is not there any more.
GONE: Final = frozenset({"resource_missing", "charge_expired_for_capture"})


class NewIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Confirmed at once, captured by hand; the vendor keeps `order_id` and `attempt` with it."""

    order_id: OrderId
    attempt: int
    amount_minor: int
    currency: str
    token: str


class Decline(msgspec.Struct, frozen=True, kw_only=True):
    """Why a card did not pay; `message` may be shown to its owner."""

    code: str
    message: str
    decline_code: str | None = None


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    intent_id: str
    status: IntentStatus
    order_id: OrderId
    attempt: int
    amount_minor: int
    currency: str
    client_secret: str
    captured_minor: int = 0
    refunded_minor: int = 0
    decline: Decline | None = None

    @property
    def rank(self) -> int:
        return RANK[self.status]


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    refund_id: str
    intent_id: str
    amount_minor: int


class GatewayAway(Exception):
    """No answer, or "later": it may have happened or not. Ask again with the same key."""


class GatewayRefused(Exception):
    """It will not happen however often one asks; `code` is Stripe's."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Gateway(Protocol):
    """Each call raises `GatewayAway` or `GatewayRefused`; a declined card is an `Intent`."""

    def accepts(self, token: str) -> bool:
        """Whether the token looks like a card's. Asks nobody."""
        ...

    async def create_intent(self, new: NewIntent, *, key: str) -> Intent:
        """A second call with the key gives the first answer, not the present state."""
        ...

    async def retrieve(self, intent_id: str) -> Intent:
        """The present state."""
        ...

    async def capture(self, intent_id: str, *, amount_minor: int, key: str) -> Intent:
        """Takes what was authorised, or less: the rest is let go."""
        ...

    async def cancel(self, intent_id: str, *, key: str) -> Intent:
        """Lets an authorisation go. Refused for one that was captured or cancelled."""
        ...

    async def refund(self, intent_id: str, *, amount_minor: int, key: str) -> Refund:
        """Gives captured money back. Refused beyond what is left."""
        ...
