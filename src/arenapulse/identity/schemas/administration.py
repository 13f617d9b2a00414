"""People as an ADMIN sees them, and what an ADMIN may change of them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from arenapulse.runtime.web.envelope import ABSENT, Body, View


class PersonView(View):
    user_id: UUID
    email: str
    email_verified: bool
    full_name: str
    roles: list[str]
    disabled: bool
    mfa_enabled: bool
    created_at: dt.datetime


class HouseView(View):
    """An organization as an ADMIN sees it; `owners` are the names of its OWNERs, five at most."""

    id: UUID
    name: str
    members: int
    owners: list[str]
    mfa_required: bool
    created_at: dt.datetime


class PersonChange(Body):
    """What is left out stays as it is. Everybody is an ATTENDEE, said or not."""

    roles: Annotated[list[Literal["ADMIN", "ATTENDEE"]], Field(max_length=2)] = ABSENT
    disabled: Annotated[bool, Field(strict=True)] = ABSENT
