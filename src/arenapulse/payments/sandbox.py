"""The twin's own edge, there only where no real vendor takes the money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import OrderId
from arenapulse.identity.access import SignedIn
from arenapulse.payments import service, signature
from arenapulse.payments.schemas import AuthenticateBody
from arenapulse.payments.stripe_books import DELIVERY_TASK
from arenapulse.payments.stripe_sandbox import SandboxStripe
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry
from arenapulse.runtime.web.answer import answer, documented
from arenapulse.runtime.web.deps import RuntimeDep
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix="/api/v1", tags=["sandbox"])


class _Delivery(msgspec.Struct, frozen=True):
    """`event` is what a job of before has."""

    events: list[msgspec.Raw] = []
    event: msgspec.Raw = msgspec.Raw()


SandboxDep = Annotated[SandboxStripe, Depends(provided(SandboxStripe))]


@router.post("/sandbox/payments/{order_id}/authenticate", responses=documented("OrderResponse"))
async def authenticate(
    order_id: UUID,
    body: AuthenticateBody,
    actor: SignedIn,
    runtime: RuntimeDep,
    sandbox: SandboxDep,
) -> Response:
    """What the person's bank would ask: `pass` or `fail`."""
    return answer(
        await service.authenticate(
            runtime.database,
            user_id=None if actor.is_admin else actor.user_id,
            order_id=OrderId(order_id),
            passes=body.outcome == "pass",
            sandbox=sandbox,
            now=clock.now(),
        )
    )


def registry(
    database: Database, *, webhook_secrets: Sequence[str], twin: SandboxStripe
) -> Registry:
    made = Registry()

    @made.task_many(DELIVERY_TASK, of=_Delivery)
    async def deliver(deliveries: Sequence[_Delivery]) -> None:
        # What the vendor's webhook does over HTTP, signed and checked like it.
        now = clock.now()
        at, secret = int(now.timestamp()), webhook_secrets[0]
        told = [bytes(event) for each in deliveries for event in (*each.events, each.event)]
        bodies = [body for body in told if body]
        letters = [
            service.Letter(body, signature.sign(body, secret=secret, at_unix=at)) for body in bodies
        ]
        async with database.transaction() as session:
            await service.hear_twin(session, letters=letters, secrets=webhook_secrets, now=now)

    assert deliver

    @made.task("payments.sandbox_pay_out", cron="0 6 * * *")
    async def pay_out(**_future: object) -> None:
        await twin.pay_out()

    return made
