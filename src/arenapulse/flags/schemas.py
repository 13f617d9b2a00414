"""Flags as they come and go."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, StringConstraints

from arenapulse.runtime.web.envelope import Body, View

FlagName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]


class FlagsBody(Body):
    """Those that are named are set; the others stay as they are."""

    flags: Annotated[dict[FlagName, StrictBool], Field(max_length=100)]


class FlagsView(View):
    """Every switch that code asks for, and what else was set."""

    flags: dict[str, bool]
