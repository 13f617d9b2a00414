"""Paying an order, and giving money back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import OrderId
from arenapulse.identity.access import SignedIn, SigningDep, StepUpDep
from arenapulse.orders.news import SaleNews
from arenapulse.orders.schemas import OrderResponse
from arenapulse.payments import service
from arenapulse.payments.gateway import Gateway
from arenapulse.payments.schemas import PayBody, RefundBody, RefundView
from arenapulse.runtime.db import Session
from arenapulse.runtime.web.answer import documented
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix="/api/v1", tags=["payments"])


@dataclass(frozen=True)
class Desk:
    """What paying takes beside the request."""

    session: Session
    gateway: Gateway
    news: SaleNews


async def desk_of(
    session: Db,
    gateway: Annotated[Gateway, Depends(provided(Gateway))],
    news: Annotated[SaleNews, Depends(provided(SaleNews))],
) -> Desk:
    return Desk(session=session, gateway=gateway, news=news)


DeskDep = Annotated[Desk, Depends(desk_of)]


@router.post(
    "/orders/{order_id}/payment",
    status_code=202,
    responses=documented("OrderResponse", status=202),
)
async def pay(
    order_id: UUID, body: PayBody, actor: SignedIn, desk: DeskDep, once: OnceDep
) -> Response:
    """Starts a payment; the outcome comes by `order:update` and GET."""

    async def start() -> OrderResponse:
        return await service.start(
            desk.session,
            user_id=actor.user_id,
            order_id=OrderId(order_id),
            token=body.payment_method.token,
            gateway=desk.gateway,
            now=clock.now(),
            news=desk.news,
        )

    return await once(actor.user_id, start, rights=None, status=202)


@router.post("/orders/{order_id}/refunds", status_code=202, response_model=Envelope[RefundView])
async def refund(
    *,
    order_id: UUID,
    body: RefundBody,
    actor: SignedIn,
    session: Db,
    signing: SigningDep,
    step_up: StepUpDep,
    once: OnceDep,
) -> Response:
    """Gives tickets or money back; MANAGER and up.

    Tickets are void and their places free once the money is accepted. An amount is money alone,
    neither is all that is left.
    """

    async def ask() -> Envelope[RefundView]:
        return ok(
            await service.ask_refund(
                session, actor=actor, order_id=OrderId(order_id), body=body, now=clock.now()
            )
        )

    rights = partial(
        service.require_to_refund,
        session,
        actor=actor,
        order_id=OrderId(order_id),
        now=clock.now(),
    )
    await signing.require(rights=rights)
    await step_up.require(rights=rights)
    return await once(actor.user_id, ask, rights=rights, status=202)
