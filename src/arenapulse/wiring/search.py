"""Search: who answers it, and who keeps its index."""

from __future__ import annotations

from collections.abc import Sequence

from arenapulse.flags.switches import Switches
from arenapulse.flags.terms import SEARCH_CLUSTER
from arenapulse.inventory.service.choosing import SeatDesk
from arenapulse.runtime.jobs import Registry
from arenapulse.runtime.reads import Reads
from arenapulse.runtime.web.health import Helpers
from arenapulse.search import hot, reactions, routes, tasks
from arenapulse.search.cluster_engine import ClusterEngine
from arenapulse.search.engine import Engine
from arenapulse.search.postgres_engine import PostgresEngine
from arenapulse.search.service.choosing import Chosen
from arenapulse.search.service.indexing import Index
from arenapulse.search.service.mirroring import Mirror
from arenapulse.search.service.saving import Herald, PersonalSearches
from arenapulse.search.service.sitemaps import Sitemaps
from arenapulse.search.service.together import Ushers
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part


def part(house: House, *, desk: SeatDesk, switches: Switches) -> Part:
    core = house.core
    engine: Engine = PostgresEngine(core.runtime.reads)
    chosen: Chosen | None = None
    if core.cluster is not None:
        chosen = Chosen(
            ClusterEngine(core.cluster),
            second=engine,
            may_ask=lambda: switches.is_on(SEARCH_CLUSTER),
        )
        engine = chosen

    async def are_up() -> dict[str, bool]:
        return {} if chosen is None else {chosen.name: await chosen.look()}

    house.provided.give(Helpers, Helpers(are_up))
    sitemaps = Sitemaps(core.runtime.database, base_url=core.runtime.settings.base_url)
    house.provided.give(Sitemaps, sitemaps)
    finder = hot.Finder(
        engine,
        reads=core.runtime.reads,
        ushers=Ushers(reads=core.runtime.reads, salebook=core.salebook, desk=desk),
        limiter=core.runtime.limiter,
    )
    records = (PersonalSearches(),)
    return Part(
        routers=(routes.router, routes.crawled_router),
        hot_routes=hot.routes(finder),
        erasables=records,
        exporters=records,
    )


def jobs(core: Core) -> Sequence[Registry]:
    database, cluster = core.runtime.database, core.cluster
    index = Index(database, is_told=cluster is not None)
    herald = Herald(
        database, engine=PostgresEngine(Reads(database)), base_url=core.runtime.settings.base_url
    )
    found = [reactions.registry(index), tasks.registry(database, index=index, herald=herald)]
    if cluster is not None:
        found.append(tasks.mirroring(Mirror(database, cluster)))
    return found
