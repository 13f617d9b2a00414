"""One's own orders and tickets. Placing an order is in `hot`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import EventId, OrderId, TicketId
from arenapulse.events.schemas import PromoCodeBody
from arenapulse.identity.access import Holder, SignedIn
from arenapulse.orders import service
from arenapulse.orders.news import SaleNews
from arenapulse.orders.schemas import SeasonOrder
from arenapulse.orders.seasons import SeasonDesk, SeasonOrderBody
from arenapulse.runtime.web.answer import answer, answer_page, documented
from arenapulse.runtime.web.deps import Db, Paging
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix="/api/v1", tags=["orders"])


News = Annotated[SaleNews, Depends(provided(SaleNews))]
Seasons = Annotated[SeasonDesk, Depends(provided(SeasonDesk))]


@router.get("/orders", responses=documented("OrderResponse", is_list=True))
async def list_orders(actor: Holder, session: Db, page: Paging) -> Response:
    """One's own orders, newest first."""
    found = await service.list_own(session, user_id=actor.user_id, page=page, now=clock.now())
    return answer_page(found, items=found.items)


@router.get("/orders/{order_id}", responses=documented("OrderResponse"))
async def read_order(order_id: UUID, actor: Holder, session: Db) -> Response:
    """One of one's own orders; one of the organization's, for MANAGER and up."""
    return answer(
        await service.find(session, actor=actor, order_id=OrderId(order_id), now=clock.now())
    )


@router.post("/orders/{order_id}/cancel", responses=documented("OrderResponse"))
async def cancel_order(order_id: UUID, actor: Holder, session: Db, news: News) -> Response:
    """Gives the places back; again, the same answer."""
    return answer(
        await service.cancel(
            session,
            user_id=actor.user_id,
            order_id=OrderId(order_id),
            now=clock.now(),
            news=news,
        )
    )


@router.put("/orders/{order_id}/promo-code", responses=documented("OrderResponse"))
async def put_promo_code(
    order_id: UUID, actor: Holder, session: Db, news: News, body: PromoCodeBody
) -> Response:
    """Another promo code for a hold that is not being paid; again, the same answer."""
    return answer(
        await service.use_promo(
            session,
            actor=actor,
            order_id=OrderId(order_id),
            code=body.code,
            now=clock.now(),
            news=news,
        )
    )


@router.delete("/orders/{order_id}/promo-code", responses=documented("OrderResponse"))
async def drop_promo_code(order_id: UUID, actor: Holder, session: Db, news: News) -> Response:
    """The hold costs what it costs without a code."""
    return answer(
        await service.use_promo(
            session,
            actor=actor,
            order_id=OrderId(order_id),
            code=None,
            now=clock.now(),
            news=news,
        )
    )


@router.post(
    "/series/{series_id}/orders",
    status_code=201,
    responses=documented("SeasonOrder", status=201),
)
async def place_season_order(
    *,
    series_id: UUID,
    actor: SignedIn,
    session: Db,
    desk: Seasons,
    body: SeasonOrderBody,
    once: OnceDep,
) -> Response:
    """Holds the same places at every date on sale, all or none; paid by its own payment route."""
    now = clock.now()
    # Before this request's own transaction: one that waited for a second connection while it
    # holds its own could starve with all others that do.
    plan = await desk.plan(actor=actor, series_id=EventId(series_id), body=body, now=now)

    async def work() -> SeasonOrder:
        return await desk.place(session, plan, now=now)

    return await once(actor.user_id, work, rights=None, status=201)


@router.get("/season-orders/{order_id}", responses=documented("SeasonOrder"))
async def read_season_order(order_id: UUID, actor: SignedIn, session: Db) -> Response:
    """A season ticket with its order at each date; of the organization's too, for MANAGER."""
    return answer(
        await service.find_season_order(
            session, actor=actor, order_id=OrderId(order_id), now=clock.now()
        )
    )


@router.post("/season-orders/{order_id}/cancel", responses=documented("SeasonOrder"))
async def cancel_season_order(order_id: UUID, actor: SignedIn, session: Db, news: News) -> Response:
    """Gives the places at all dates back while nothing is paid; again, the same answer."""
    return answer(
        await service.cancel_season(
            session,
            user_id=actor.user_id,
            order_id=OrderId(order_id),
            now=clock.now(),
            news=news,
        )
    )


@router.get("/tickets", responses=documented("TicketDetails", is_list=True))
async def list_tickets(actor: SignedIn, session: Db, page: Paging) -> Response:
    """One's own tickets, newest order first."""
    found = await service.list_own_tickets(session, user_id=actor.user_id, page=page)
    return answer_page(found, items=found.items)


@router.get("/tickets/{ticket_id}", responses=documented("TicketDetails"))
async def read_ticket(ticket_id: UUID, actor: SignedIn, session: Db) -> Response:
    """One of one's own tickets."""
    return answer(
        await service.find_own_ticket(session, user_id=actor.user_id, ticket_id=TicketId(ticket_id))
    )
