"""What only the twin can do on purpose: be away, lose its answer, tell its news twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from arenapulse.payments.gateway import GatewayAway, IntentStatus, NewIntent
from arenapulse.payments.stripe_sandbox import DELIVERY_TASK, TOKENS, SandboxStripe
from arenapulse.runtime.db import Database

New = Callable[..., NewIntent]


async def test_an_answer_lost_after_the_work_is_found_by_its_key(
    database: Database, new: New
) -> None:
    sandbox, asked, key = SandboxStripe(database), new(), str(uuid4())
    sandbox.faults.lost_answers["create_intent"] = 1
    with pytest.raises(GatewayAway):
        await sandbox.create_intent(asked, key=key)
    made = await sandbox.create_intent(asked, key=key)
    assert made.status is IntentStatus.REQUIRES_CAPTURE
    count = await database.pool.fetchval(
        "SELECT count(*) FROM sandbox_intents WHERE order_id = $1", asked.order_id
    )
    assert count == 1


async def test_away_means_that_nothing_happened(database: Database, new: New) -> None:
    sandbox, asked = SandboxStripe(database), new()
    sandbox.faults.away["create_intent"] = 1
    with pytest.raises(GatewayAway):
        await sandbox.create_intent(asked, key=str(uuid4()))
    count = await database.pool.fetchval(
        "SELECT count(*) FROM sandbox_intents WHERE order_id = $1", asked.order_id
    )
    assert count == 0


async def test_it_can_be_slow(database: Database, new: New) -> None:
    sandbox = SandboxStripe(database)
    sandbox.faults.slow_seconds = 0.2
    began = time.monotonic()
    await sandbox.create_intent(new(), key=str(uuid4()))
    assert time.monotonic() - began >= 0.2


async def test_its_state_outlives_the_process(database: Database, new: New) -> None:
    made = await SandboxStripe(database).create_intent(new(), key=str(uuid4()))
    assert await SandboxStripe(database).retrieve(made.intent_id) == made


@pytest.mark.parametrize("deliveries", [1, 2])
async def test_each_change_leaves_an_event_for_delivery(
    database: Database, new: New, db: asyncpg.Connection, deliveries: int
) -> None:
    sandbox = SandboxStripe(database)
    sandbox.faults.deliveries = deliveries
    made = await sandbox.create_intent(new(), key=str(uuid4()))
    await sandbox.capture(made.intent_id, amount_minor=4650, key=str(uuid4()))
    await sandbox.refund(made.intent_id, amount_minor=50, key=str(uuid4()))
    rows = await db.fetch(
        "SELECT payload FROM pgqueuer WHERE entrypoint = $1 ORDER BY id", DELIVERY_TASK
    )
    events = [msgspec.json.decode(row["payload"])["event"] for row in rows]
    ours = [e for e in events if made.intent_id in msgspec.json.encode(e["data"]).decode()]
    told = [
        "payment_intent.amount_capturable_updated",
        "payment_intent.succeeded",
        "charge.refunded",
    ]
    assert [event["type"] for event in ours] == [kind for kind in told for _ in range(deliveries)]
    # A duplicate has the same id, which is how one tells.
    assert len({event["id"] for event in ours}) == len(told)


def test_only_the_four_test_cards_are_accepted(database: Database) -> None:
    sandbox = SandboxStripe(database)
    assert all(sandbox.accepts(token) for token in TOKENS)
    assert not sandbox.accepts("pm_card_mastercard")
