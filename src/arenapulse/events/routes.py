"""HTTP for events."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import StringConstraints

from arenapulse.core import clock
from arenapulse.core.errors import Invalid
from arenapulse.core.ids import EventId, OrganizationId, VenueId
from arenapulse.events import service
from arenapulse.events.news import EventNews
from arenapulse.events.queries import EventFilter
from arenapulse.events.schemas import (
    EventBody,
    EventCard,
    EventPatch,
    EventView,
    PricingBody,
    PromoBody,
    PromoName,
    PromoView,
    RepeatBody,
    SeasonBody,
    SeasonView,
    StatusBody,
)
from arenapulse.events.service.public import Listing, PublicEvents
from arenapulse.events.service.showing import EventPages
from arenapulse.events.terms import EventStatus
from arenapulse.identity.access import SignedIn, SigningDep, Visitor
from arenapulse.media.schemas import AwaitedView, PictureBody, PictureView
from arenapulse.media.service.developing import Studio
from arenapulse.runtime.web.deps import Db, GivenVersion, NeededVersion, Paging, RuntimeDep
from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.envelope import Depth, Envelope, Moment, Text, ok, ok_page, said
from arenapulse.runtime.web.idempotency import JSON, OnceDep
from arenapulse.runtime.web.packing import page_answer
from arenapulse.runtime.web.provided import provided

router = APIRouter(prefix=API + "events", tags=["events"])
series_router = APIRouter(prefix=API + "series", tags=["events"])
page_router = APIRouter()

STATUSES_MAX = len(EventStatus)


News = Annotated[EventNews, Depends(provided(EventNews))]
Public = Annotated[PublicEvents, Depends(provided(PublicEvents))]
Pages = Annotated[EventPages, Depends(provided(EventPages))]
StudioDep = Annotated[Studio, Depends(provided(Studio))]


async def wanted_of(
    *,
    status: Annotated[list[EventStatus] | None, Query(max_length=STATUSES_MAX)] = None,
    venue_id: Annotated[UUID | None, Query(alias="venueId")] = None,
    organization_id: Annotated[UUID | None, Query(alias="organizationId")] = None,
    series_id: Annotated[UUID | None, Query(alias="seriesId")] = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
    q: Annotated[Text | None, StringConstraints(max_length=200)] = None,
) -> EventFilter:
    """`from` and `to`: what runs at some time between them; `q`: words of the name."""
    if since is not None and until is not None and until < since:
        raise Invalid.on("to", "must not lie before from")
    return EventFilter(
        statuses=tuple(status or ()),
        venue_id=None if venue_id is None else VenueId(venue_id),
        organization_id=None if organization_id is None else OrganizationId(organization_id),
        series_id=None if series_id is None else EventId(series_id),
        since=since,
        until=until,
        words=q,
    )


@router.get("", response_model=Envelope[list[EventView]] | Envelope[list[EventCard]])
async def list_events(
    *,
    actor: Visitor,
    runtime: RuntimeDep,
    public: Public,
    paging: Paging,
    wanted: Annotated[EventFilter, Depends(wanted_of)],
    view: Depth = Depth.WHOLE,
) -> Response:
    """Events by start; drafts for the members of their organization; cards where `view=card`."""
    own = await public.organizations_of(actor)
    if own == ():
        body = await public.listing(Listing(wanted, paging, view))
        return Response(body, media_type=JSON)
    look = service.page_cards if view is Depth.CARD else service.page
    asked = partial(
        look,
        cache=runtime.cache,
        own=own,
        request=paging,
        wanted=wanted,
        now=clock.now(),
    )
    # Who is known may have changed one just now, and looks for it.
    found = await runtime.reads.ask(asked, exact=True)
    return said(ok_page(found, items=found.items))


@router.get("/{event_id}", response_model=Envelope[EventView])
async def get_event(
    *,
    actor: Visitor,
    event_id: UUID,
    runtime: RuntimeDep,
    public: Public,
    promo_code: Annotated[PromoName | None, Query(alias="promoCode")] = None,
) -> Response:
    """One event; ETag is its version, which counts do not raise: never 304.

    A promo code shows the price levels that it unlocks.
    """
    wanted = EventId(event_id)
    told = None if promo_code is not None else await public.event(wanted, actor=actor)
    if told is not None:
        return Response(told.body, media_type=JSON, headers={"ETag": f'"{told.version}"'})
    async with runtime.database.transaction() as session:
        found = await service.detail(session, actor=actor, event_id=wanted, promo_code=promo_code)
    answer = said(ok(found))
    answer.headers["ETag"] = f'"{found.version}"'
    return answer


@router.post("", status_code=201, response_model=Envelope[EventView])
async def create_event(*, actor: SignedIn, session: Db, body: EventBody, once: OnceDep) -> Response:
    """A new DRAFT; MANAGER and up."""

    async def work() -> Envelope[EventView]:
        return ok(await service.create(session, actor=actor, body=body))

    rights = partial(service.require_to_create, session, actor=actor, body=body)
    return await once(actor.user_id, work, rights=rights, status=201)


@router.post("/{event_id}/repeats", status_code=201, response_model=Envelope[list[EventView]])
async def repeat_event(
    *, actor: SignedIn, event_id: UUID, session: Db, body: RepeatBody, once: OnceDep
) -> Response:
    """More DRAFTs of the same series at later dates, by the clock of the venue; MANAGER and up."""

    async def work() -> Envelope[list[EventView]]:
        made = await service.repeat(session, actor=actor, event_id=EventId(event_id), body=body)
        return ok(made)

    rights = partial(service.get_to_change, session, actor=actor, event_id=EventId(event_id))
    return await once(actor.user_id, work, rights=rights, status=201)


@series_router.get("/{series_id}/season-ticket")
async def read_season_ticket(
    *, actor: Visitor, series_id: UUID, session: Db
) -> Envelope[SeasonView]:
    """The dates on sale and what the same place at all of them costs: nothing where none is sold.

    MANAGER and up see `levels` too, the offer as it was made.
    """
    return ok(
        await service.read_season(
            session, actor=actor, series_id=EventId(series_id), now=clock.now()
        )
    )


@series_router.put("/{series_id}/season-ticket")
async def offer_season_ticket(
    *, actor: SignedIn, series_id: UUID, session: Db, body: SeasonBody
) -> Envelope[SeasonView]:
    """Sells season tickets at these prices from now on; MANAGER and up."""
    return ok(
        await service.offer_season(
            session, actor=actor, series_id=EventId(series_id), body=body, now=clock.now()
        )
    )


@router.patch("/{event_id}")
async def change_event(
    *,
    actor: SignedIn,
    event_id: UUID,
    session: Db,
    version: NeededVersion,
    patch: EventPatch,
    news: News,
    response: Response,
) -> Envelope[EventView]:
    """Changes what is sent; MANAGER and up; needs If-Match."""
    changed = await service.change(
        session,
        actor=actor,
        event_id=EventId(event_id),
        patch=patch,
        version=version,
        news=news,
    )
    response.headers["ETag"] = f'"{changed.version}"'
    return ok(changed)


@router.post("/{event_id}/status")
async def set_status(
    *,
    actor: SignedIn,
    event_id: UUID,
    session: Db,
    version: GivenVersion,
    body: StatusBody,
    news: News,
    signing: SigningDep,
    response: Response,
) -> Envelope[EventView]:
    """Moves the event by hand; MANAGER and up; If-Match is optional.

    A repeated move is EVENT004, so it takes no key.
    """
    if body.status is EventStatus.CANCELLED:
        rights = partial(service.get_to_change, session, actor=actor, event_id=EventId(event_id))
        await signing.require(rights=rights)
    moved = await service.set_status(
        session,
        actor=actor,
        event_id=EventId(event_id),
        target=body.status,
        news=news,
        version=version,
    )
    response.headers["ETag"] = f'"{moved.version}"'
    return ok(moved)


@router.put("/{event_id}/pricing")
async def set_pricing(
    *,
    actor: SignedIn,
    event_id: UUID,
    session: Db,
    version: GivenVersion,
    body: PricingBody,
    news: News,
    response: Response,
) -> Envelope[EventView]:
    """New tiers for orders from now on; MANAGER and up; If-Match is optional."""
    changed = await service.set_pricing(
        session,
        actor=actor,
        event_id=EventId(event_id),
        tiers=body.pricing_tiers,
        version=version,
        news=news,
    )
    response.headers["ETag"] = f'"{changed.version}"'
    return ok(changed)


@router.get("/{event_id}/promo-codes")
async def list_promo_codes(
    *, actor: SignedIn, event_id: UUID, session: Db, paging: Paging
) -> Envelope[list[PromoView]]:
    """The codes with their uses, newest first; MANAGER and up."""
    found = await service.page_promos(
        session, actor=actor, event_id=EventId(event_id), request=paging
    )
    return ok_page(found, items=found.items)


@router.post("/{event_id}/promo-codes", status_code=201, response_model=Envelope[PromoView])
async def create_promo_code(
    *,
    actor: SignedIn,
    event_id: UUID,
    session: Db,
    body: PromoBody,
    once: OnceDep,
    news: News,
) -> Response:
    """A new code, and what it unlocks hidden from all others; MANAGER and up."""

    async def work() -> Envelope[PromoView]:
        return ok(
            await service.create_promo(
                session, actor=actor, event_id=EventId(event_id), body=body, news=news
            )
        )

    rights = partial(service.get_to_change, session, actor=actor, event_id=EventId(event_id))
    return await once(actor.user_id, work, rights=rights, status=201)


@router.delete("/{event_id}/promo-codes/{promo_id}")
async def delete_promo_code(
    *, actor: SignedIn, event_id: UUID, promo_id: UUID, session: Db
) -> Envelope[None]:
    """Ends a code; orders that used it keep their price, what it unlocks stays hidden.

    MANAGER and up.
    """
    await service.delete_promo(session, actor=actor, event_id=EventId(event_id), promo_id=promo_id)
    return ok(None)


@router.post("/{event_id}/media", status_code=201, response_model=Envelope[AwaitedView])
async def announce_event_picture(
    *,
    actor: SignedIn,
    event_id: UUID,
    session: Db,
    body: PictureBody,
    studio: StudioDep,
    once: OnceDep,
) -> Response:
    """Where to send a picture; it is shown once it is complete. MANAGER and up."""

    async def work() -> Envelope[AwaitedView]:
        made = await service.announce_picture(
            session,
            actor=actor,
            event_id=EventId(event_id),
            body=body,
            studio=studio,
            now=clock.now(),
        )
        return ok(made)

    rights = partial(service.get_to_change, session, actor=actor, event_id=EventId(event_id))
    return await once(actor.user_id, work, rights=rights, status=201)


@router.post("/{event_id}/media/{media_id}/complete")
async def complete_event_picture(
    *, actor: SignedIn, event_id: UUID, media_id: UUID, studio: StudioDep
) -> Envelope[PictureView]:
    """Decodes what was uploaded, makes its sizes and shows it; again, the same answer."""
    made = await service.complete_picture(
        studio, actor=actor, event_id=EventId(event_id), media_id=media_id
    )
    return ok(made)


@router.delete("/{event_id}/media/{media_id}")
async def delete_event_picture(
    *, actor: SignedIn, event_id: UUID, media_id: UUID, session: Db
) -> Envelope[None]:
    """Shows it no more; MANAGER and up."""
    await service.delete_picture(
        session, actor=actor, event_id=EventId(event_id), media_id=media_id
    )
    return ok(None)


@page_router.api_route("/events/{event_id}", methods=["GET", "HEAD"], include_in_schema=False)
async def show_event(*, event_id: str, pages: Pages, request: Request) -> Response:
    """The web app's page, with what the event says of itself in its head; 404 where none is."""
    found = await pages.page(event_id)
    return await page_answer(
        found.text, status=found.status, accepted=request.headers.get("Accept-Encoding", "")
    )
