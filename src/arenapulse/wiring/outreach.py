"""Outreach: messages as people with rights see them."""

from __future__ import annotations

from collections.abc import Sequence

from arenapulse.notifications.service.forgetting import PersonalMessages
from arenapulse.outreach import reactions, routes, tasks
from arenapulse.outreach.service import Consents, Office, Tariff
from arenapulse.outreach.service.telling import Teller
from arenapulse.runtime.jobs import Registry
from arenapulse.wiring.core import Core
from arenapulse.wiring.notifications import has_sendgrid_twin, has_twilio_twin
from arenapulse.wiring.parts import House, Part


def make_office(core: Core) -> Office:
    settings = core.runtime.settings
    return Office(
        tariff=Tariff.of(settings), base_url=settings.base_url, keyring=core.runtime.keyring
    )


def part(house: House) -> Part:
    settings = house.core.runtime.settings
    house.provided.give(Office, make_office(house.core))
    routers = [*routes.routers]
    if has_sendgrid_twin(settings) or has_twilio_twin(settings):
        routers.append(routes.sandbox_router)
    records = (PersonalMessages(), Consents())
    return Part(routers=routers, erasables=records, exporters=records)


def jobs(core: Core) -> Sequence[Registry]:
    runtime = core.runtime
    teller = Teller(runtime.database, base_url=runtime.settings.base_url)
    return (
        reactions.registry(teller=teller),
        tasks.registry(runtime.database, office=make_office(core)),
    )
