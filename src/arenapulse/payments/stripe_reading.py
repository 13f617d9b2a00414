"""What Stripe says, read into our words: amounts as ISO 4217 counts them, times with a zone."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from uuid import UUID

import msgspec

from arenapulse.core.currencies import MINOR_UNITS
from arenapulse.core.ids import OrderId
from arenapulse.payments.gateway import (
    Decline,
    Dispute,
    GatewayRefused,
    Intent,
    IntentStatus,
    Movement,
    Payout,
    Refund,
    Warned,
)
from arenapulse.runtime import log

_log = log.logger("payments")

# Where Stripe counts otherwise than ISO 4217. https://docs.stripe.com/currencies#special-cases
_DECIMALS: Final = {"ISK": 2, "UGX": 2, "MGA": 0}


class ErrorTold(msgspec.Struct, frozen=True):
    code: str = "card_declined"
    message: str = "Your card was declined."
    decline_code: str | None = None


class ChargeTold(msgspec.Struct, frozen=True):
    amount_refunded: int = 0


class MetadataTold(msgspec.Struct, frozen=True):
    order_id: UUID | None = msgspec.field(name="orderId", default=None)
    attempt: int = 1


class IntentTold(msgspec.Struct, frozen=True):
    id: str
    status: IntentStatus
    amount: int
    currency: str
    metadata: MetadataTold = MetadataTold()
    client_secret: str | None = None
    amount_received: int = 0
    last_payment_error: ErrorTold | None = None
    latest_charge: ChargeTold | str | None = None
    transfer_data: dict[str, Any] | None = None


class RefundTold(msgspec.Struct, frozen=True):
    id: str
    amount: int
    currency: str
    payment_intent: str | None = None
    status: str | None = None
    failure_reason: str | None = None


class DueTold(msgspec.Struct, frozen=True):
    due_by: int | None = None


class DisputeTold(msgspec.Struct, frozen=True):
    id: str
    amount: int
    currency: str
    reason: str
    status: str
    payment_intent: str | None = None
    evidence_details: DueTold = DueTold()


class DisputesTold(msgspec.Struct, frozen=True):
    data: list[DisputeTold]
    has_more: bool


class WarningTold(msgspec.Struct, frozen=True):
    id: str
    actionable: bool
    fraud_type: str
    payment_intent: str | None = None


class WarningsTold(msgspec.Struct, frozen=True):
    data: list[WarningTold]
    has_more: bool


class NamedTold(msgspec.Struct, frozen=True):
    """An intent of whatever program of the account; of its own words only the names are read."""

    id: str
    metadata: dict[str, Any] = {}

    @property
    def is_ours(self) -> bool:
        try:
            UUID(str(self.metadata.get("orderId")))
        except ValueError:
            return False
        return True


class IntentsTold(msgspec.Struct, frozen=True):
    data: list[msgspec.Raw]
    has_more: bool


class SourceTold(msgspec.Struct, frozen=True):
    """Of a charge, a refund or a dispute; of whatever else it names none."""

    payment_intent: str | None = None


class MovementTold(msgspec.Struct, frozen=True):
    id: str
    type: str
    amount: int
    fee: int
    currency: str
    created: int
    source: SourceTold | str | None = None


class MovementsTold(msgspec.Struct, frozen=True):
    data: list[MovementTold]
    has_more: bool


class PayoutTold(msgspec.Struct, frozen=True):
    id: str
    amount: int
    currency: str
    status: str
    automatic: bool
    created: int
    arrival_date: int
    failure_code: str | None = None


class PayoutsTold(msgspec.Struct, frozen=True):
    data: list[PayoutTold]
    has_more: bool


class FundsTold(msgspec.Struct, frozen=True):
    amount: int
    currency: str


class BalanceTold(msgspec.Struct, frozen=True):
    available: list[FundsTold]
    pending: list[FundsTold]


def to_vendor(amount_minor: int, *, currency: str) -> int:
    """Our minor units as Stripe counts them; refuses what it cannot say."""
    ours = MINOR_UNITS[currency]
    theirs = _DECIMALS.get(currency, ours)
    if theirs >= ours:
        return amount_minor * 10 ** (theirs - ours)
    whole, rest = divmod(amount_minor, 10 ** (ours - theirs))
    if rest:
        raise GatewayRefused("amount_not_whole")
    return whole


def from_vendor(amount: int, *, currency: str) -> int:
    """As we count it; what nobody here sells in, as the vendor does."""
    ours = MINOR_UNITS.get(currency)
    if ours is None:
        return amount
    theirs = _DECIMALS.get(currency, ours)
    return amount * 10 ** (ours - theirs) if ours >= theirs else amount // 10 ** (theirs - ours)


def intent_of(told: IntentTold) -> Intent:
    if told.metadata.order_id is None:
        raise GatewayRefused("not_ours")
    currency = told.currency.upper()
    charge = told.latest_charge
    is_known = isinstance(charge, ChargeTold)
    is_declined = told.status is IntentStatus.REQUIRES_PAYMENT_METHOD
    failed = told.last_payment_error if is_declined else None
    return Intent(
        intent_id=told.id,
        status=told.status,
        order_id=OrderId(told.metadata.order_id),
        attempt=told.metadata.attempt,
        amount_minor=from_vendor(told.amount, currency=currency),
        currency=currency,
        client_secret=told.client_secret or "",
        captured_minor=from_vendor(told.amount_received, currency=currency),
        refunded_minor=from_vendor(charge.amount_refunded, currency=currency) if is_known else 0,
        decline=None
        if failed is None
        else Decline(code=failed.code, message=failed.message, decline_code=failed.decline_code),
    )


def intents_of(told: IntentsTold) -> tuple[list[Intent], str | None]:
    """Ours of a page, and the last name on it where another page follows.

    What another program of the account made is none of ours and may be of any kind; what of ours
    cannot be read is told to the log alone, so that the others are still judged.
    """
    named = [(msgspec.json.decode(raw, type=NamedTold), raw) for raw in told.data]
    ours: list[Intent] = []
    for name, raw in named:
        if not name.is_ours:
            continue
        try:
            ours.append(intent_of(msgspec.json.decode(raw, type=IntentTold, strict=False)))
        except msgspec.ValidationError:
            _log.exception("an intent cannot be read", intent=name.id)
    return ours, named[-1][0].id if told.has_more and named else None


def refund_of(told: RefundTold) -> Refund:
    currency = told.currency.upper()
    return Refund(
        refund_id=told.id,
        intent_id=told.payment_intent or "",
        amount_minor=from_vendor(told.amount, currency=currency),
        status=told.status or "pending",
        failure_reason=told.failure_reason,
    )


def warned_of(told: WarningTold) -> Warned:
    return Warned(
        warning_id=told.id,
        intent_id=told.payment_intent or "",
        kind=told.fraud_type,
        is_actionable=told.actionable,
    )


def dispute_of(told: DisputeTold) -> Dispute:
    due = told.evidence_details.due_by
    currency = told.currency.upper()
    return Dispute(
        dispute_id=told.id,
        intent_id=told.payment_intent or "",
        amount_minor=from_vendor(told.amount, currency=currency),
        currency=currency,
        reason=told.reason,
        status=told.status,
        due_by=None if due is None else _moment(due),
    )


def movement_of(told: MovementTold) -> Movement:
    currency = told.currency.upper()
    return Movement(
        movement_id=told.id,
        kind=told.type,
        intent_id=told.source.payment_intent if isinstance(told.source, SourceTold) else None,
        amount_minor=from_vendor(told.amount, currency=currency),
        fee_minor=from_vendor(told.fee, currency=currency),
        currency=currency,
        created_at=_moment(told.created),
    )


def payout_of(told: PayoutTold) -> Payout:
    currency = told.currency.upper()
    return Payout(
        payout_id=told.id,
        amount_minor=from_vendor(told.amount, currency=currency),
        currency=currency,
        status=told.status,
        is_automatic=told.automatic,
        created_at=_moment(told.created),
        arrives_at=_moment(told.arrival_date),
        failure_code=told.failure_code,
    )


def balance_of(told: BalanceTold) -> dict[str, int]:
    sums: dict[str, int] = {}
    for funds in (*told.available, *told.pending):
        currency = funds.currency.upper()
        amount = from_vendor(funds.amount, currency=currency)
        sums[currency] = sums.get(currency, 0) + amount
    return sums


def _moment(unix: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(unix, dt.UTC)
