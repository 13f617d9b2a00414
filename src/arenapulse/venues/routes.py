"""HTTP for venues."""

from __future__ import annotations

import gzip
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from arenapulse.core import clock
from arenapulse.core.ids import OrganizationId, VenueId
from arenapulse.identity.access import SignedIn
from arenapulse.media.schemas import AwaitedView, PictureBody, PictureView
from arenapulse.media.service.developing import Studio
from arenapulse.runtime.web.deps import (
    Db,
    GivenVersion,
    NeededVersion,
    Paging,
    ReadsDep,
    RuntimeDep,
)
from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.encoding import accepts, is_known
from arenapulse.runtime.web.envelope import Depth, Envelope, ok, ok_page, said
from arenapulse.runtime.web.errors import JSON
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.runtime.web.packing import page_answer
from arenapulse.runtime.web.provided import provided
from arenapulse.venues import queries, service
from arenapulse.venues.document import ChartDocument, RowList, json_schema
from arenapulse.venues.schemas import (
    ChartCard,
    ChartView,
    PlaceCard,
    VenueBody,
    VenuePatch,
    VenueView,
)
from arenapulse.venues.service.showing import VenuePages

router = APIRouter(prefix=API + "venues", tags=["venues"])
page_router = APIRouter()

Pages = Annotated[VenuePages, Depends(provided(VenuePages))]
StudioDep = Annotated[Studio, Depends(provided(Studio))]
SCHEMA_PATH: Final = f"{API}chart.schema.json"
IMMUTABLE: Final = "public, max-age=31536000, immutable"


@router.get("", response_model=Envelope[list[VenueView]] | Envelope[list[PlaceCard]])
async def list_venues(
    *,
    reads: ReadsDep,
    paging: Paging,
    organization_id: Annotated[UUID | None, Query(alias="organizationId")] = None,
    view: Depth = Depth.WHOLE,
) -> Response:
    """Venues by name; as cards where `view=card`."""
    owner = None if organization_id is None else OrganizationId(organization_id)
    # An organizer looks for the one that was written just now.
    is_own = owner is not None
    if view is Depth.CARD:
        cards = await reads.read(
            partial(queries.page_cards, request=paging, organization_id=owner), exact=is_own
        )
        return said(ok_page(cards, items=cards.items))
    found = await reads.read(
        partial(queries.page, request=paging, organization_id=owner), exact=is_own
    )
    return said(ok_page(found, items=found.items))


@router.get("/{venue_id}", response_model=Envelope[VenueView])
async def get_venue(*, venue_id: UUID, runtime: RuntimeDep) -> Response:
    """One venue with its sections; ETag is its version."""
    found = await service.detail(runtime.database, cache=runtime.cache, venue_id=VenueId(venue_id))
    return Response(
        b'{"success":true,"data":' + found.raw + b"}",
        media_type=JSON,
        headers={"ETag": f'"{found.version}"'},
    )


@router.get("/{venue_id}/charts")
async def list_charts(*, venue_id: UUID, session: Db, paging: Paging) -> Envelope[list[ChartCard]]:
    """Every chart of a venue, the newest first."""
    found = await service.page_charts(session, venue_id=VenueId(venue_id), request=paging)
    return ok_page(found, items=found.items)


