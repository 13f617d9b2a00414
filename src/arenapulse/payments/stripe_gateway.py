"""Stripe by its own SDK, asynchronously; the twin is the same adapter at another address.

Retries are the due runner's, under the same key, so the SDK makes none. A declined card is an
intent; a key that Stripe does not accept is nobody's card's fault, so it counts as away.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Mapping
from typing import Any, Final
from uuid import UUID

import aiohttp
import msgspec
import stripe

from arenapulse.core.currencies import MINOR_UNITS
from arenapulse.core.ids import OrderId
from arenapulse.payments.gateway import (
    Decline,
    Dispute,
    GatewayAway,
    GatewayRefused,
    Intent,
    IntentStatus,
    NewIntent,
    Refund,
    Warned,
)
from arenapulse.runtime import tracing
from arenapulse.runtime.db import forbid_in_transaction

CALL_SECONDS: Final = 20.0
PAGE_MAX: Final = 100
_TOKEN: Final = re.compile(r"pm_[A-Za-z0-9_]{1,100}")
_CHARGE: Final = ["latest_charge"]
# Where Stripe counts otherwise than ISO 4217. https://docs.stripe.com/currencies#special-cases
_DECIMALS: Final = {"ISK": 2, "UGX": 2, "MGA": 0}
_KEY_IS_WHY: Final = (401, 403)

# Nothing about this machine is told beside the calls themselves.
stripe.enable_telemetry = False


class _Error(msgspec.Struct, frozen=True):
    code: str = "card_declined"
    message: str = "Your card was declined."
    decline_code: str | None = None


class _Charge(msgspec.Struct, frozen=True):
    amount_refunded: int = 0
    disputed: bool = False


class _Metadata(msgspec.Struct, frozen=True):
    order_id: UUID | None = msgspec.field(name="orderId", default=None)
    attempt: int = 1


class _Intent(msgspec.Struct, frozen=True):
    id: str
    status: IntentStatus
    amount: int
    currency: str
    metadata: _Metadata = _Metadata()
    client_secret: str | None = None
    amount_received: int = 0
    last_payment_error: _Error | None = None
    latest_charge: _Charge | str | None = None
    transfer_data: dict[str, Any] | None = None


class _Refund(msgspec.Struct, frozen=True):
    id: str
    amount: int
    currency: str
    payment_intent: str | None = None
    status: str | None = None
    failure_reason: str | None = None


class _Due(msgspec.Struct, frozen=True):
    due_by: int | None = None


class _Dispute(msgspec.Struct, frozen=True):
    id: str
    amount: int
    currency: str
    reason: str
    status: str
    payment_intent: str | None = None
    evidence_details: _Due = _Due()


class _Warning(msgspec.Struct, frozen=True):
    id: str
    actionable: bool
    fraud_type: str
    payment_intent: str | None = None


class _Intents(msgspec.Struct, frozen=True):
    data: list[_Intent]
    has_more: bool


class StripeGateway:
    def __init__(
        self,
        key: str,
        *,
        tokens: frozenset[str] | None = None,
        destinations: Mapping[UUID, str] | None = None,
        seconds: float = CALL_SECONDS,
    ) -> None:
        """`tokens` are all cards there are, at the twin; `destinations` are whose money goes on.

        Nothing is opened before `connect`.
        """
        self._key = key
        self._tokens = tokens
        self._destinations = destinations or {}
        self._seconds = seconds
        self._http: stripe.AIOHTTPClient | None = None
        self._client: stripe.StripeClient | None = None

    def connect(self, address: str | None = None) -> None:
        """Calls go to Stripe from now on, or to `address`."""
        # A twin on the loopback needs no certificates.
        connector = None if address is None else aiohttp.TCPConnector()
        self._http = stripe.AIOHTTPClient(timeout=self._seconds, connector=connector)
        base: dict[str, str] = {} if address is None else {"api": address}
        self._client = stripe.StripeClient(
            self._key,
            http_client=self._http,
            max_network_retries=0,
            base_addresses=base,  # pyright: ignore[reportArgumentType] - a TypedDict of theirs
        )

    async def close(self) -> None:
        http, self._http, self._client = self._http, None, None
        if http is not None:
            await http.close_async()

    def accepts(self, token: str) -> bool:
        if self._tokens is not None:
            return token in self._tokens
        return _TOKEN.fullmatch(token) is not None

    async def create_intent(self, new: NewIntent, *, key: str) -> Intent:
        asked: dict[str, Any] = {
            "amount": to_vendor(new.amount_minor, currency=new.currency),
            "currency": new.currency.lower(),
            "payment_method": new.token,
            "payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "metadata": {"orderId": str(new.order_id), "attempt": str(new.attempt)},
            "expand": _CHARGE,
        }
        owner = new.organization_id
        destination = None if owner is None else self._destinations.get(owner)
        if destination is not None:
            asked["on_behalf_of"] = destination
            asked["transfer_data"] = {"destination": destination}
        intents = self._stripe.v1.payment_intents
        return await self._intent(intents.create_async(asked, {"idempotency_key": key}))  # pyright: ignore[reportArgumentType]

    async def retrieve(self, intent_id: str) -> Intent:
        intents = self._stripe.v1.payment_intents
        return await self._intent(intents.retrieve_async(intent_id, {"expand": _CHARGE}))

    async def capture(
        self, intent_id: str, *, amount_minor: int, currency: str, key: str
    ) -> Intent:
        amount = to_vendor(amount_minor, currency=currency)
        intents = self._stripe.v1.payment_intents
        return await self._intent(
            intents.capture_async(
                intent_id,
                {"amount_to_capture": amount, "expand": _CHARGE},
                {"idempotency_key": key},
            )
        )

    async def cancel(self, intent_id: str, *, key: str) -> Intent:
        intents = self._stripe.v1.payment_intents
        return await self._intent(
            intents.cancel_async(intent_id, {"expand": _CHARGE}, {"idempotency_key": key})
        )

    async def refund(self, intent_id: str, *, amount_minor: int, currency: str, key: str) -> Refund:
        asked: dict[str, Any] = {
            "payment_intent": intent_id,
            "amount": to_vendor(amount_minor, currency=currency),
        }
        if self._destinations:
            intents = self._stripe.v1.payment_intents
            paid = await self._answer(intents.retrieve_async(intent_id), _Intent)
            # Who got the money gives it back, not the platform.
            if paid.transfer_data is not None:
                asked["reverse_transfer"] = True
        call = self._stripe.v1.refunds.create_async(asked, {"idempotency_key": key})  # pyright: ignore[reportArgumentType]
        return _refund(await self._answer(call, _Refund))

    async def refund_state(self, refund_id: str) -> Refund:
        call = self._stripe.v1.refunds.retrieve_async(refund_id)
        return _refund(await self._answer(call, _Refund))

    async def dispute(self, dispute_id: str) -> Dispute:
        told = await self._answer(self._stripe.v1.disputes.retrieve_async(dispute_id), _Dispute)
        due = told.evidence_details.due_by
        currency = told.currency.upper()
        return Dispute(
            dispute_id=told.id,
            intent_id=told.payment_intent or "",
            amount_minor=from_vendor(told.amount, currency=currency),
            currency=currency,
            reason=told.reason,
            status=told.status,
            due_by=None if due is None else dt.datetime.fromtimestamp(due, dt.UTC),
        )

    async def warning(self, warning_id: str) -> Warned:
        warnings = self._stripe.v1.radar.early_fraud_warnings
        told = await self._answer(warnings.retrieve_async(warning_id), _Warning)
        return Warned(
            warning_id=told.id,
            intent_id=told.payment_intent or "",
            kind=told.fraud_type,
            is_actionable=told.actionable,
        )

    async def listed(
        self, *, since: dt.datetime, until: dt.datetime, after: str | None
    ) -> tuple[list[Intent], str | None]:
        """A page of our intents made in a time, newest first, and where the next one begins."""
        asked: dict[str, Any] = {
            "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
            "limit": PAGE_MAX,
            "expand": ["data.latest_charge"],
        }
        if after is not None:
            asked["starting_after"] = after
        call = self._stripe.v1.payment_intents.list_async(asked)  # pyright: ignore[reportArgumentType]
        page = await self._answer(call, _Intents)
        # What was made by another program of the account is none of ours.
        ours = [_intent(one) for one in page.data if one.metadata.order_id is not None]
        return ours, page.data[-1].id if page.has_more and page.data else None

    @property
    def _stripe(self) -> stripe.StripeClient:
        forbid_in_transaction("Stripe")
        assert self._client is not None, "connect comes first"
        return self._client

    async def _intent(self, call: Awaitable[Any]) -> Intent:
        return _intent(await self._answer(call, _Intent))

    async def _answer(self, call: Awaitable[Any], kind: type[Any]) -> Any:
        try:
            with tracing.part("vendor", attributes={"vendor": "stripe"}, is_call=True):
                told = (await call).to_dict()
        except stripe.CardError as declined:
            told = _declined(declined)
        except stripe.StripeError as error:
            raise _judged(error) from None
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            # The answer broke off: the SDK only judges how it began.
            raise GatewayAway(type(error).__name__) from None
        return msgspec.convert(told, kind, strict=False)


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
    ours = MINOR_UNITS[currency]
    theirs = _DECIMALS.get(currency, ours)
    return amount * 10 ** (ours - theirs) if ours >= theirs else amount // 10 ** (theirs - ours)


def _declined(error: stripe.CardError) -> Mapping[str, Any]:
    """The intent that a decline carries with it."""
    body: Any = error.json_body
    try:
        return body["error"]["payment_intent"]
    except (KeyError, TypeError):
        raise GatewayRefused(error.code or "card_declined") from None


def _judged(error: stripe.StripeError) -> GatewayAway | GatewayRefused:
    status = error.http_status
    if isinstance(error, stripe.IdempotencyError) and status != 409:
        return GatewayRefused("idempotency_error")
    if status is None or status in _KEY_IS_WHY or status in {409, 429} or status >= 500:
        return GatewayAway(f"{status or 'no answer'} {error.code or type(error).__name__}")
    return GatewayRefused(error.code or "invalid_request")


def _intent(told: _Intent) -> Intent:
    if told.metadata.order_id is None:
        raise GatewayRefused("not_ours")
    currency = told.currency.upper()
    charge = told.latest_charge
    is_known = isinstance(charge, _Charge)
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
        is_disputed=is_known and charge.disputed,
        decline=None
        if failed is None
        else Decline(code=failed.code, message=failed.message, decline_code=failed.decline_code),
    )


def _refund(told: _Refund) -> Refund:
    currency = told.currency.upper()
    return Refund(
        refund_id=told.id,
        intent_id=told.payment_intent or "",
        amount_minor=from_vendor(told.amount, currency=currency),
        status=told.status or "pending",
        failure_reason=told.failure_reason,
    )
