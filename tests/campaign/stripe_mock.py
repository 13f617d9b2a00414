"""Every request that the adapter makes, judged by Stripe's own description of its interface.

    python -m tests.campaign.stripe_mock

stripe-mock (Go, by `go install`) refuses what Stripe's OpenAPI document does not know. It remembers
nothing, so what it answers is of an intent that is not ours; what counts is what it refuses.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import stripe

from arenapulse.core.ids import OrderId
from arenapulse.payments.gateway import GatewayAway, GatewayRefused, NewIntent
from arenapulse.payments.stripe_gateway import StripeGateway
from arenapulse.payments.stripe_reading import RefundTold
from tests.servers import free_port

MODULE: Final = "github.com/stripe/stripe-mock@latest"
BUILD_SECONDS_MAX: Final = 900
START_SECONDS_MAX: Final = 10
KEY: Final = "sk_test_123"


NOBODY: Final = "none"


def binary() -> str | None:
    """Of the path, or built by Go; None where there is neither."""
    found = os.environ.get("STRIPE_MOCK") or shutil.which("stripe-mock")
    if found is not None or shutil.which("go") is None:
        return found
    folder = Path(tempfile.gettempdir()) / "arenapulse-stripe-mock"
    subprocess.run(
        ["go", "install", MODULE],
        env={**os.environ, "GOBIN": str(folder)},
        timeout=BUILD_SECONDS_MAX,
        check=True,
    )
    return str(folder / "stripe-mock")


def calls(gateway: StripeGateway) -> dict[str, Callable[[], Awaitable[Any]]]:
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    organization = uuid4()
    gateway._destinations = {organization: "acct_123"}

    def new(owner: Any) -> NewIntent:
        return NewIntent(
            order_id=OrderId(uuid4()),
            attempt=1,
            amount_minor=4650,
            currency="EUR",
            token="pm_card_visa",
            organization_id=owner,
        )

    money = {"amount_minor": 4650, "currency": "EUR"}
    return {
        "create_intent": lambda: gateway.create_intent(new(None), key=str(uuid4())),
        "create_intent for a destination": lambda: gateway.create_intent(
            new(organization), key=str(uuid4())
        ),
        "retrieve": lambda: gateway.retrieve("pi_123"),
        "capture": lambda: gateway.capture("pi_123", key=str(uuid4()), **money),
        "cancel": lambda: gateway.cancel("pi_123", key=str(uuid4())),
        "refund": lambda: gateway.refund("pi_123", key=str(uuid4()), **money),
        # What it remembers of an intent has no destination, which the adapter would look at.
        "refund of a destination": lambda: gateway._answer(
            "post",
            "refunds",
            RefundTold,
            {"payment_intent": "pi_123", "amount": 4650, "reverse_transfer": True},
            key=str(uuid4()),
        ),
        "refund_state": lambda: gateway.refund_state("re_123"),
        "dispute": lambda: gateway.dispute("dp_123"),
        "disputes": lambda: gateway.disputes(since=now - day, after="dp_123"),
        "warning": lambda: gateway.warning("issfr_123"),
        "warnings": lambda: gateway.warnings(since=now - day, after="issfr_123"),
        "listed": lambda: gateway.listed(since=now - day, until=now, after="pi_123"),
        "movements": lambda: gateway.movements(since=now - day, until=now, after="txn_123"),
        "movements of a payout": lambda: gateway.movements(payout_id="po_123", after=None),
        "payouts": lambda: gateway.payouts(since=now - day, after=None),
        "balance": gateway.balance,
    }


async def judge(address: str) -> list[str]:
    gateway = StripeGateway(KEY)
    gateway.connect(address)
    refused: list[str] = []
    for name, call in calls(gateway).items():
        try:
            await call()
        except GatewayRefused as error:
            if error.code != "not_ours":
                refused.append(f"{name}: {error.code}")
        except GatewayAway as error:
            refused.append(f"{name}: {error}")
    await gateway.close()
    return refused


def bites(address: str) -> bool:
    """Whether it refuses what Stripe does not know."""
    client = stripe.StripeClient(KEY, base_addresses={"api": address}, max_network_retries=0)
    try:
        client.raw_request("post", "/v1/payment_intents", amount=1, currency="eur", nonsense="1")
    except stripe.InvalidRequestError:
        return True
    return False


def main() -> int:
    program = binary()
    if program is None:
        print("stripe-mock: neither it nor Go is here (STRIPE_MOCK=none does without)")
        return 1
    if program == NOBODY:
        print("stripe-mock: nothing was checked, as STRIPE_MOCK says")
        return 0
    port = free_port()
    mock = subprocess.Popen(
        [program, "-http-addr", f"127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        assert mock.stdout is not None
        while "Listening for HTTP" not in mock.stdout.readline():
            assert time.monotonic() < deadline, "stripe-mock does not start"
        address = f"http://127.0.0.1:{port}"
        assert bites(address), "stripe-mock takes what Stripe does not know"
        refused = asyncio.run(judge(address))
    finally:
        mock.terminate()
        mock.wait(10)
    for line in refused:
        print(f"✗ {line}")
    print(f"stripe-mock: {len(refused)} requests refused")
    return 1 if refused else 0


if __name__ == "__main__":
    raise SystemExit(main())
