"""Venues: grounds and halls, their charts as documents, their pages."""

from __future__ import annotations

from arenapulse.venues import routes
from arenapulse.venues.service.showing import VenuePages
from arenapulse.wiring.parts import House, Part


def part(house: House) -> Part:
    runtime = house.core.runtime
    settings = runtime.settings
    index = settings.built_web / "index.html"
    pages = VenuePages(runtime.database, index=index, base=settings.base_url)
    house.provided.give(VenuePages, pages)
    return Part(routers=(routes.router, routes.schema_router, routes.page_router))
