"""Loaded into the process that is forked: what the routes ask for is worked out before, once.

To answer whether it is ready, a server passes by all its routes: half a second of a processor.
"""

from __future__ import annotations

from fastapi.routing import iter_route_contexts

from arenapulse.core.settings import Environment, Settings
from arenapulse.runtime.web.app import PLANS
from arenapulse.wiring import make_app

make_app(
    Settings().model_copy(
        update={
            "environment": Environment.TEST,
            "database_url": "postgresql://nobody@127.0.0.1/nothing",
            "redis_url": "redis://127.0.0.1/0",
            "secret": "test-secret-" + "x" * 32,
        }
    )
)
ROUTES = [context for plan in PLANS.values() for context in iter_route_contexts(plan.routes)]
