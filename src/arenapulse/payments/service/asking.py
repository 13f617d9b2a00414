"""One question to the gateway about one charge, outside any transaction."""

from __future__ import annotations

import datetime as dt

import msgspec

from arenapulse.payments.gateway import Gateway, GatewayRefused, Intent, IntentStatus, NewIntent
from arenapulse.payments.schemas import Charge, Over
from arenapulse.payments.terms import ChargeStatus


async def ask(gateway: Gateway, charge: Charge, *, now: dt.datetime, is_over: bool) -> Intent:
    """Does the charge's present step at the vendor; how its intent stands after it.

    `is_over` says that the order cannot be paid any more. Every call may have been made before,
    by a worker that died: its key makes that harmless.
    """
    if charge.status is ChargeStatus.CAPTURING:
        return await _capture(gateway, charge)
    if charge.status is ChargeStatus.CANCELLING:
        assert charge.intent_id is not None
        return await let_go(gateway, charge, intent_id=charge.intent_id)
    if charge.intent_id is not None:
        intent = await gateway.retrieve(charge.intent_id)
    else:
        intent = await gateway.create_intent(
            NewIntent(
                order_id=charge.order_id,
                attempt=charge.attempt,
                amount_minor=charge.amount_minor,
                currency=charge.currency,
                token=charge.token,
                organization_id=charge.organization_id,
            ),
            key=charge.intent_key,
        )
        if charge.tries > 1:
            # A key's answer is the first one, which may be old by now.
            intent = await gateway.retrieve(intent.intent_id)
    waits = charge.status is ChargeStatus.REQUIRES_ACTION
    is_late = charge.hold_until is not None and charge.hold_until <= now
    if waits and (is_over or is_late) and intent.status is IntentStatus.REQUIRES_ACTION:
        # First the vendor, then the places: nobody pays for what was given away.
        return await _cancel(gateway, charge, intent_id=intent.intent_id)
    return intent


async def _capture(gateway: Gateway, charge: Charge) -> Intent:
    assert charge.intent_id is not None
    try:
        return await gateway.capture(
            charge.intent_id,
            amount_minor=charge.amount_minor,
            currency=charge.currency,
            key=f"cap:{charge.order_id}",
        )
    except GatewayRefused:
        # Captured by hand at the vendor, or gone there; the caller judges by the state.
        return await gateway.retrieve(charge.intent_id)


async def _cancel(gateway: Gateway, charge: Charge | Over, *, intent_id: str) -> Intent:
    try:
        return await gateway.cancel(intent_id, key=f"cancel:{charge.order_id}:{charge.attempt}")
    except GatewayRefused:
        # It ended in another way in between.
        return await gateway.retrieve(intent_id)


async def let_go(gateway: Gateway, charge: Charge | Over, *, intent_id: str) -> Intent:
    """Cancels, or gives back what was taken already: nobody pays for nothing."""
    intent = await _cancel(gateway, charge, intent_id=intent_id)
    left = intent.captured_minor - intent.refunded_minor
    if intent.status is IntentStatus.SUCCEEDED and left > 0:
        key = f"rf:lost:{charge.order_id}:{charge.attempt}"
        await gateway.refund(intent_id, amount_minor=left, currency=charge.currency, key=key)
        return msgspec.structs.replace(intent, status=IntentStatus.CANCELED)
    return intent
