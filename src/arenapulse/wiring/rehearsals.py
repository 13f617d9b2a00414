"""Rehearsals: asked for while their switch is on, and broken off when it is not."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from arenapulse.flags.terms import REHEARSALS
from arenapulse.rehearsals import routes, tasks
from arenapulse.rehearsals.service import Rehearsing
from arenapulse.runtime.jobs import Registry
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import Part


def part() -> Part:
    return Part(routers=(routes.router,))


def jobs(core: Core) -> Sequence[Registry]:
    is_off = partial(core.switches.is_off, REHEARSALS)
    return (tasks.registry(Rehearsing(core.runtime.database, is_off=is_off)),)
