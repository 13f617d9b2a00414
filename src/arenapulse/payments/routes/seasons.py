"""A season ticket is paid and given back as one."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import OrderId
from arenapulse.identity.access import SignedIn, SigningDep, StepUpDep
from arenapulse.orders.schemas import SeasonOrder
from arenapulse.payments import service
from arenapulse.payments.routes import DeskDep
from arenapulse.payments.schemas import PayBody, RefundView, SeasonRefundBody
from arenapulse.runtime.web.answer import documented
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.idempotency import OnceDep

router = APIRouter(prefix="/api/v1/season-orders", tags=["payments"])


@router.post(
    "/{order_id}/payment", status_code=202, responses=documented("SeasonOrder", status=202)
)
async def pay_season(
    order_id: UUID, body: PayBody, actor: SignedIn, desk: DeskDep, once: OnceDep
) -> Response:
    """Starts one payment for all of its orders; the outcome comes by `order:update` and GET."""

    async def start() -> SeasonOrder:
        return await service.start_season(
            desk.session,
            user_id=actor.user_id,
            order_id=OrderId(order_id),
            token=body.payment_method.token,
            gateway=desk.gateway,
            now=clock.now(),
            news=desk.news,
        )

    return await once(actor.user_id, start, rights=None, status=202)


@router.post("/{order_id}/refunds", status_code=202, response_model=Envelope[list[RefundView]])
async def refund_season(
    *,
    order_id: UUID,
    body: SeasonRefundBody,
    actor: SignedIn,
    session: Db,
    signing: SigningDep,
    step_up: StepUpDep,
    once: OnceDep,
) -> Response:
    """Gives back what is left at each of its dates; MANAGER and up."""

    async def ask() -> Envelope[list[RefundView]]:
        return ok(
            await service.refund_season(
                session,
                actor=actor,
                order_id=OrderId(order_id),
                reason=body.reason,
                now=clock.now(),
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
