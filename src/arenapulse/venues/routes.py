"""HTTP for venues."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from arenapulse.core.ids import OrganizationId, VenueId
from arenapulse.identity.access import SignedIn
from arenapulse.runtime.web.deps import Db, GivenVersion, Paging, RuntimeDep
from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.envelope import Envelope, ok, ok_page
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.venues import queries, service
from arenapulse.venues.schemas import ChartView, VenueBody, VenuePatch, VenueView

router = APIRouter(prefix=API + "venues", tags=["venues"])

IMMUTABLE = "public, max-age=31536000, immutable"


@router.get("")
async def list_venues(
    *,
    session: Db,
    paging: Paging,
    organization_id: Annotated[UUID | None, Query(alias="organizationId")] = None,
) -> Envelope[list[VenueView]]:
    """Venues by name."""
    found = await queries.page(
        session,
        request=paging,
        organization_id=None if organization_id is None else OrganizationId(organization_id),
    )
    return ok_page(found, items=found.items)


@router.get("/{venue_id}")
async def get_venue(
    *, venue_id: UUID, runtime: RuntimeDep, response: Response
) -> Envelope[VenueView]:
    """One venue with its sections; ETag is its version."""
    found = await service.detail(runtime.database, cache=runtime.cache, venue_id=VenueId(venue_id))
    response.headers["ETag"] = f'"{found.version}"'
    return ok(found)


@router.get("/{venue_id}/charts/{chart_id}")
async def get_chart(
    *, venue_id: UUID, chart_id: UUID, session: Db, response: Response
) -> Envelope[ChartView]:
    """One version of the sections, for the events that were made with it; never changes."""
    found = await service.chart_view(session, venue_id=VenueId(venue_id), chart_id=chart_id)
    response.headers["Cache-Control"] = IMMUTABLE
    return ok(found)


@router.post("", status_code=201, response_model=Envelope[VenueView])
async def create_venue(*, actor: SignedIn, session: Db, body: VenueBody, once: OnceDep) -> Response:
    """A new venue; MANAGER and up."""

    async def work() -> Envelope[VenueView]:
        return ok(await service.create(session, actor=actor, body=body))

    return await once(actor.user_id, work, status=201)


@router.patch("/{venue_id}")
async def change_venue(
    *,
    actor: SignedIn,
    venue_id: UUID,
    session: Db,
    version: GivenVersion,
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
