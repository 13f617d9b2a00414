"""Search: who answers it, and who keeps its index."""

from __future__ import annotations

from collections.abc import Sequence

from arenapulse.runtime.jobs import Registry
from arenapulse.search import reactions, routes, tasks
from arenapulse.search.engine import Engine
from arenapulse.search.postgres_engine import PostgresEngine
from arenapulse.search.service.indexing import Index
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part


def part(house: House) -> Part:
    house.provided.give(Engine, PostgresEngine(house.core.runtime.database))
    return Part(routers=(routes.router,))


def jobs(core: Core) -> Sequence[Registry]:
    database = core.runtime.database
    index = Index(database)
    return reactions.registry(index), tasks.registry(database, index=index)
