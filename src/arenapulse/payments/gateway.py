"""What takes the money: Stripe's payment intents as far as we use them.

`stripe_gateway` speaks to Stripe, or to its twin `stripe_sandbox` over HTTP; tests/contracts hold
either. All calls are idempotent by key; money is in minor units of ISO 4217. None may be made
inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from typing import Final, Protocol
from uuid import UUID

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


# Declines that may pass by themselves: https://docs.stripe.com/declines/codes. All others stay.
SOFT_DECLINES: Final = frozenset(
    {"processing_error", "try_again_later", "issuer_not_available", "reenter_transaction"}
)


class NewIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Confirmed at once, captured by hand; the vendor keeps `order_id` and `attempt` with it."""

    order_id: OrderId
    attempt: int
    amount_minor: int
    currency: str
    token: str
    organization_id: UUID | None = None


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
    status: str = "succeeded"
    """Stripe's word: pending, succeeded, failed or canceled; a bank may undo what succeeded."""
    failure_reason: str | None = None

    @property
    def is_undone(self) -> bool:
        return self.status in {"failed", "canceled"}


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """A buyer's bank wants the money back; `status` is Stripe's: won, lost, needs_response…"""

    dispute_id: str
    intent_id: str
    amount_minor: int
    currency: str
    reason: str
    status: str
    due_by: dt.datetime | None = None


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """An issuer thinks that a card was used by a stranger; not actionable once refunded."""

    warning_id: str
    intent_id: str
    kind: str
    is_actionable: bool


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """What changed our balance at the vendor by `amount_minor` less its fee.

    `intent_id` is the payment it is about: taken, given back or disputed.
    """

    movement_id: str
    kind: str
    intent_id: str | None
    amount_minor: int
    fee_minor: int
    currency: str
    created_at: dt.datetime


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    """Money on its way from the vendor to our bank; `status` is Stripe's word.

    Of what the vendor paid out by itself it says which movements are in it.
    """

    payout_id: str
    amount_minor: int
    currency: str
    status: str
    is_automatic: bool
    created_at: dt.datetime
    arrives_at: dt.datetime
    failure_code: str | None = None


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

    async def capture(
        self, intent_id: str, *, amount_minor: int, currency: str, key: str
    ) -> Intent:
        """Takes what was authorised, or less: the rest is let go."""
        ...

    async def cancel(self, intent_id: str, *, key: str) -> Intent:
        """Lets an authorisation go. Refused for one that was captured or cancelled."""
        ...

    async def refund(self, intent_id: str, *, amount_minor: int, currency: str, key: str) -> Refund:
        """Gives captured money back. Refused beyond what is left."""
        ...

    async def refund_state(self, refund_id: str) -> Refund:
        """How a refund stands: a bank may undo it days later."""
        ...

    async def dispute(self, dispute_id: str) -> Dispute: ...

    async def disputes(
        self, *, since: dt.datetime, after: str | None
    ) -> tuple[list[Dispute], str | None]:
        """A page of disputes opened since then, newest first, and where the next begins."""
        ...

    async def warning(self, warning_id: str) -> Warned: ...

    async def warnings(
        self, *, since: dt.datetime, after: str | None
    ) -> tuple[list[Warned], str | None]:
        """A page of warnings made since then, newest first, and where the next begins."""
        ...

    async def listed(
        self, *, since: dt.datetime, until: dt.datetime, after: str | None
    ) -> tuple[list[Intent], str | None]:
        """A page of our intents made in a time, newest first, and where the next begins."""
        ...

    async def movements(
        self,
        *,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        payout_id: str | None = None,
        after: str | None,
    ) -> tuple[list[Movement], str | None]:
        """A page of what moved our balance in a time, or is in a payout, newest first."""
        ...

    async def payouts(
        self, *, since: dt.datetime, after: str | None
    ) -> tuple[list[Payout], str | None]:
        """A page of payouts made since then, newest first, and where the next begins."""
        ...

    async def balance(self) -> Mapping[str, int]:
        """What the vendor has of ours by currency, whether it may be paid out yet or not."""
        ...
