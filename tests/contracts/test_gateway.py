"""What we rely on in whatever takes the money."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from arenapulse.core import clock
from arenapulse.core.errors import InvariantBroken
from arenapulse.payments.gateway import (
    Dispute,
    GatewayAway,
    GatewayRefused,
    Intent,
    IntentStatus,
    Movement,
    NewIntent,
    Warned,
)
from arenapulse.payments.stripe_gateway import StripeGateway
from tests.campaign import stripe_mock
from tests.contracts.conftest import Vendor

New = Callable[..., NewIntent]
HOUR = dt.timedelta(hours=1)


def key() -> str:
    return f"test:{uuid4()}"


async def refusal(call: object) -> str:
    with pytest.raises(GatewayRefused) as caught:
        await call  # pyright: ignore[reportGeneralTypeIssues] - a coroutine
    return caught.value.code


async def authorised(vendor: Vendor, new: New, amount_minor: int = 4650) -> Intent:
    return await vendor.gateway.create_intent(new(amount_minor=amount_minor), key=key())


async def test_a_good_card_is_authorised_and_captured_by_hand(vendor: Vendor, new: New) -> None:
    asked = new()
    made = await vendor.gateway.create_intent(asked, key=key())
    assert (made.status, made.amount_minor, made.captured_minor) == (
        IntentStatus.REQUIRES_CAPTURE,
        4650,
        0,
    )
    assert (made.order_id, made.attempt, made.currency) == (asked.order_id, 1, "EUR")
    assert made.client_secret.startswith(made.intent_id)
    assert await vendor.gateway.retrieve(made.intent_id) == made
    taken = await vendor.gateway.capture(
        made.intent_id, amount_minor=4650, currency="EUR", key=key()
    )
    assert (taken.status, taken.captured_minor) == (IntentStatus.SUCCEEDED, 4650)
    assert await vendor.gateway.retrieve(made.intent_id) == taken


@pytest.mark.parametrize(
    ("token", "decline_code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ],
)
async def test_a_declined_card_is_an_answer_with_its_reason(
    vendor: Vendor, new: New, token: str, decline_code: str
) -> None:
    made = await vendor.gateway.create_intent(new(token), key=key())
    assert made.status is IntentStatus.REQUIRES_PAYMENT_METHOD
    assert made.decline is not None
    assert (made.decline.code, made.decline.decline_code) == ("card_declined", decline_code)
    assert made.decline.message
    assert (
        await refusal(
            vendor.gateway.capture(made.intent_id, amount_minor=4650, currency="EUR", key=key())
        )
        == "payment_intent_unexpected_state"
    )


async def test_an_unknown_card_is_refused(vendor: Vendor, new: New) -> None:
    assert await refusal(vendor.gateway.create_intent(new("pm_nobody"), key=key())) == (
        "resource_missing"
    )
    assert await refusal(vendor.gateway.retrieve("pi_nobody")) == "resource_missing"


@pytest.mark.parametrize("passes", [True, False])
async def test_a_bank_asks_its_customer(vendor: Vendor, new: New, passes: bool) -> None:
    made = await vendor.gateway.create_intent(new("pm_card_threeDSecure2Required"), key=key())
    assert made.status is IntentStatus.REQUIRES_ACTION
    answered = await vendor.authenticate(made.intent_id, passes)
    assert answered == await vendor.gateway.retrieve(made.intent_id)
    if passes:
        assert answered.status is IntentStatus.REQUIRES_CAPTURE
        assert answered.decline is None
    else:
        assert answered.status is IntentStatus.REQUIRES_PAYMENT_METHOD
        assert answered.decline is not None
        assert answered.decline.code == "payment_intent_authentication_failure"
    assert answered.rank > made.rank


async def test_a_key_gives_its_first_answer_again(vendor: Vendor, new: New) -> None:
    asked, one = new(), key()
    first = await vendor.gateway.create_intent(asked, key=one)
    await vendor.gateway.capture(first.intent_id, amount_minor=4650, currency="EUR", key=key())
    assert await vendor.gateway.create_intent(asked, key=one) == first


async def test_simultaneous_twins_of_a_key_make_one_intent(vendor: Vendor, new: New) -> None:
    asked, one = new("pm_card_chargeDeclined"), key()

    async def twin() -> str:
        for _ in range(100):
            try:
                return (await vendor.gateway.create_intent(asked, key=one)).intent_id
            except GatewayAway:
                # Not two at a time: the runner comes again as well.
                await asyncio.sleep(0.02)
        pytest.fail("it never ended")

    made = await asyncio.gather(*(twin() for _ in range(8)))
    assert set(made) == {made[0]}


async def test_a_key_with_other_parameters_is_refused(vendor: Vendor, new: New) -> None:
    asked, one = new(), key()
    first = await vendor.gateway.create_intent(asked, key=one)
    dearer = msgspec.structs.replace(asked, amount_minor=9999)
    assert await refusal(vendor.gateway.create_intent(dearer, key=one)) == "idempotency_error"
    assert (
        await refusal(
            vendor.gateway.capture(first.intent_id, amount_minor=4650, currency="EUR", key=one)
        )
        == "idempotency_error"
    )
    assert await vendor.gateway.retrieve(first.intent_id) == first


async def test_more_than_was_authorised_is_not_captured(vendor: Vendor, new: New) -> None:
    made = await authorised(vendor, new)
    capture = vendor.gateway.capture(made.intent_id, amount_minor=4651, currency="EUR", key=key())
    assert await refusal(capture) == "amount_too_large"
    assert await vendor.gateway.retrieve(made.intent_id) == made


async def test_a_part_may_be_captured_and_the_rest_is_let_go(vendor: Vendor, new: New) -> None:
    made = await authorised(vendor, new)
    taken = await vendor.gateway.capture(
        made.intent_id, amount_minor=4000, currency="EUR", key=key()
    )
    assert (taken.status, taken.captured_minor) == (IntentStatus.SUCCEEDED, 4000)
    again = vendor.gateway.capture(made.intent_id, amount_minor=650, currency="EUR", key=key())
    assert await refusal(again) == "payment_intent_unexpected_state"


async def test_a_capture_repeats_under_its_key(vendor: Vendor, new: New) -> None:
    made, one = await authorised(vendor, new), key()
    taken = [
        await vendor.gateway.capture(made.intent_id, amount_minor=4650, currency="EUR", key=one)
        for _ in range(2)
    ]
    assert taken[0] == taken[1]
    assert taken[0].captured_minor == 4650


@pytest.mark.parametrize(
    "token",
    ["pm_card_visa", "pm_card_threeDSecure2Required", "pm_card_chargeDeclined"],
)
async def test_what_is_not_captured_can_be_cancelled(vendor: Vendor, new: New, token: str) -> None:
    made = await vendor.gateway.create_intent(new(token), key=key())
    one = key()
    gone = await vendor.gateway.cancel(made.intent_id, key=one)
    assert gone.status is IntentStatus.CANCELED
    assert await vendor.gateway.cancel(made.intent_id, key=one) == gone
    capture = vendor.gateway.capture(made.intent_id, amount_minor=4650, currency="EUR", key=key())
    assert await refusal(capture) == "payment_intent_unexpected_state"
    assert await refusal(vendor.gateway.cancel(made.intent_id, key=key())) == (
        "payment_intent_unexpected_state"
    )


async def test_what_is_captured_cannot_be_cancelled(vendor: Vendor, new: New) -> None:
    made = await authorised(vendor, new)
    taken = await vendor.gateway.capture(
        made.intent_id, amount_minor=4650, currency="EUR", key=key()
    )
    assert await refusal(vendor.gateway.cancel(made.intent_id, key=key())) == (
        "payment_intent_unexpected_state"
    )
    assert await vendor.gateway.retrieve(made.intent_id) == taken


async def test_refunds_stop_at_what_was_captured(vendor: Vendor, new: New) -> None:
    gateway = vendor.gateway
    made = await authorised(vendor, new)
    early = gateway.refund(made.intent_id, amount_minor=1, currency="EUR", key=key())
    assert await refusal(early) == "amount_too_large"
    await gateway.capture(made.intent_id, amount_minor=4650, currency="EUR", key=key())
    one = key()
    part = await gateway.refund(made.intent_id, amount_minor=4000, currency="EUR", key=one)
    assert (part.intent_id, part.amount_minor) == (made.intent_id, 4000)
    assert await gateway.refund(made.intent_id, amount_minor=4000, currency="EUR", key=one) == part
    too_much = gateway.refund(made.intent_id, amount_minor=651, currency="EUR", key=key())
    assert await refusal(too_much) == "amount_too_large"
    assert (await gateway.retrieve(made.intent_id)).refunded_minor == 4000
    await gateway.refund(made.intent_id, amount_minor=650, currency="EUR", key=key())
    nothing_left = gateway.refund(made.intent_id, amount_minor=1, currency="EUR", key=key())
    assert await refusal(nothing_left) == "charge_already_refunded"
    assert (await gateway.retrieve(made.intent_id)).refunded_minor == 4650


async def test_simultaneous_refunds_share_what_is_left(vendor: Vendor, new: New) -> None:
    made = await authorised(vendor, new)
    await vendor.gateway.capture(made.intent_id, amount_minor=4650, currency="EUR", key=key())
    done = await asyncio.gather(
        *(
            vendor.gateway.refund(made.intent_id, amount_minor=1000, currency="EUR", key=key())
            for _ in range(8)
        ),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, BaseException) for one in done) == 4
    assert (await vendor.gateway.retrieve(made.intent_id)).refunded_minor == 4000


async def test_no_call_is_made_inside_a_transaction(vendor: Vendor, new: New) -> None:
    made = await authorised(vendor, new)
    gateway = vendor.gateway
    async with vendor.database.transaction():
        for call in (
            gateway.create_intent(new(), key=key()),
            gateway.retrieve(made.intent_id),
            gateway.capture(made.intent_id, amount_minor=1, currency="EUR", key=key()),
            gateway.cancel(made.intent_id, key=key()),
            gateway.refund(made.intent_id, amount_minor=1, currency="EUR", key=key()),
        ):
            with pytest.raises(InvariantBroken):
                await call
    assert await gateway.retrieve(made.intent_id) == made


async def soon(found: Callable[[], Awaitable[Any]]) -> Any:
    """What the vendor makes of a card by itself comes moments later."""
    for _ in range(60):
        if made := await found():
            return made
        await asyncio.sleep(0.5)
    raise AssertionError("it did not come in time")


async def captured(vendor: Vendor, new: New, token: str) -> Intent:
    made = await vendor.gateway.create_intent(new(token), key=key())
    return await vendor.gateway.capture(
        made.intent_id, amount_minor=4650, currency="EUR", key=key()
    )


async def test_a_refund_is_asked_after_by_its_name(vendor: Vendor, new: New) -> None:
    made = await captured(vendor, new, "pm_card_visa")
    given = await vendor.gateway.refund(made.intent_id, amount_minor=650, currency="EUR", key=key())
    found = await vendor.gateway.refund_state(given.refund_id)
    assert (found.refund_id, found.intent_id, found.amount_minor, found.is_undone) == (
        *(given.refund_id, made.intent_id),
        *(650, False),
    )


async def test_a_dispute_is_listed_and_found_by_its_name(vendor: Vendor, new: New) -> None:
    made = await captured(vendor, new, "pm_card_createDispute")

    async def ours() -> list[Dispute]:
        page, _ = await vendor.gateway.disputes(since=clock.now() - HOUR, after=None)
        return [each for each in page if each.intent_id == made.intent_id]

    (listed,) = await soon(ours)
    assert (listed.amount_minor, listed.currency) == (4650, "EUR")
    assert await vendor.gateway.dispute(listed.dispute_id) == listed


async def test_a_warning_is_listed_and_found_by_its_name(vendor: Vendor, new: New) -> None:
    made = await captured(vendor, new, "pm_card_createIssuerFraudRecord")

    async def ours() -> list[Warned]:
        page, _ = await vendor.gateway.warnings(since=clock.now() - HOUR, after=None)
        return [each for each in page if each.intent_id == made.intent_id]

    (listed,) = await soon(ours)
    assert listed.is_actionable
    assert await vendor.gateway.warning(listed.warning_id) == listed


async def test_what_moved_the_balance_is_listed(vendor: Vendor, new: New) -> None:
    made = await captured(vendor, new, "pm_card_visa")

    async def ours() -> list[Movement]:
        page, _ = await vendor.gateway.movements(since=clock.now() - HOUR, after=None)
        return [each for each in page if each.intent_id == made.intent_id]

    (moved,) = await soon(ours)
    assert moved.amount_minor == 4650
    assert (await vendor.gateway.balance()).keys() >= {"EUR"}
    payouts, _ = await vendor.gateway.payouts(since=clock.now() - HOUR, after=None)
    assert all(each.payout_id for each in payouts)


def test_the_campaign_asks_stripes_own_description_of_every_call() -> None:
    gateway = StripeGateway("sk_test_of_nobody")
    asked = {name.partition(" ")[0] for name in stripe_mock.calls(gateway)}
    calls = {
        name
        for name, found in vars(StripeGateway).items()
        if inspect.iscoroutinefunction(found) and not name.startswith("_")
    }
    assert calls - asked == {"close"}
