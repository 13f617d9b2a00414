"""Tickets: codes of one's own, and giving one away."""

from __future__ import annotations

from arenapulse.tickets import routes
from arenapulse.tickets.service import Courier, Keyrack, PersonalTransfers
from arenapulse.wiring.parts import House, Part


def part(house: House, *, rack: Keyrack) -> Part:
    core = house.core
    house.provided.give(Keyrack, rack)
    house.provided.give(
        Courier,
        Courier(base_url=core.runtime.settings.base_url, news=core.told.newsroom),
    )
    return Part(routers=(routes.router,), erasables=(PersonalTransfers(),))
