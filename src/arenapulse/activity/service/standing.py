"""How the platform stands: engines, versions, what waits for workers and what for a person."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import platform
from collections.abc import Mapping
from typing import Final

from arenapulse.activity import queries
from arenapulse.activity.schemas import (
    DueDeed,
    DueKinds,
    DueView,
    EngineView,
    ProgramView,
    StandingView,
    StuckView,
)
from arenapulse.core.errors import Forbidden, NotFound
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.audit import audit
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs.due import workers_alive
from arenapulse.runtime.redis import REDIS_ERRORS, Redis
from arenapulse.runtime.web.roster import Standing

_UNKNOWN: Final = "unknown"


async def stand(
    runtime: Runtime,
    *,
    actor: Actor,
    kinds: DueKinds,
    programs: Mapping[str, Standing],
    now: dt.datetime,
) -> StandingView:
    """Raises `Forbidden` for who is no ADMIN."""
    if not actor.is_admin:
        raise Forbidden
    # In a transaction, which says who acts: of these rows ADMIN alone sees all.
    async with runtime.database.pool.acquire() as connection, connection.transaction():
        row = await queries.standing(connection)
        due = [
            DueView(
                kind=kind,
                due=backlog.due,
                oldest_seconds=backlog.oldest_seconds,
                taken=backlog.taken,
                stuck=backlog.stuck,
                stuck_rows=[
                    StuckView(key=each.key, at=each.at, why=each.why)
                    for each in (await table.stuck(connection) if backlog.stuck else [])
                ],
            )
            for kind, table in sorted(kinds.tables.items())
            for backlog in (await table.backlog(connection, now=now),)
        ]
        workers = await workers_alive(connection)
    return StandingView(
        version=importlib.metadata.version("arenapulse"),
        python=platform.python_version(),
        schema_version=row["schema_version"] or _UNKNOWN,
        engines=[
            EngineView(name="PostgreSQL", version=row["server_version"]),
            await _cache(runtime.redis),
        ],
        programs=[
            ProgramView(name=name, is_given_up=at is Standing.GIVEN_UP)
            for name, at in programs.items()
        ],
        workers=workers,
        queued=row["queued"],
        failed=row["failed"],
        due=due,
    )


async def decide(
    session: Session, *, actor: Actor, kinds: DueKinds, body: DueDeed, now: dt.datetime
) -> None:
    """A person decides on a stuck row; ADMIN. Raises `Forbidden`, `NotFound` for no such row."""
    if not actor.is_admin:
        raise Forbidden
    table = kinds.tables.get(body.kind)
    if table is None:
        raise NotFound
    connection = await session.driver()
    if body.deed == "RETRY":
        done = await table.retry(connection, key=body.key, now=now)
    else:
        done = await table.dismiss(connection, key=body.key)
    if not done:
        raise NotFound
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=None,
        action=f"due.{body.deed.lower()}",
        subject_id=actor.user_id,
        details={"kind": body.kind, "key": body.key},
    )


async def _cache(redis: Redis) -> EngineView:
    try:
        info = await redis.info("server")  # pyright: ignore[reportUnknownMemberType]
    except REDIS_ERRORS:
        return EngineView(name="Redis", version=None)
    if "valkey_version" in info:
        return EngineView(name="Valkey", version=str(info["valkey_version"]))
    return EngineView(name="Redis", version=str(info["redis_version"]))
