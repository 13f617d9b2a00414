"""Outgoing webhooks: who may be called, and the worker that calls."""

from __future__ import annotations

from collections.abc import Sequence

from arenapulse.runtime.context import Runtime
from arenapulse.runtime.jobs import Registry
from arenapulse.webhooks import reactions, routes, tasks
from arenapulse.webhooks.outbound import Caller
from arenapulse.webhooks.service.delivering import Delivering
from arenapulse.webhooks.service.managing import Judge
from arenapulse.wiring.core import Core
from arenapulse.wiring.parts import House, Part


def make_caller(runtime: Runtime) -> Caller:
    return Caller(allow_private=runtime.settings.webhook_allow_private)


def part(house: House) -> Part:
    runtime = house.core.runtime
    house.provided.give(
        Judge,
        Judge(
            caller=make_caller(runtime),
            is_plain_allowed=not runtime.settings.is_production,
        ),
    )
    return Part(routers=(routes.router, routes.admin_router))


def jobs(core: Core) -> Sequence[Registry]:
    runtime = core.runtime
    delivering = Delivering(
        caller=make_caller(runtime),
        keyring=runtime.keyring,
        base_url=runtime.settings.base_url,
    )
    return (
        reactions.registry(runtime.database),
        tasks.registry(runtime.database, delivering=delivering),
    )
