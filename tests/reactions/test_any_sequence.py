"""Whatever comes in whatever order: nobody pays for nothing, nothing is sold for nothing.

Hypothesis draws sequences of what buyers, banks, managers, webhooks, crashes and a failing vendor
do, against the till, the books and the twin as they are, and shortens what breaks a rule.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Coroutine
from typing import Any, ClassVar, Final, TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from arenapulse.core import clock
from arenapulse.orders import service as orders
from arenapulse.orders.news import Unheard
from arenapulse.payments import service
from tests.books import faults
from tests.conftest import TestEngines, settings_for
from tests.paying import DECLINED, THREE_D_SECURE, VISA, pay, refund
from tests.reactions.refund_shop import Shop, open_shop
from tests.reactions.test_banks import tell
from tests.simulation.house import TABLES
from tests.worlds import Place, make_world

T = TypeVar("T")
IS_CAMPAIGN: Final = bool(os.environ.get("ARENAPULSE_CAMPAIGN"))
# So that a run ends within ten seconds, always with the same; the campaign draws others each time.
EXAMPLES: Final = 200 if IS_CAMPAIGN else 8
STEPS: Final = 12
STEP_SECONDS: Final = 20
PLACES: Final = 4
CARDS: Final = (
    *(VISA, THREE_D_SECURE, DECLINED, "pm_card_chargeDeclinedProcessingError"),
    *("pm_card_createDispute", "pm_card_refundFail"),
)
CALLS: Final = ("create_intent", "retrieve", "capture", "cancel", "refund")
WHICH = st.integers(0, 1)


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


class Till(RuleBasedStateMachine):
    """A house with few places: each example has an event of its own."""

    shop: ClassVar[Shop]
    loop: ClassVar[asyncio.AbstractEventLoop]

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """In the loop of the test, which waits for us meanwhile."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(STEP_SECONDS)

    @initialize(token=st.sampled_from(CARDS))
    def open(self, token: str) -> None:
        """Somebody has begun to pay when it starts: the rest is what may come of it."""
        self.orders: list[str] = []
        self.do(self._empty())
        for fault in ("away", "limited", "lost_answers", "refused"):
            getattr(self.shop.gateway.faults, fault).clear()
        self.world = self.do(
            make_world(self.shop.db, self.shop.settings, sections=(Place(PLACES),))
        )
        self.do(self._manage())
        self.buy(token)
        self.do(self.shop.till.drain())

    async def _empty(self) -> None:
        """What broke a rule must not break those that come after it."""
        tables = "; ".join(f"DELETE FROM {table}" for table in TABLES)
        await self.shop.db.execute(
            f"ALTER TABLE ledger_entries DISABLE TRIGGER ledger_is_for_ever; {tables}; "
            "ALTER TABLE ledger_entries ENABLE TRIGGER ledger_is_for_ever"
        )

    async def _manage(self) -> None:
        await self.shop.db.execute(
            "INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'MANAGER')",
            *(self.world.organization_id, self.shop.manager.user_id),
        )

    def of(self, which: int) -> str | None:
        return self.orders[which % len(self.orders)] if self.orders else None

    @rule(token=st.sampled_from(CARDS))
    def buy(self, token: str) -> None:
        body = self.world.order(quantity=2, paymentMethod={"type": "card", "token": token})
        answer = self.do(
            self.shop.client.post("/api/v1/orders", json=body, headers=self.shop.fan.headers)
        )
        assert answer.status_code in {201, 409, 422}, answer.text
        if answer.status_code == 201:
            self.orders.append(answer.json()["data"]["orderId"])

    @rule(which=WHICH, token=st.sampled_from(CARDS), twice=st.booleans())
    def pay(self, which: int, token: str, twice: bool) -> None:
        if (order_id := self.of(which)) is not None:
            for _ in range(1 + twice):
                answer = self.do(pay(self.shop.client, self.shop.fan, order_id, token))
                assert answer.status_code in {202, 409}, answer.text

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        if (order_id := self.of(which)) is not None:
            path = f"/api/v1/orders/{order_id}/cancel"
            answer = self.do(self.shop.client.post(path, headers=self.shop.fan.headers))
            assert answer.status_code in {200, 409}, answer.text

    @rule(which=WHICH, passes=st.booleans())
    def answer_bank(self, which: int, passes: bool) -> None:
        if (order_id := self.of(which)) is not None:
            path = f"/api/v1/sandbox/payments/{order_id}/authenticate"
            body = {"outcome": "pass" if passes else "fail"}
            answer = self.do(self.shop.client.post(path, json=body, headers=self.shop.fan.headers))
            assert answer.status_code in {200, 409}, answer.text

    @rule(which=WHICH, amount=st.sampled_from((None, 1, 4650)))
    def give_back(self, which: int, amount: int | None) -> None:
        if (order_id := self.of(which)) is not None:
            body = {} if amount is None else {"amount": amount}
            answer = self.do(refund(self.shop.client, self.shop.manager, order_id, **body))
            assert answer.status_code in {202, 409}, answer.text

    @rule(fault=st.sampled_from(("away", "limited", "lost_answers")), call=st.sampled_from(CALLS))
    def break_vendor(self, fault: str, call: str) -> None:
        getattr(self.shop.gateway.faults, fault)[call] += 1

    @rule()
    def hold_runs_out(self) -> None:
        self.do(self._expire())

    async def _expire(self) -> None:
        await self.shop.db.execute(
            "UPDATE orders SET expires_at = now() - interval '1 s' WHERE status = 'PENDING'"
        )
        await orders.reclaim(self.shop.database, news=Unheard(), now=clock.now())

    async def _fall_due(self) -> None:
        for table in ("charges", "refunds"):
            await self.shop.db.execute(
                f"UPDATE {table} SET due_at = now(), taken_by = NULL WHERE due_at IS NOT NULL"
            )

    @rule(had_died=st.booleans())
    def worker_works(self, had_died: bool) -> None:
        """What one that died had taken is due again; the person's bank is asked anew."""
        if had_died:
            self.do(self._fall_due())
        self.do(self.shop.till.drain())
        self.do(self.shop.refunds.drain())

    @rule(seed=st.integers(0, 99), lost=st.booleans())
    def news_comes(self, seed: int, lost: bool) -> None:
        """In any order, some twice, some never."""
        self.do(self._deliver(random.Random(seed), lost=lost))

    async def _deliver(self, dice: random.Random, *, lost: bool) -> None:
        rows = await self.shop.db.fetch("DELETE FROM pgqueuer RETURNING entrypoint, payload")
        events = [
            event
            for row in rows
            if row["entrypoint"] == "payments.deliver_sandbox_event"
            for event in msgspec.json.decode(row["payload"])["events"]
        ]
        told = [event for event in events if not lost or dice.random() < 0.5]
        told += told[:1]
        dice.shuffle(told)
        await tell(self.shop, told)

    @rule(which=WHICH, won=st.booleans())
    def bank_disputes(self, which: int, won: bool) -> None:
        if (order_id := self.of(which)) is not None:
            self.do(self._dispute(order_id, won=won))

    async def _dispute(self, order_id: str, *, won: bool) -> None:
        intent_id = await self.shop.db.fetchval(
            "SELECT id FROM sandbox_intents WHERE order_id = $1 AND captured > refunded"
            " AND NOT disputed",
            order_id,
        )
        if intent_id is not None:
            opened = await self.shop.gateway.twin.open_dispute(intent_id)
            await self.shop.gateway.twin.close_dispute(opened["id"], is_won=won)

    @invariant()
    def rules_hold(self) -> None:
        if hasattr(self, "world"):
            self.do(self._judge(_ALWAYS))

    async def _judge(self, rules: dict[str, str]) -> None:
        broken = {
            name: [tuple(row) for row in rows]
            for name, query in rules.items()
            if (rows := await self.shop.db.fetch(query))
        }
        assert not broken, broken

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.do(self._end())

    async def _end(self) -> None:
        """The vendor is well again and everything due is done: then nothing is left open."""
        for _ in range(8):
            await self._deliver(random.Random(0), lost=False)
            await self._fall_due()
            await self.shop.till.drain()
            await self.shop.refunds.drain()
            await self._expire()
        for table in ("sandbox_intents", "charges"):
            await self.shop.db.execute(f"UPDATE {table} SET created_at = now() - interval '5 min'")
        await service.reconcile(self.shop.database, gateway=self.shop.gateway, now=clock.now())
        await self._judge(_ALWAYS | _AT_REST)
        assert await faults(self.shop.db) == []


