"""Charges as they stand, and the bodies of the payment endpoints."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from pydantic import Field, StringConstraints

from arenapulse.core.ids import TICKETS_PER_ORDER_LIMIT, OrderId
from arenapulse.payments.terms import ChargeStatus, DisputeStatus, RefundBy, RefundStatus
from arenapulse.runtime.web.envelope import Body, OneLine, Text, View

ATTEMPTS_MAX: Final = 5
TOKEN_CHARACTERS_MAX: Final = 128
REASON_CHARACTERS_MAX: Final = 500
REFERENCE_CHARACTERS_MAX: Final = 140
REFUND_TIERS_MAX: Final = 10
REFUND_MINOR_MAX: Final = 10**12


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to be paid; `tries` counts the calls for its present step."""

    order_id: OrderId
    organization_id: UUID
    attempt: int
    amount_minor: int
    currency: str
    token: str
    status: ChargeStatus
    tries: int
    intent_id: str | None
    hold_until: dt.datetime | None
    retries: int = 0
    """How often the same card was asked again after a decline that may pass."""

    @property
    def intent_key(self) -> str:
        """The same parameters under the same key, however often it is sent."""
        key = f"pi:{self.order_id}:{self.amount_minor}:{self.currency}:{self.attempt}"
        return f"{key}:{self.retries}" if self.retries else key


class PaymentMethodBody(Body):
    """Only a card can pay an order that exists."""

    type: Literal["card"]
    token: Annotated[Text, StringConstraints(min_length=1, max_length=TOKEN_CHARACTERS_MAX)]


class PayBody(Body):
    payment_method: PaymentMethodBody


class InvoicePaymentBody(Body):
    """`reference` is what finds the payment at the bank."""

    reference: Annotated[str, OneLine(REFERENCE_CHARACTERS_MAX)]


class AuthenticateBody(Body):
    """What the person does on their bank's page."""

    outcome: Literal["pass", "fail"]


class CardFormView(View):
    """Without a key a browser picks one of the twin's test cards."""

    publishable_key: str | None


class Received(View):
    received: bool = True


class Heard(msgspec.Struct, frozen=True):
    """An event of the vendor: a hint to look at what it names."""

    event_id: str
    kind: str
    intent_id: str | None = None
    object_id: str | None = None


class PaidCharge(msgspec.Struct, frozen=True, kw_only=True):
    """The charge that paid an order; `refunded_minor` with refunds that wait.

    Of one that `is_owed` nothing was taken: there is nothing to give back but the places. What is
    disputed the buyer's bank has, for now or for good.
    """

    order_id: OrderId
    attempt: int
    amount_minor: int
    refunded_minor: int
    currency: str
    is_owed: bool = False
    disputed_minor: int = 0

    @property
    def is_disputed(self) -> bool:
        """Whether a bank has something of what did not go back."""
        return self.disputed_minor > 0 and self.refunded_minor < self.amount_minor

    @property
    def left_minor(self) -> int:
        if self.is_owed:
            return 0
        return max(0, self.amount_minor - self.refunded_minor - self.disputed_minor)


class DueRefund(msgspec.Struct, frozen=True, kw_only=True):
    """Money that is to go back; `numbers` are the tickets that are void then."""

    refund_id: UUID
    organization_id: UUID
    order_id: OrderId
    attempt: int
    amount_minor: int
    currency: str
    numbers: list[int]
    intent_id: str | None
    """None where it was paid by hand, and so is given back."""

    @property
    def key(self) -> str:
        """The vendor gives the money once, however often it is sent."""
        return f"rf:{self.refund_id}"


class RefundBody(Body):
    """Tickets or money alone, not both; neither is all that is left."""

    ticket_ids: (
        Annotated[list[UUID], Field(min_length=1, max_length=TICKETS_PER_ORDER_LIMIT)] | None
    ) = None
    amount: Annotated[int, Field(strict=True, ge=1, le=REFUND_MINOR_MAX)] | None = None
    reason: Annotated[Text, StringConstraints(min_length=1, max_length=REASON_CHARACTERS_MAX)]


class SeasonRefundBody(Body):
    reason: Annotated[Text, StringConstraints(min_length=1, max_length=REASON_CHARACTERS_MAX)]


class RefundView(View):
    """`amount` in minor units of `currency`."""

    refund_id: UUID
    amount: int
    currency: str
    status: RefundStatus
    ticket_ids: list[UUID]


class RefundNote(View):
    """What became of a refund; `undoneAt` where it went and the buyer's bank sent it back.

    `reason` is the organizer's own word, and the buyer's of their own; `code`, which says in the
    vendor's words why a refund failed or came back, is for the organizer alone.
    """

    refund_id: UUID
    amount: int
    currency: str
    status: RefundStatus
    ticket_ids: list[UUID]
    asked_by: RefundBy
    reason: str | None
    code: str | None
    asked_at: dt.datetime
    ended_at: dt.datetime | None
    undone_at: dt.datetime | None


class LostRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund that will not be, or that came back."""

    refund_id: UUID
    order_id: OrderId
    organization_id: UUID
    amount_minor: int
    currency: str
    numbers: tuple[int, ...]


class DisputeView(View):
    """A buyer's bank wants `amount` back; evidence is due by `dueBy`."""

    dispute_id: str
    order_id: UUID
    event_id: UUID
    amount: int
    currency: str
    reason: str
    status: DisputeStatus
    due_by: dt.datetime | None
    opened_at: dt.datetime


class PaymentWishes(Body):
    """`refundOnWarning`: an early fraud warning gives back what is not scanned."""

    refund_on_warning: bool


class LedgerLine(View):
    """An event's sums by account, in minor units; debits are positive, and all add up to 0.

    `processor`, `bank`, `till` and `receivable` are where the money is, `sales`, `fees` and `tax`
    what was earned (credits, so negative), `refunds` and `disputes` what went back.
    """

    event_id: UUID
    currency: str
    processor: int
    bank: int
    till: int
    receivable: int
    sales: int
    fees: int
    tax: int
    refunds: int
    disputes: int


class PayoutView(View):
    """What of a payout is an organization's: `gross` less `fees` is `amount`, in minor units.

    `gross` is what its payments brought in it less what they gave back; `status` is the vendor's.
    """

    payout_id: str
    status: str
    amount: int
    gross: int
    fees: int
    currency: str
    payments: int
    created_at: dt.datetime
    arrives_at: dt.datetime


class PayoutStanding(View):
    """A whole payout; `check` is whether the movements in it come to its amount.

    UNTOLD: the vendor does not say what is in one that somebody asked for.
    """

    payout_id: str
    status: str
    amount: int
    currency: str
    is_automatic: bool
    check: Literal["AGREES", "DIFFERS", "WAITING", "UNTOLD"]
    failure_code: str | None
    created_at: dt.datetime
    arrives_at: dt.datetime


class Difference(View):
    """What the vendor says of an intent, a payout or a currency's balance, and what we do."""

    intent_id: str
    kind: str
    order_id: UUID | None
    ours: str
    theirs: str
    found_at: dt.datetime


class DifferenceDeed(Body):
    """Takes a line off the list: somebody looked into it, and it stays as it is."""

    intent_id: Annotated[Text, StringConstraints(min_length=1, max_length=255)]
    kind: Annotated[Text, StringConstraints(min_length=1, max_length=64)]


class Over(msgspec.Struct, frozen=True, kw_only=True):
    """An intent of a charge that is over."""

    order_id: OrderId
    attempt: int
    currency: str
    intent_id: str


class InvoiceView(View):
    """An invoice or a credit note; `tax` is inside `amount`.

    A CORRECTION takes back a credit note whose money the buyer's bank sent back.
    """

    invoice_id: UUID
    number: str
    kind: Literal["INVOICE", "CREDIT_NOTE", "CORRECTION"]
    order_id: UUID
    amount: int
    tax: int
    currency: str
    issued_at: dt.datetime


class SheetLine(msgspec.Struct, frozen=True, rename="camel"):
    level: str
    many: int
    each: int


class Sheet(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What stands on an invoice, as it was when it was issued; `sql/issue_invoice.sql` writes it.

    `buyer` is None once the person's account is erased; `of` is the invoice that a note belongs to.
    """

    seller: str
    buyer: str | None
    event: str
    starts_at: dt.datetime
    timezone: str
    lines: list[SheetLine]
    discount: int
    tax_rate: int
    payment: str
    language: str | None = None
    of: str | None = None


class RefundTier(Body):
    """Until `hoursBefore` the event `percent` of a ticket goes back."""

    hours_before: Annotated[int, Field(strict=True, ge=0, le=24 * 366)]
    percent: Annotated[int, Field(strict=True, ge=1, le=100)]


class RefundPolicy(Body):
    """The best tier that is still open counts; without tiers buyers get nothing back."""

    tiers: Annotated[list[RefundTier], Field(max_length=REFUND_TIERS_MAX)]


class DateChange(View):
    """Who ordered before `changedAt` has all back until `wholeUntil`."""

    changed_at: dt.datetime
    whole_until: dt.datetime


class RefundPolicyView(View):
    """`dateChange` is there where the event was moved to another date; see `RefundPolicy`.

    While an event is POSTPONED all goes back, whatever this says.
    """

    tiers: list[RefundTier]
    date_change: DateChange | None


class RefundRequestBody(Body):
    """All tickets that nobody used, or these."""

    ticket_ids: (
        Annotated[list[UUID], Field(min_length=1, max_length=TICKETS_PER_ORDER_LIMIT)] | None
    ) = None
    reason: Annotated[Text, StringConstraints(min_length=1, max_length=REASON_CHARACTERS_MAX)]
