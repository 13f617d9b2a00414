"""Flags as they come and go."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool, StringConstraints

from arenapulse.flags.terms import TARGETS_MAX
from arenapulse.runtime.web.envelope import Body, View

FlagName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
Named = Annotated[list[UUID], Field(max_length=TARGETS_MAX, default_factory=list)]


class FlagTarget(Body):
    """Who is named, and a share of the others; nobody and no share: nobody."""

    people: Named
    organizations: Named
    percentage: Annotated[int, Field(ge=0, le=100)] = 0


class FlagsBody(Body):
    """Those that are named are set; the others stay as they are."""

    flags: Annotated[dict[FlagName, StrictBool], Field(max_length=100)]
    targets: Annotated[
        dict[FlagName, FlagTarget | None], Field(max_length=100, default_factory=dict)
    ]
    """For whom a flag is on while it is; null: for all."""
    targetable: Annotated[list[FlagName], Field(max_length=100, default_factory=list)]
    """As GET says it, so that its answer can be sent back; nothing is set by it."""


class TargetView(View):
    people: list[UUID]
    organizations: list[UUID]
    percentage: int


class FlagsView(View):
    """Every switch that code asks for, and what else was set."""

    flags: dict[str, bool]
    targets: dict[str, TargetView]
    """Those that are on for some alone."""
    targetable: list[str]
    """Those that may be."""
