"""Wait-lists: who waits, and the worker that offers them what comes back."""

from __future__ import annotations

import random
from collections.abc import Sequence

from arenapulse.inventory.service.choosing import SeatDesk
from arenapulse.runtime.jobs import Registry
from arenapulse.waitlist import routes, tasks
from arenapulse.waitlist.service import Offerer, PersonalWaits
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import Part


def part() -> Part:
    records = PersonalWaits()
    return Part(routers=(routes.router,), erasables=(records,), exporters=(records,))


def make_offerer(core: Core) -> Offerer:
    database = core.runtime.database
    return Offerer(
        database,
        desk=SeatDesk(database, chance=random.Random()),  # noqa: S311 - no secret
        news=core.news,
        base_url=core.runtime.settings.base_url,
    )


def jobs(core: Core) -> Sequence[Registry]:
    return (tasks.registry(make_offerer(core)),)
