"""The account at Stripe may be another program's as well: what that makes stops nothing of ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import msgspec
import pytest

from arenapulse.core import clock
from arenapulse.payments.gateway import NewIntent
from arenapulse.runtime.db import Database
from tests.twins import TwinGateway, twin_gateway

DAY: Final = dt.timedelta(days=1)


class SharedTwin(TwinGateway):
    """The twin's answers with what another program made before and behind it."""

    beside: Any = None

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        async def mixed(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body" and self.beside is not None:
                told = msgspec.json.decode(message["body"])
                if "data" in told:
                    told["data"] = [self.beside, *told["data"], self.beside]
                else:
                    told["pending"].append(self.beside)
                message = message | {"body": msgspec.json.encode(told)}
            await send(message)

        await super().app(scope, receive, mixed)


def foreign(**changed: object) -> dict[str, object]:
    return {
        "id": "pi_of_another",
        "amount": 100,
        "currency": "eur",
        "status": "succeeded",
        "metadata": {},
    } | changed


@pytest.mark.parametrize(
    "beside",
    [
        foreign(status="requires_confirmation"),
        foreign(metadata={"orderId": "A-17", "attempt": "first"}),
        foreign(metadata={"orderId": "A-17"}, currency="usdc"),
        foreign(metadata={"orderId": str(uuid4()), "attempt": "first"}),
        foreign(metadata={"orderId": str(uuid4())}, status="thought_about"),
    ],
)
async def test_what_another_program_made_is_left_out_and_ours_is_listed(
    database: Database, new: Callable[..., NewIntent], beside: object
) -> None:
    async with twin_gateway(database, kind=SharedTwin) as gateway:
        made = await gateway.create_intent(new(), key=str(uuid4()))
        gateway.beside = beside
        now = clock.now()
        found, _ = await gateway.listed(since=now - DAY, until=now + DAY, after=None)
        assert [each for each in found if each.intent_id == made.intent_id] == [made]
        assert "pi_of_another" not in [each.intent_id for each in found]


async def test_money_in_a_currency_that_nobody_sells_in_is_counted_as_it_is_told(
    database: Database, new: Callable[..., NewIntent]
) -> None:
    async with twin_gateway(database, kind=SharedTwin) as gateway:
        made = await gateway.create_intent(new(), key=str(uuid4()))
        await gateway.capture(made.intent_id, amount_minor=4650, currency="EUR", key=str(uuid4()))
        now = clock.now()
        gateway.beside = {
            "id": "txn_1",
            "type": "charge",
            "amount": 17,
            "fee": 0,
            "currency": "usdc",
            "created": int(now.timestamp()),
        }
        found, _ = await gateway.movements(since=now - DAY, until=now + DAY, after=None)
        assert (found[0].amount_minor, found[0].currency) == (17, "USDC")
        assert (await gateway.balance())["USDC"] == 17
