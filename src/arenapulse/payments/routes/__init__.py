"""Paying an order, giving money back, and money as an organization sees it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import EventId, OrderId, OrganizationId
from arenapulse.identity.access import SignedIn, SigningDep, StepUpDep, Visitor
from arenapulse.orders.news import SaleNews
from arenapulse.orders.schemas import OrderResponse
from arenapulse.payments import service
from arenapulse.payments.gateway import Gateway
from arenapulse.payments.schemas import (
    CardFormView,
    Difference,
    DifferenceDeed,
    DisputeView,
    LedgerLine,
    PayBody,
    PaymentWishes,
    PayoutStanding,
    PayoutView,
    RefundBody,
    RefundNote,
    RefundPolicy,
    RefundPolicyView,
    RefundRequestBody,
    RefundView,
)
from arenapulse.runtime.db import Session
from arenapulse.runtime.web.answer import documented
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.envelope import Envelope, Meta, Moment, ok
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix="/api/v1", tags=["payments"])

Cursor = Annotated[str | None, Query(max_length=200, pattern=r"^[\x20-\x7e]+$")]
Limit = Annotated[int, Query(ge=1, le=100)]


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


@dataclass(frozen=True)
class CardForm:
    """The key of the vendor's form in browsers, None where test cards are picked."""

    publishable_key: str | None


@router.get("/payments/card-form")
async def read_card_form(
    form: Annotated[CardForm, Depends(provided(CardForm))],
) -> Envelope[CardFormView]:
    """How a browser takes a card: by the vendor's form with this key, or by a test card."""
    return ok(CardFormView(publishable_key=form.publishable_key))


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


@router.get("/orders/{order_id}/refunds")
async def list_refunds(
    *, order_id: UUID, actor: SignedIn, session: Db
) -> Envelope[list[RefundNote]]:
    """What became of each refund, the oldest first: for the buyer and for MANAGER and up."""
    return ok(
        await service.list_refunds(
            session, actor=actor, order_id=OrderId(order_id), now=clock.now()
        )
    )


@router.get("/organizations/{organization_id}/ledger")
async def read_ledger(
    *,
    organization_id: UUID,
    actor: SignedIn,
    session: Db,
    event_id: Annotated[UUID | None, Query(alias="eventId")] = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> Envelope[list[LedgerLine]]:
    """What came in and went out, by event and account, the newest first; MANAGER and up."""
    page, following = await service.report(
        session,
        actor=actor,
        organization_id=OrganizationId(organization_id),
        event_id=event_id,
        since=since,
        until=until,
        cursor=cursor,
        limit=limit,
    )
    return Envelope(data=page, meta=Meta(next_cursor=following))


@router.get("/organizations/{organization_id}/disputes")
async def list_disputes(
    *,
    organization_id: UUID,
    actor: SignedIn,
    session: Db,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Envelope[list[DisputeView]]:
    """Payments that a buyer's bank wants back, newest first; MANAGER and up."""
    page, following = await service.list_disputes(
        session,
        actor=actor,
        organization_id=OrganizationId(organization_id),
        cursor=cursor,
        limit=limit,
    )
    return Envelope(data=page, meta=Meta(next_cursor=following))


@router.get("/organizations/{organization_id}/payouts")
async def list_payouts(
    *,
    organization_id: UUID,
    actor: SignedIn,
    session: Db,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Envelope[list[PayoutView]]:
    """What of each payout to the bank is of its payments, newest first; MANAGER and up."""
    page, following = await service.list_payouts(
        session,
        actor=actor,
        organization_id=OrganizationId(organization_id),
        cursor=cursor,
        limit=limit,
    )
    return Envelope(data=page, meta=Meta(next_cursor=following))


@router.get("/organizations/{organization_id}/payment-settings")
async def read_wishes(
    *, organization_id: UUID, actor: SignedIn, session: Db
) -> Envelope[PaymentWishes]:
    """What is done when a card's issuer warns of fraud; MANAGER and up."""
    return ok(
        await service.read_wishes(
            session, actor=actor, organization_id=OrganizationId(organization_id)
        )
    )


@router.put("/organizations/{organization_id}/payment-settings")
async def set_wishes(
    *, organization_id: UUID, body: PaymentWishes, actor: SignedIn, session: Db
) -> Envelope[PaymentWishes]:
    """Decides it; MANAGER and up."""
    return ok(
        await service.set_wishes(
            session, actor=actor, organization_id=OrganizationId(organization_id), wishes=body
        )
    )


@router.get("/admin/payment-differences")
async def list_differences(
    *,
    actor: SignedIn,
    session: Db,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> Envelope[list[Difference]]:
    """What the vendor's books and ours say differently, newest first; ADMIN."""
    page, following = await service.list_differences(
        session, actor=actor, cursor=cursor, limit=limit
    )
    return Envelope(data=page, meta=Meta(next_cursor=following))


@router.post("/admin/payment-differences/dismiss", status_code=204)
async def dismiss_difference(*, body: DifferenceDeed, actor: SignedIn, session: Db) -> None:
    """Takes a difference off the list until it says something else; ADMIN."""
    await service.dismiss_difference(session, actor=actor, body=body, now=clock.now())


@router.get("/admin/payouts")
async def list_all_payouts(
    *,
    actor: SignedIn,
    session: Db,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Envelope[list[PayoutStanding]]:
    """Payouts and whether what is in them comes to them, newest first; ADMIN."""
    page, following = await service.list_all_payouts(
        session, actor=actor, cursor=cursor, limit=limit
    )
    return Envelope(data=page, meta=Meta(next_cursor=following))


@router.get("/events/{event_id}/refund-policy")
async def read_refund_policy(
    *, event_id: UUID, actor: Visitor, session: Db
) -> Envelope[RefundPolicyView]:
    """How much of a ticket its buyer may have back, by the time before the event."""
    return ok(await service.read_policy(session, actor=actor, event_id=EventId(event_id)))


@router.put("/events/{event_id}/refund-policy")
async def set_refund_policy(
    *, event_id: UUID, body: RefundPolicy, actor: SignedIn, session: Db
) -> Envelope[RefundPolicy]:
    """Decides it; MANAGER and up."""
    return ok(
        await service.set_policy(session, actor=actor, event_id=EventId(event_id), policy=body)
    )


@router.post(
    "/orders/{order_id}/refund-requests", status_code=202, response_model=Envelope[RefundView]
)
async def request_refund(
    *,
    order_id: UUID,
    body: RefundRequestBody,
    actor: SignedIn,
    session: Db,
    signing: SigningDep,
    once: OnceDep,
) -> Response:
    """A buyer gives tickets back, for what the event's policy gives."""
    await signing.require(
        rights=partial(
            service.require_own,
            session,
            user_id=actor.user_id,
            order_id=OrderId(order_id),
            now=clock.now(),
        )
    )

    async def ask() -> Envelope[RefundView]:
        return ok(
            await service.request_refund(
                session,
                user_id=actor.user_id,
                order_id=OrderId(order_id),
                body=body,
                now=clock.now(),
            )
        )

    return await once(actor.user_id, ask, rights=None, status=202)
