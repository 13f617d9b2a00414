"""Invoices: issued, listed, drawn, and noted as paid."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import OrderId, OrganizationId
from arenapulse.identity.access import SignedIn
from arenapulse.orders.schemas import OrderResponse
from arenapulse.payments import service
from arenapulse.payments.routes import Cursor, DeskDep, Limit
from arenapulse.payments.schemas import InvoicePaymentBody, InvoiceView
from arenapulse.runtime.web.answer import documented
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.envelope import Envelope, Meta, ok
from arenapulse.runtime.web.idempotency import OnceDep

router = APIRouter(prefix="/api/v1", tags=["payments"])


@router.post("/orders/{order_id}/invoice-payment", responses=documented("OrderResponse"))
async def pay_invoice(
    *, order_id: UUID, body: InvoicePaymentBody, actor: SignedIn, desk: DeskDep, once: OnceDep
) -> Response:
    """Notes that an invoice is paid; MANAGER and up."""

    async def note() -> OrderResponse:
        return await service.note_paid(
            desk.session,
            actor=actor,
            order_id=OrderId(order_id),
            reference=body.reference,
            now=clock.now(),
            news=desk.news,
        )

    rights = partial(
        service.require_to_refund,
        desk.session,
        actor=actor,
        order_id=OrderId(order_id),
        now=clock.now(),
    )
    return await once(actor.user_id, note, rights=rights)


@router.get("/organizations/{organization_id}/invoices")
async def list_sold_invoices(
    *,
    organization_id: UUID,
    actor: SignedIn,
    session: Db,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Envelope[list[InvoiceView]]:
    """Invoices and credit notes of the organization, newest first; MANAGER and up."""
    page, following = await service.list_invoices(
        session,
        actor=actor,
        organization_id=OrganizationId(organization_id),
        cursor=cursor,
        limit=limit,
    )
    return Envelope(data=page, meta=Meta(next_cursor=following))


@router.post(
    "/orders/{order_id}/invoices", status_code=201, response_model=Envelope[list[InvoiceView]]
)
async def issue_invoice(*, order_id: UUID, actor: SignedIn, session: Db, once: OnceDep) -> Response:
    """The invoice of a sold order, and its credit notes; again, the same."""

    async def issue() -> Envelope[list[InvoiceView]]:
        return ok(
            await service.issue(session, actor=actor, order_id=OrderId(order_id), now=clock.now())
        )

    rights = partial(
        service.list_of_order, session, actor=actor, order_id=OrderId(order_id), now=clock.now()
    )
    return await once(actor.user_id, issue, rights=rights, status=201)


@router.get("/orders/{order_id}/invoices")
async def list_invoices(
    *, order_id: UUID, actor: SignedIn, session: Db
) -> Envelope[list[InvoiceView]]:
    """Those that were issued, for the buyer and for MANAGER and up."""
    return ok(
        await service.list_of_order(
            session, actor=actor, order_id=OrderId(order_id), now=clock.now()
        )
    )


@router.get("/invoices/{invoice_id}/pdf", response_class=Response)
async def read_invoice(*, invoice_id: UUID, actor: SignedIn, session: Db) -> Response:
    """An invoice or a credit note as PDF."""
    invoice, sheet = await service.find_sheet(
        session, actor=actor, invoice_id=invoice_id, now=clock.now()
    )
    name = f'attachment; filename="{invoice.number}.pdf"'
    return Response(
        await service.draw(invoice, sheet),
        media_type="application/pdf",
        headers={"Content-Disposition": name},
    )