_ALWAYS: Final = {
    "captured without places": """
      SELECT o.id, o.status FROM sandbox_intents i JOIN orders o ON o.id = i.order_id
      WHERE i.captured > i.refunded
        AND o.status NOT IN ('CONFIRMED', 'PARTIALLY_REFUNDED', 'REFUNDED')""",
    "sold without capture or a debt": """
      SELECT o.id FROM orders o WHERE o.status = 'CONFIRMED' AND o.total > 0
        AND NOT EXISTS (SELECT 1 FROM charges c WHERE c.order_id = o.id
          AND c.status IN ('CAPTURING', 'SUCCEEDED', 'OWED'))""",
    "captured twice": """
      SELECT order_id FROM sandbox_intents WHERE captured > 0
      GROUP BY order_id HAVING count(*) > 1""",
    "a posting that does not add up": """
      SELECT posting_id FROM ledger_entries GROUP BY posting_id HAVING sum(amount) <> 0""",
    "more back than was taken": "SELECT id FROM sandbox_intents WHERE refunded > captured",
}
_AT_REST: Final = {
    "money that the ledger does not know": """
      SELECT i.order_id, i.net, l.net FROM (
        SELECT n.order_id, sum(n.captured - n.refunded)::BIGINT - coalesce((
            SELECT sum(d.amount) FROM disputes d
            WHERE d.order_id = n.order_id AND d.status <> 'WON'), 0) AS net
        FROM sandbox_intents n GROUP BY 1) i
      LEFT JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS net FROM ledger_entries
        WHERE order_id = i.order_id AND account = 'processor') l ON TRUE
      WHERE i.net <> l.net""",
    "still under way": "SELECT order_id, status FROM charges WHERE due_at IS NOT NULL",
}


async def test_whatever_comes_in_whatever_order(shop: Shop) -> None:
    Till.shop, Till.loop = shop, asyncio.get_running_loop()
    limits = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=not IS_CAMPAIGN,
        suppress_health_check=list(HealthCheck),
        print_blob=IS_CAMPAIGN,
    )
    await asyncio.to_thread(run_state_machine_as_test, Till, settings=limits)
