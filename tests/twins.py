"""Stripe's twin beside a test: served over HTTP, spoken to by the real adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from arenapulse.payments.gateway import GatewayRefused, Intent
from arenapulse.payments.stripe_books import TOKENS
from arenapulse.payments.stripe_gateway import StripeGateway
from arenapulse.payments.stripe_sandbox import Faults, SandboxStripe
from arenapulse.payments.stripe_wire import WireError
from arenapulse.runtime.db import Database
from arenapulse.runtime.web.loopback import serving

KEY = "sk_test_of_the_twin"


class TwinGateway(StripeGateway):
    """The adapter, with the twin that it speaks to at hand."""

    running = 0
    """Calls that the twin is at."""

    def __init__(self, database: Database, *, seconds: float = 5) -> None:
        super().__init__(KEY, tokens=TOKENS, seconds=seconds)
        self.twin = SandboxStripe(database, key=KEY)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.running += 1
        try:
            await self.twin.app(scope, receive, send)
        finally:
            self.running -= 1

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        async with serving(self.app) as address:
            self.connect(address)
            yield
            await self.close()

    @property
    def faults(self) -> Faults:
        return self.twin.faults

    async def authenticate(self, intent_id: str, *, passes: bool) -> Intent:
        try:
            await self.twin.authenticate(intent_id, passes=passes)
        except WireError as error:
            raise GatewayRefused(str(error)) from None
        return await self.retrieve(intent_id)


@asynccontextmanager
async def twin_gateway(
    database: Database, *, seconds: float = 5, kind: type[TwinGateway] = TwinGateway
) -> AsyncIterator[TwinGateway]:
    gateway = kind(database, seconds=seconds)
    async with gateway.connected():
        yield gateway
