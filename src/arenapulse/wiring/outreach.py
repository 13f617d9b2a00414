"""Outreach: messages as people with rights see them."""

from __future__ import annotations

from arenapulse.outreach import routes
from arenapulse.wiring.notifications import has_sendgrid_twin, has_twilio_twin
from arenapulse.wiring.parts import House, Part


def part(house: House) -> Part:
    settings = house.core.runtime.settings
    if has_sendgrid_twin(settings) or has_twilio_twin(settings):
        return Part(routers=(routes.router, routes.sandbox_router))
    return Part(routers=(routes.router,))
