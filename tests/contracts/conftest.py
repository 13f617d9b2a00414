"""The adapter passes the same tests over the twin, and over Stripe where a test key is set."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest

from arenapulse.core.ids import OrderId
from arenapulse.payments.gateway import Gateway, Intent, NewIntent
from arenapulse.payments.stripe_books import DELIVERY_TASK
from arenapulse.payments.stripe_gateway import StripeGateway
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry, attach
from tests.twins import twin_gateway

STRIPE_KEY = os.environ.get("STRIPE_TEST_KEY", "")


@dataclass(frozen=True)
class Vendor:
    """A gateway, and what only a person at a bank can do."""

    gateway: Gateway
    authenticate: Callable[[str, bool], Awaitable[Intent]]
    database: Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, pool_size=4)
    registry = Registry()

    @registry.task(DELIVERY_TASK)
    async def deliver(**_future: object) -> None: ...

    jobs = attach(made, registry=registry)
    await made.open()
    yield made
    await jobs.close()
    await made.close()


@pytest.fixture(
    params=[
        "twin",
        pytest.param(
            "stripe", marks=pytest.mark.skipif(not STRIPE_KEY, reason="STRIPE_TEST_KEY is not set")
        ),
    ]
)
async def vendor(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Vendor]:
    if request.param == "twin":
        async with twin_gateway(database) as gateway:
            yield Vendor(
                gateway=gateway,
                authenticate=lambda intent_id, passes: gateway.authenticate(
                    intent_id, passes=passes
                ),
                database=database,
            )
        return

    async def nobody(intent_id: str, passes: bool) -> Intent:
        pytest.skip("only a person can answer a bank at Stripe")

    real = StripeGateway(STRIPE_KEY)
    real.connect()
    yield Vendor(gateway=real, authenticate=nobody, database=database)
    await real.close()


@pytest.fixture
def new() -> Callable[..., NewIntent]:
    def make(token: str = "pm_card_visa", *, amount_minor: int = 4650) -> NewIntent:
        return NewIntent(
            order_id=OrderId(uuid4()),
            attempt=1,
            amount_minor=amount_minor,
            currency="EUR",
            token=token,
        )

    return make
