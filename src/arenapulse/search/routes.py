"""HTTP for searches that people keep, and for crawlers."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response

from arenapulse.identity.access import SignedInPerson
from arenapulse.runtime.web.deps import Db, RuntimeDep
from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.runtime.web.provided import provided
from arenapulse.search.schemas import SavedBody, SavedView
from arenapulse.search.service import saving
from arenapulse.search.service.sitemaps import FILES_MAX, Sitemaps

router = APIRouter(prefix=API + "search", tags=["search"])

CRAWLED: Final = "public, max-age=600"
PRIVATE_PATHS: Final = (
    "/api/",
    "/checkout/",
    "/tickets",
    "/transfers/",
    "/account",
    "/organizer",
    "/gate/",
    "/admin",
)
SitemapsDep = Annotated[Sitemaps, Depends(provided(Sitemaps))]


@router.get("/saved")
async def list_saved(*, actor: SignedInPerson, session: Db) -> Envelope[list[SavedView]]:
    """One's own saved searches, the newest first."""
    return ok(await saving.listed(session, user_id=actor.user_id))


@router.post("/saved", status_code=201, response_model=Envelope[SavedView])
async def save(*, actor: SignedInPerson, session: Db, body: SavedBody, once: OnceDep) -> Response:
    """Keeps a search: messages tell of events that come out and fit; again, the same."""

    async def work() -> Envelope[SavedView]:
        return ok(await saving.save(session, user_id=actor.user_id, body=body))

    return await once(actor.user_id, work, rights=None, status=201)


@router.delete("/saved/{saved_id}")
async def drop_saved(*, actor: SignedInPerson, saved_id: UUID, session: Db) -> Envelope[None]:
    """Nothing more is told of it."""
    await saving.drop(session, user_id=actor.user_id, saved_id=saved_id)
    return ok(None)


crawled_router = APIRouter(include_in_schema=False)


@crawled_router.get("/robots.txt")
async def robots(*, runtime: RuntimeDep) -> Response:
    """What is for everybody may be crawled, what is somebody's may not."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE_PATHS)]
    text = "\n".join([*lines, f"Sitemap: {runtime.settings.base_url}/sitemap.xml", ""])
    return Response(text, media_type="text/plain", headers={"Cache-Control": CRAWLED})


@crawled_router.get("/sitemap.xml")
async def sitemap(*, sitemaps: SitemapsDep) -> Response:
    """The pages of public events that are not over and of venues, or the files that have them."""
    return _xml(await sitemaps.file())


@crawled_router.get("/sitemap-{number}.xml")
async def sitemap_file(
    *, sitemaps: SitemapsDep, number: Annotated[int, Path(ge=1, le=FILES_MAX)]
) -> Response:
    """One of those files."""
    return _xml(await sitemaps.file(number))


def _xml(content: bytes) -> Response:
    return Response(content, media_type="application/xml", headers={"Cache-Control": CRAWLED})
