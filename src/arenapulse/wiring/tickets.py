"""Tickets: codes of one's own, and giving one away."""

from __future__ import annotations

from arenapulse.identity.service.sessions import Desk
from arenapulse.tickets import routes
from arenapulse.tickets.service import Courier, Keyrack, PassOffice, PersonalTransfers
from arenapulse.wiring.parts import House, Part


def part(house: House, *, rack: Keyrack) -> Part:
    core = house.core
    house.provided.give(Keyrack, rack)
    settings = core.runtime.settings
    house.provided.give(
        PassOffice,
        PassOffice(is_production=settings.is_production, base_url=settings.base_url),
    )
    house.provided.give(
        Courier,
        Courier(
            base_url=settings.base_url,
            needs_proof=settings.is_production,
            news=core.told.newsroom,
            desk=Desk(news=house.access, cache=core.runtime.cache),
        ),
    )
    records = (PersonalTransfers(),)
    return Part(routers=(routes.router,), erasables=records, exporters=records)
