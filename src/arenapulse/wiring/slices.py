"""Slices that need nothing but what every process has: a line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter

from arenapulse.activity import reactions as activity_reactions
from arenapulse.activity import routes as activity_routes
from arenapulse.activity.service import PersonalNotes
from arenapulse.audit import routes as audit_routes
from arenapulse.audit import tasks as audit_tasks
from arenapulse.audit.service import PersonalLines
from arenapulse.identity.erasure import Erasable, Exporter
from arenapulse.questions import routes as question_routes
from arenapulse.questions import tasks as question_tasks
from arenapulse.questions.service import PersonalAnswers
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry


@dataclass(frozen=True, kw_only=True)
class Slice:
    routers: Sequence[APIRouter] = ()
    registries: Sequence[Callable[[Database], Registry]] = ()
    erasables: Sequence[Erasable] = ()
    exporters: Sequence[Exporter] = ()


_ANSWERS: Final = PersonalAnswers()

SLICES: Final = (
    Slice(
        routers=(audit_routes.router,),
        registries=(audit_tasks.registry,),
        exporters=(PersonalLines(),),
    ),
    Slice(
        routers=(question_routes.router,),
        registries=(question_tasks.registry,),
        erasables=(_ANSWERS,),
        exporters=(_ANSWERS,),
    ),
    Slice(
        routers=(activity_routes.router,),
        registries=(activity_reactions.registry,),
        erasables=(PersonalNotes(),),
    ),
)
