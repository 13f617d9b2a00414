"""Slices that need nothing but what every process has: a line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter

from arenapulse.activity import reactions as activity_reactions
from arenapulse.activity import routes as activity_routes
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry


@dataclass(frozen=True, kw_only=True)
class Slice:
    routers: Sequence[APIRouter] = ()
    registries: Sequence[Callable[[Database], Registry]] = ()


SLICES: Final = (
    Slice(routers=(activity_routes.router,), registries=(activity_reactions.registry,)),
)
