"""A place on a wait-list."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import Field

from arenapulse.runtime.web.envelope import Body, View
from arenapulse.waitlist.terms import QUANTITY_MAX, WaitStatus


class WaitBody(Body):
    """`section_id` left out: wherever there are as many places."""

    quantity: Annotated[int, Field(strict=True, ge=1, le=QUANTITY_MAX)]
    section_id: UUID | None = None


class WaitView(View):
    """`ahead` asked before; OFFERED has the order that holds the places, and until when."""

    event_id: UUID
    status: WaitStatus
    quantity: int
    section_id: UUID | None
    ahead: int
    order_id: UUID | None
    offered_until: dt.datetime | None


class WaitCounts(View):
    """Of an event: who waits, for how many places, and how many have an offer now."""

    waiting: int
    places: int
    offered: int
