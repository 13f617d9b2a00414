"""Stripe's wire format as the twin speaks it: forms in, objects and errors out. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec

from arenapulse.core.currencies import MINOR_UNITS

FIELDS_MAX: Final = 100
_INDEX: Final = re.compile(r"\[\d+\]")
_METADATA: Final = re.compile(r"^metadata\[[^\]]{1,40}\]$")
AMOUNT_MAX: Final = 99_999_999

# What each call takes; the rest is unknown to Stripe as well, or to us.
_TAKEN: Final[Mapping[str, frozenset[str]]] = {
    "create_intent": frozenset(
        {
            *("amount", "currency", "payment_method", "payment_method_types[]", "capture_method"),
            *("confirm", "metadata[]", "expand[]", "description", "receipt_email", "return_url"),
            *("on_behalf_of", "transfer_data[destination]", "application_fee_amount"),
            *("statement_descriptor_suffix", "automatic_payment_methods[enabled]"),
            "automatic_payment_methods[allow_redirects]",
        }
    ),
    "retrieve": frozenset({"expand[]", "client_secret"}),
    "capture": frozenset({"amount_to_capture", "expand[]", "metadata[]"}),
    "cancel": frozenset({"cancellation_reason", "expand[]"}),
    "refund": frozenset(
        {"payment_intent", "charge", "amount", "reason", "metadata[]", "reverse_transfer"}
    ),
    "refund_state": frozenset({"expand[]"}),
    "dispute": frozenset({"expand[]"}),
    "disputes": frozenset({"created[gte]", "created[lt]", "limit", "starting_after", "expand[]"}),
    "warning": frozenset({"expand[]"}),
    "warnings": frozenset({"created[gte]", "created[lt]", "limit", "starting_after", "expand[]"}),
    "list": frozenset({"created[gte]", "created[lt]", "limit", "starting_after", "expand[]"}),
    "movements": frozenset(
        {"created[gte]", "created[lt]", "limit", "starting_after", "expand[]", "payout", "type"}
    ),
    "payouts": frozenset({"created[gte]", "created[lt]", "limit", "starting_after", "status"}),
    "balance": frozenset(),
}
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "create_intent": ("amount", "currency"),
    "refund": ("payment_intent",),
}


class WireError(Exception):
    """An answer that is no success, as Stripe words it."""

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        *,
        kind: str = "invalid_request_error",
        **more: Any,
    ) -> None:
        self.status = status
        self.body: dict[str, Any] = {
            "error": {"type": kind, "message": message, **more}
            | ({} if code is None else {"code": code})
        }
        super().__init__(code)


def form_of(body: str) -> dict[str, str]:
    """The fields of a body or a query by their bracketed names, without the numbers of lists."""
    try:
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise WireError(400, None, "Invalid request body.") from None
    return {_INDEX.sub("[]", name): value for name, value in pairs}


def check(call: str, form: Mapping[str, str]) -> None:
    """Refuses what the call does not know or misses."""
    for name in form:
        known = "metadata[]" if _METADATA.match(name) else name
        if known not in _TAKEN[call]:
            told = name.split("[", 1)[0]
            raise WireError(
                400, "parameter_unknown", f"Received unknown parameter: {told}", param=told
            )
    for name in _NEEDED.get(call, ()):
        if not form.get(name):
            raise WireError(
                400, "parameter_missing", f"Missing required param: {name}.", param=name
            )


def number(form: Mapping[str, str], name: str) -> int | None:
    given = form.get(name)
    if given is None:
        return None
    if not re.fullmatch(r"-?\d{1,12}", given):
        raise WireError(400, "parameter_invalid_integer", f"Invalid integer: {given}", param=name)
    return int(given)


def amount(form: Mapping[str, str], name: str) -> int | None:
    given = number(form, name)
    if given is None:
        return None
    if given < 1:
        raise WireError(
            400,
            "parameter_invalid_integer",
            "This value must be greater than or equal to 1.",
            param=name,
        )
    if given > AMOUNT_MAX:
        raise WireError(400, "amount_too_large", "Amount must be no more than 99999999", param=name)
    return given


class NewIntent(msgspec.Struct, frozen=True):
    order_id: UUID
    attempt: int
    amount: int
    currency: str
    token: str
    destination: str | None
    intent_id: str = ""


def new_intent(form: Mapping[str, str], *, tokens: Collection[str]) -> NewIntent | WireError:
    """What is to be made, or why it is not; `tokens` are all cards there are."""
    currency, token = form["currency"].upper(), form.get("payment_method", "")
    try:
        asked = amount(form, "amount")
        attempt = number(form, "metadata[attempt]") or 1
    except WireError as wrong:
        return wrong
    assert asked is not None, "its call needs it"
    if currency not in MINOR_UNITS:
        message = f"Invalid currency: {form['currency']}."
        return WireError(400, "parameter_invalid_string", message, param="currency")
    if token not in tokens:
        message = f"No such PaymentMethod: '{token}'"
        return WireError(400, "resource_missing", message, param="payment_method")
    try:
        order_id = UUID(form.get("metadata[orderId]", ""))
    except ValueError:
        return WireError(400, None, "The twin knows payments of orders alone.", param="metadata")
    return NewIntent(
        order_id=order_id,
        attempt=attempt,
        amount=asked,
        currency=currency,
        token=token,
        destination=form.get("transfer_data[destination]"),
    )


def intent_shape(row: Mapping[str, Any], *, expanded: bool) -> dict[str, Any]:
    """A PaymentIntent; its charge as an object where that was asked for."""
    status, decline = row["status"], row["why"]
    has_charge = status in {"requires_capture", "succeeded"} or row["captured"]
    charge = charge_shape(row) if has_charge else None
    return {
        "id": row["id"],
        "object": "payment_intent",
        "amount": row["amount"],
        "amount_capturable": row["amount"] if status == "requires_capture" else 0,
        "amount_received": row["captured"],
        "capture_method": "manual",
        "client_secret": row["client_secret"],
        "confirmation_method": "automatic",
        "created": int(row["created_at"].timestamp()),
        "currency": row["currency"].lower(),
        "customer": None,
        "last_payment_error": decline,
        "latest_charge": charge if charge is None or expanded else charge["id"],
        "livemode": False,
        "metadata": {"orderId": str(row["order_id"]), "attempt": str(row["attempt"])},
        "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
        if status == "requires_action"
        else None,
        "payment_method": None if decline else row["token"],
        "payment_method_types": ["card"],
        "status": status,
        "transfer_data": None
        if row["destination"] is None
        else {"destination": row["destination"]},
    }


def charge_shape(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"ch_{row['id'][3:]}",
        "object": "charge",
        "amount": row["amount"],
        "amount_captured": row["captured"],
        "amount_refunded": row["refunded"],
        "captured": row["captured"] > 0,
        "created": int(row["created_at"].timestamp()),
        "currency": row["currency"].lower(),
        "disputed": row["disputed"],
        "livemode": False,
        "metadata": {},
        "paid": True,
        "payment_intent": row["id"],
        "refunded": 0 < row["captured"] == row["refunded"],
        "status": "succeeded",
    }


def refund_shape(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "object": "refund",
        "failure_reason": "lost_or_stolen_card" if row["status"] == "failed" else None,
        "amount": row["amount"],
        "charge": f"ch_{row['intent_id'][3:]}",
        "created": int(row["created_at"].timestamp()),
        "currency": row["currency"].lower(),
        "metadata": {},
        "payment_intent": row["intent_id"],
        "status": row["status"],
    }


def dispute_shape(row: Mapping[str, Any]) -> dict[str, Any]:
    created = int(row["created_at"].timestamp())
    return {
        "id": row["id"],
        "object": "dispute",
        "amount": row["amount"],
        "charge": f"ch_{row['intent_id'][3:]}",
        "created": created,
        "currency": row["currency"].lower(),
        "evidence_details": {"due_by": created + 7 * 86_400, "has_evidence": False},
        "livemode": False,
        "payment_intent": row["intent_id"],
        "reason": row["reason"],
        "status": row["status"],
    }


def warning_shape(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "object": "radar.early_fraud_warning",
        "actionable": row["refunded"] < row["captured"],
        "charge": f"ch_{row['intent_id'][3:]}",
        "created": int(row["created_at"].timestamp()),
        "fraud_type": "made_with_stolen_card",
        "livemode": False,
        "payment_intent": row["intent_id"],
    }


def movement_shape(row: Mapping[str, Any], *, expanded: bool) -> dict[str, Any]:
    """A balance transaction; what it comes of as an object where that was asked for."""
    source: Any = row["source"]
    if expanded and row["intent_id"] is not None:
        source = {"id": source, "payment_intent": row["intent_id"]}
    return {
        "id": row["id"],
        "object": "balance_transaction",
        "amount": row["amount"],
        "available_on": int(row["available_at"].timestamp()),
        "created": int(row["created_at"].timestamp()),
        "currency": row["currency"].lower(),
        "exchange_rate": None,
        "fee": row["fee"],
        "fee_details": [],
        "net": row["amount"] - row["fee"],
        "reporting_category": row["kind"],
        "source": source,
        "status": "available" if row["is_available"] else "pending",
        "type": row["kind"],
    }


def payout_shape(row: Mapping[str, Any]) -> dict[str, Any]:
    created = int(row["created_at"].timestamp())
    return {
        "id": row["id"],
        "object": "payout",
        "amount": row["amount"],
        "arrival_date": created,
        "automatic": True,
        "created": created,
        "currency": row["currency"].lower(),
        "failure_code": "account_closed" if row["status"] == "failed" else None,
        "livemode": False,
        "method": "standard",
        "status": row["status"],
        "type": "bank_account",
    }


def event_shape(event_id: str, kind: str, told: Mapping[str, Any], *, at: int) -> dict[str, Any]:
    return {
        "id": event_id,
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": at,
        "data": {"object": told},
        "livemode": False,
        "pending_webhooks": 1,
        "type": kind,
    }