@router.get("/{venue_id}/charts/{chart_id}", response_model=Envelope[ChartView])
async def get_chart(
    *,
    venue_id: UUID,
    chart_id: UUID,
    runtime: RuntimeDep,
    accept_encoding: Annotated[str, Header()] = "",
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """One chart with a place for every seat; never changes.

    For the events that were made with it (`chartId`). Compressed where gzip is accepted.
    """
    headers = {
        "Cache-Control": IMMUTABLE,
        "ETag": f'W/"{chart_id}"',
        "Vary": "Accept-Encoding, Origin",
    }
    packed = await service.drawn_chart(
        runtime.database, venue_id=VenueId(venue_id), chart_id=chart_id
    )
    if is_known(if_none_match, etag=headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if accepts(accept_encoding, encoding="gzip"):
        headers["Content-Encoding"] = "gzip"
    else:
        packed = gzip.decompress(packed)
    return Response(packed, media_type=JSON, headers=headers)


@router.get("/{venue_id}/charts/{chart_id}/document")
async def export_chart(
    *, actor: SignedIn, venue_id: UUID, chart_id: UUID, session: Db
) -> Envelope[dict[str, Any]]:
    """A chart as the document that an import takes; MANAGER and up."""
    found = await service.chart_document(
        session, actor=actor, venue_id=VenueId(venue_id), chart_id=chart_id
    )
    return ok(dict(found))


@router.get(
    "/{venue_id}/charts/{chart_id}/rows.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def export_rows(*, actor: SignedIn, venue_id: UUID, chart_id: UUID, session: Db) -> Response:
    """A chart's rows as CSV; MANAGER and up."""
    found = await service.row_list(
        session, actor=actor, venue_id=VenueId(venue_id), chart_id=chart_id
    )
    return Response(found, media_type="text/csv", headers={"Cache-Control": "no-store"})


@router.post("/{venue_id}/charts", status_code=201, response_model=Envelope[ChartCard])
async def import_chart(
    *,
    actor: SignedIn,
    venue_id: UUID,
    session: Db,
    runtime: RuntimeDep,
    body: ChartDocument,
    once: OnceDep,
) -> Response:
    """A new chart from a document, for events that name it or a venue that uses it; MANAGER and up.

    Mistakes are told by their place, `sections.3.rows.2.label`, and nothing is changed.
    """

    async def work() -> Envelope[ChartCard]:
        made = await service.import_chart(
            session,
            actor=actor,
            venue_id=VenueId(venue_id),
            document=body,
            cache=runtime.cache,
        )
        return ok(made)

    rights = partial(service.require_to_change, session, actor=actor, venue_id=VenueId(venue_id))
    return await once(actor.user_id, work, rights=rights, status=201)


@router.post("/{venue_id}/row-lists", status_code=201, response_model=Envelope[ChartCard])
async def import_rows(
    *,
    actor: SignedIn,
    venue_id: UUID,
    session: Db,
    runtime: RuntimeDep,
    body: RowList,
    once: OnceDep,
) -> Response:
    """A new chart from rows as CSV; MANAGER and up.

    Mistakes are told by line and column, `csv.14.seats`, and nothing is changed.
    """

    async def work() -> Envelope[ChartCard]:
        made = await service.import_rows(
            session,
            actor=actor,
            venue_id=VenueId(venue_id),
            rows=body,
            cache=runtime.cache,
        )
        return ok(made)

    rights = partial(service.require_to_change, session, actor=actor, venue_id=VenueId(venue_id))
    return await once(actor.user_id, work, rights=rights, status=201)


@router.post("/{venue_id}/charts/{chart_id}/use")
async def use_chart(
    *,
    actor: SignedIn,
    venue_id: UUID,
    chart_id: UUID,
    session: Db,
    version: GivenVersion,
    runtime: RuntimeDep,
) -> Envelope[ChartCard]:
    """Makes a chart the venue's current one, for new events; MANAGER and up.

    Events keep the chart that they have.
    """
    found = await service.use_chart(
        session,
        actor=actor,
        venue_id=VenueId(venue_id),
        chart_id=chart_id,
        version=version,
        cache=runtime.cache,
    )
    return ok(found)


@router.post("", status_code=201, response_model=Envelope[VenueView])
async def create_venue(*, actor: SignedIn, session: Db, body: VenueBody, once: OnceDep) -> Response:
    """A new venue; MANAGER and up."""

    async def work() -> Envelope[VenueView]:
        return ok(await service.create(session, actor=actor, body=body))

    rights = partial(
        service.require_manager,
        session,
        actor=actor,
        organization_id=OrganizationId(body.organization_id),
    )
    return await once(actor.user_id, work, rights=rights, status=201)


@router.patch("/{venue_id}")
async def change_venue(
    *,
    actor: SignedIn,
    venue_id: UUID,
    session: Db,
    version: NeededVersion,
    patch: VenuePatch,
    runtime: RuntimeDep,
    response: Response,
) -> Envelope[VenueView]:
    """Changes what is sent; MANAGER and up; needs If-Match."""
    changed = await service.change(
        session,
        actor=actor,
        venue_id=VenueId(venue_id),
        patch=patch,
        version=version,
        cache=runtime.cache,
    )
    response.headers["ETag"] = f'"{changed.version}"'
    return ok(changed)


@router.delete("/{venue_id}")
async def delete_venue(
    *, actor: SignedIn, venue_id: UUID, session: Db, version: GivenVersion, runtime: RuntimeDep
) -> Envelope[None]:
    """Deletes a venue that has no events; MANAGER and up."""
    await service.delete(
        session,
        actor=actor,
        venue_id=VenueId(venue_id),
        version=version,
        cache=runtime.cache,
    )
    return ok(None)


@router.post("/{venue_id}/media", status_code=201, response_model=Envelope[AwaitedView])
async def announce_picture(
    *,
    actor: SignedIn,
    venue_id: UUID,
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
            venue_id=VenueId(venue_id),
            body=body,
            studio=studio,
            now=clock.now(),
        )
        return ok(made)

    rights = partial(service.require_to_change, session, actor=actor, venue_id=VenueId(venue_id))
    return await once(actor.user_id, work, rights=rights, status=201)


@router.post("/{venue_id}/media/{media_id}/complete")
async def complete_picture(
    *, actor: SignedIn, venue_id: UUID, media_id: UUID, studio: StudioDep, runtime: RuntimeDep
) -> Envelope[PictureView]:
    """Decodes what was uploaded, makes its sizes and shows it; again, the same answer."""
    made = await service.complete_picture(
        studio,
        actor=actor,
        venue_id=VenueId(venue_id),
        media_id=media_id,
        cache=runtime.cache,
    )
    return ok(made)


@router.delete("/{venue_id}/media/{media_id}")
async def delete_picture(
    *, actor: SignedIn, venue_id: UUID, media_id: UUID, session: Db, runtime: RuntimeDep
) -> Envelope[None]:
    """Shows it no more; MANAGER and up."""
    await service.delete_picture(
        session,
        actor=actor,
        venue_id=VenueId(venue_id),
        media_id=media_id,
        cache=runtime.cache,
    )
    return ok(None)


schema_router = APIRouter()


@schema_router.get(SCHEMA_PATH, include_in_schema=False)
async def chart_schema() -> JSONResponse:
    """A bare document: the JSON Schema of a chart, for editors and importers."""
    return JSONResponse(json_schema())


@page_router.api_route("/venues/{venue_id}", methods=["GET", "HEAD"], include_in_schema=False)
async def show_venue(*, venue_id: str, pages: Pages, request: Request) -> Response:
    """The web app's page, with what the venue says of itself in its head; 404 where none is."""
    found = await pages.page(venue_id)
    return await page_answer(
        found.text, status=found.status, accepted=request.headers.get("Accept-Encoding", "")
    )
