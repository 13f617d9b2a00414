"""Every gateway passes the same tests; the adapter joins by a parameter of `vendor`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest

from arenapulse.core.ids import OrderId
from arenapulse.payments.gateway import Gateway, Intent, NewIntent
from arenapulse.payments.stripe_sandbox import DELIVERY_TASK, SandboxStripe
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry, attach


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


@pytest.fixture(params=["sandbox"])
def vendor(request: pytest.FixtureRequest, database: Database) -> Vendor:
    assert request.param == "sandbox"
    sandbox = SandboxStripe(database)
    return Vendor(
        gateway=sandbox,
        authenticate=lambda intent_id, passes: sandbox.authenticate(intent_id, passes=passes),
        database=database,
    )


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
