"""What only the twin can do on purpose: be away, lose its answer, tell its news twice.

And what it says to who speaks to it in another way than we do.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest

from arenapulse.core import clock
from arenapulse.payments.gateway import GatewayAway, GatewayRefused, IntentStatus, NewIntent
from arenapulse.payments.stripe_books import DELIVERY_TASK, TOKENS
from arenapulse.payments.stripe_gateway import StripeGateway
from arenapulse.runtime.db import Database
from arenapulse.runtime.web.loopback import serving
from tests.twins import KEY, TwinGateway, twin_gateway

New = Callable[..., NewIntent]


@pytest.fixture
async def gateway(database: Database) -> AsyncIterator[TwinGateway]:
    async with twin_gateway(database) as made:
        yield made


@pytest.fixture
async def raw(gateway: TwinGateway) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(gateway.app) as address,
        httpx.AsyncClient(
            base_url=address, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False
        ) as client,
    ):
        yield client


async def count_of(database: Database, new: NewIntent) -> Any:
    return await database.pool.fetchval(
        "SELECT count(*) FROM sandbox_intents WHERE order_id = $1", new.order_id
    )


async def test_an_answer_lost_after_the_work_is_found_by_its_key(
    gateway: TwinGateway, database: Database, new: New
) -> None:
    asked, key = new(), str(uuid4())
    gateway.faults.lost_answers["create_intent"] = 1
    with pytest.raises(GatewayAway):
        await gateway.create_intent(asked, key=key)
    made = await gateway.create_intent(asked, key=key)
    assert made.status is IntentStatus.REQUIRES_CAPTURE
    assert await count_of(database, asked) == 1


@pytest.mark.parametrize("how", ["away", "limited"])
async def test_away_and_limited_mean_that_nothing_happened(
    gateway: TwinGateway, database: Database, new: New, how: str
) -> None:
    asked = new()
    getattr(gateway.faults, how)["create_intent"] = 1
    with pytest.raises(GatewayAway):
        await gateway.create_intent(asked, key=str(uuid4()))
    assert await count_of(database, asked) == 0


async def test_a_vendor_that_does_not_answer_in_time_is_away(database: Database, new: New) -> None:
    async with twin_gateway(database, seconds=0.2) as gateway:
        gateway.faults.slow_seconds = 4
        began = time.monotonic()
        with pytest.raises(GatewayAway):
            await gateway.create_intent(new(), key=str(uuid4()))
        assert 0.2 <= time.monotonic() - began < 3.5


async def test_nobody_at_the_address_is_away(new: New) -> None:
    gateway = StripeGateway(KEY)
    gateway.connect("http://127.0.0.1:9")
    with pytest.raises(GatewayAway):
        await gateway.create_intent(new(), key=str(uuid4()))
    await gateway.close()


async def test_a_key_that_is_not_taken_declines_nobody(gateway: TwinGateway, new: New) -> None:
    async with serving(gateway.app) as address:
        stranger = StripeGateway("sk_test_of_somebody_else")
        stranger.connect(address)
        with pytest.raises(GatewayAway, match="401"):
            await stranger.create_intent(new(), key=str(uuid4()))
        await stranger.close()


async def test_its_state_outlives_the_process(
    gateway: TwinGateway, database: Database, new: New
) -> None:
    made = await gateway.create_intent(new(), key=str(uuid4()))
    async with twin_gateway(database) as other:
        assert await other.retrieve(made.intent_id) == made


async def test_the_same_key_at_the_same_time_is_refused_for_now(
    gateway: TwinGateway, database: Database, raw: httpx.AsyncClient
) -> None:
    async with database.transaction() as session:
        connection = await session.driver()
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('same-key', 4242))")
        answer = await raw.post(
            "/v1/payment_intents",
            data={"amount": "100", "currency": "eur"},
            headers={"Idempotency-Key": "same-key"},
        )
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "idempotency_key_in_use"


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({"amount": "100", "currency": "eur", "colour": "red"}, "parameter_unknown", "colour"),
        ({"currency": "eur"}, "parameter_missing", "amount"),
        ({"amount": "0", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": "1e3", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": "100000000", "currency": "eur"}, "amount_too_large", "amount"),
        ({"amount": "100", "currency": "zzz"}, "parameter_invalid_string", "currency"),
    ],
)
async def test_what_stripe_does_not_know_it_refuses(
    raw: httpx.AsyncClient, form: dict[str, str], code: str, param: str
) -> None:
    answer = await raw.post("/v1/payment_intents", data=form)
    assert answer.status_code == 400
    told = answer.json()["error"]
    assert (told["type"], told["code"], told["param"]) == ("invalid_request_error", code, param)


async def test_without_its_key_nobody_is_answered(raw: httpx.AsyncClient) -> None:
    answer = await raw.get("/v1/payment_intents", headers={"Authorization": "Bearer sk_no"})
    assert answer.status_code == 401
    assert (await raw.get("/v1/customers")).status_code == 404


@pytest.mark.parametrize("deliveries", [0, 1, 2])
async def test_each_change_leaves_an_event_for_delivery(
    gateway: TwinGateway, new: New, db: asyncpg.Connection, deliveries: int
) -> None:
    gateway.faults.deliveries = deliveries
    made = await gateway.create_intent(new(), key=str(uuid4()))
    key = str(uuid4())
    await gateway.capture(made.intent_id, amount_minor=4650, currency="EUR", key=key)
    key = str(uuid4())
    await gateway.refund(made.intent_id, amount_minor=50, currency="EUR", key=key)
    rows = await db.fetch(
        "SELECT payload FROM pgqueuer WHERE entrypoint = $1 ORDER BY id", DELIVERY_TASK
    )
    events = [event for row in rows for event in msgspec.json.decode(row["payload"])["events"]]
    ours = [e for e in events if made.intent_id in msgspec.json.encode(e["data"]).decode()]
    told = [
        "payment_intent.amount_capturable_updated",
        "payment_intent.succeeded",
        "charge.refunded",
    ]
    assert [event["type"] for event in ours] == [kind for kind in told for _ in range(deliveries)]
    # A duplicate has the same id, which is how one tells.
    assert len({event["id"] for event in ours}) == (len(told) if deliveries else 0)


async def test_nothing_is_told_of_how_we_fare(database: Database, new: New) -> None:
    """The SDK would tell how long its calls take, with the one after."""
    heard: list[bytes] = []

    class Listening(TwinGateway):
        async def app(self, scope: Any, receive: Any, send: Any) -> None:
            heard.extend(name.lower() for name, _ in scope["headers"])
            await super().app(scope, receive, send)

    async with twin_gateway(database, kind=Listening) as gateway:
        made = await gateway.create_intent(new(), key=str(uuid4()))
        await gateway.retrieve(made.intent_id)
    assert b"stripe-version" in heard
    assert [name for name in heard if b"telemetry" in name] == []


async def test_news_may_be_late_and_be_overtaken(
    gateway: TwinGateway, new: New, db: asyncpg.Connection
) -> None:
    async def told() -> list[str]:
        rows = await db.fetch(
            "SELECT payload FROM pgqueuer WHERE entrypoint = $1 "
            "AND position($2 IN convert_from(payload, 'UTF8')) > 0 ORDER BY id",
            *(DELIVERY_TASK, made.intent_id),
        )
        return [msgspec.json.decode(row["payload"])["events"][0]["type"] for row in rows]

    gateway.faults.overtaken = 1
    made = await gateway.create_intent(new(), key=str(uuid4()))
    assert await told() == []
    key = str(uuid4())
    await gateway.capture(made.intent_id, amount_minor=4650, currency="EUR", key=key)
    gateway.faults.late = 1
    key = str(uuid4())
    await gateway.refund(made.intent_id, amount_minor=50, currency="EUR", key=key)
    overtaken = ["payment_intent.succeeded", "payment_intent.amount_capturable_updated"]
    assert await told() == overtaken
    await gateway.twin.let_late_go()
    assert await told() == [*overtaken, "charge.refunded"]


async def test_a_bank_may_undo_a_refund(gateway: TwinGateway, new: New) -> None:
    made = await gateway.create_intent(new("pm_card_refundFail"), key=str(uuid4()))
    key = str(uuid4())
    await gateway.capture(made.intent_id, amount_minor=4650, currency="EUR", key=key)
    key = str(uuid4())
    given = await gateway.refund(made.intent_id, amount_minor=650, currency="EUR", key=key)
    assert (given.status, given.is_undone) == ("succeeded", False)
    undone = await gateway.refund_state(given.refund_id)
    assert (undone.is_undone, undone.failure_reason) == (True, "lost_or_stolen_card")
    assert (await gateway.retrieve(made.intent_id)).refunded_minor == 0


@pytest.mark.parametrize(("is_won", "status"), [(True, "won"), (False, "lost")])
async def test_a_dispute_is_opened_and_closed(
    gateway: TwinGateway, new: New, is_won: bool, status: str
) -> None:
    made = await gateway.create_intent(new("pm_card_createDispute"), key=str(uuid4()))
    key = str(uuid4())
    await gateway.capture(made.intent_id, amount_minor=4650, currency="EUR", key=key)
    opened = await gateway.twin.open_dispute(made.intent_id)
    listed, _ = await gateway.disputes(since=clock.now() - dt.timedelta(hours=1), after=None)
    # The card made one by itself.
    ours = [each.dispute_id for each in listed if each.intent_id == made.intent_id]
    assert (ours[0], len(ours)) == (opened["id"], 2)
    told = await gateway.dispute(opened["id"])
    assert (told.intent_id, told.amount_minor, told.reason, told.status) == (
        *(made.intent_id, 4650, "fraudulent"),
        "needs_response",
    )
    assert told.due_by is not None
    await gateway.twin.close_dispute(opened["id"], is_won=is_won)
    assert (await gateway.dispute(opened["id"])).status == status


async def test_an_issuer_warns_until_the_money_is_back(gateway: TwinGateway, new: New) -> None:
    made = await gateway.create_intent(new(), key=str(uuid4()))
    key = str(uuid4())
    await gateway.capture(made.intent_id, amount_minor=4650, currency="EUR", key=key)
    warned = await gateway.twin.warn(made.intent_id)
    told = await gateway.warning(warned["id"])
    assert (told.intent_id, told.is_actionable) == (made.intent_id, True)
    key = str(uuid4())
    await gateway.refund(made.intent_id, amount_minor=4650, currency="EUR", key=key)
    assert not (await gateway.warning(warned["id"])).is_actionable


async def test_a_soft_decline_passes(gateway: TwinGateway, new: New) -> None:
    gateway.faults.soft_declines = 1
    made = await gateway.create_intent(new(), key=str(uuid4()))
    assert made.decline is not None
    assert made.decline.decline_code == "processing_error"
    again = await gateway.create_intent(new(), key=str(uuid4()))
    assert again.status is IntentStatus.REQUIRES_CAPTURE


async def test_intents_are_listed_by_when_they_were_made(
    gateway: TwinGateway, database: Database, new: New
) -> None:
    await database.pool.execute("UPDATE sandbox_intents SET created_at = '2020-01-01'")
    made = [await gateway.create_intent(new(), key=str(uuid4())) for _ in range(3)]
    now = await database.pool.fetchval("SELECT now()")
    hour = await database.pool.fetchval("SELECT interval '1 hour'")
    found, after = await gateway.listed(since=now - hour, until=now + hour, after=None)
    assert found == made[::-1]
    assert after is None
    found, _ = await gateway.listed(since=now - hour, until=now + hour, after=made[1].intent_id)
    assert found == [made[0]]


def test_only_the_twins_cards_are_accepted(database: Database) -> None:
    sandbox = TwinGateway(database)
    assert all(sandbox.accepts(token) for token in TOKENS)
    assert not sandbox.accepts("pm_card_mastercard")


def test_at_stripe_any_payment_method_may_be_one() -> None:
    stripe = StripeGateway("sk_test_anything")
    assert stripe.accepts("pm_1QZxyzABC")
    for token in ("", "tok_visa", "pm_", "pm_a b", "pm_1\n", "pm_" + "x" * 101):
        assert not stripe.accepts(token)


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [("EUR", 4650, "4650"), ("JPY", 500, "500"), ("ISK", 5, "500"), ("MGA", 500, "5")],
)
async def test_each_currency_is_told_as_stripe_counts_it(
    gateway: TwinGateway, database: Database, new: New, currency: str, ours: int, theirs: str
) -> None:
    asked = msgspec.structs.replace(new(amount_minor=ours), currency=currency)
    made = await gateway.create_intent(asked, key=str(uuid4()))
    assert (made.amount_minor, made.currency) == (ours, currency)
    kept = await database.pool.fetchval(
        "SELECT amount::TEXT FROM sandbox_intents WHERE id = $1", made.intent_id
    )
    assert kept == theirs


async def test_what_stripe_cannot_say_is_refused(gateway: TwinGateway, new: New) -> None:
    asked = msgspec.structs.replace(new(amount_minor=550), currency="MGA")
    with pytest.raises(GatewayRefused, match="amount_not_whole"):
        await gateway.create_intent(asked, key=str(uuid4()))


async def test_the_money_of_an_organization_goes_on_to_its_account(
    gateway: TwinGateway, database: Database, new: New
) -> None:
    organization, asked_of_refunds = uuid4(), list[bytes]()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def heard() -> Any:
            message = await receive()
            if scope["path"] == "/v1/refunds":
                asked_of_refunds.append(message["body"])
            return message

        await gateway.app(scope, heard, send)

    async with serving(app) as address:
        platform = StripeGateway(KEY, destinations={organization: "acct_1"})
        platform.connect(address)
        asked = msgspec.structs.replace(new(), organization_id=organization)
        made = await platform.create_intent(asked, key=str(uuid4()))
        key = str(uuid4())
        await platform.capture(made.intent_id, amount_minor=4650, currency="EUR", key=key)
        given = await platform.refund(
            made.intent_id, amount_minor=650, currency="EUR", key=str(uuid4())
        )
        await platform.close()
    assert given.amount_minor == 650
    # Who got the money gives it back.
    assert b"reverse_transfer=true" in b"".join(asked_of_refunds).lower()
    kept = await database.pool.fetchval(
        "SELECT destination FROM sandbox_intents WHERE id = $1", made.intent_id
    )
    assert kept == "acct_1"
