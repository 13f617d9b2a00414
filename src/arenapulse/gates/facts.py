"""What happened at gates, a batch at a time."""

from __future__ import annotations

import datetime as dt

import msgspec

from arenapulse.core.facts import Fact
from arenapulse.core.ids import EventId, OrderId, OrganizationId, SectionId, UserId


class CheckedInTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket that went in for the first time; ticket `number` of its order."""

    order_id: OrderId
    number: int
    event_id: EventId
    organization_id: OrganizationId
    holder_id: UserId
    section_id: SectionId
    gate: str
    scanned_at: dt.datetime


class TicketsCheckedIn(Fact, frozen=True, kw_only=True):
    """The same as servers of before `TicketsAdmitted` still write it beside us."""

    tickets: tuple[CheckedInTicket, ...]


class TicketsAdmitted(Fact, frozen=True, kw_only=True):
    """Tickets that one batch let in for the first time: `numbers` of each of `orders`.

    `check_in` writes it, hundreds of times a minute: who wants more asks `queries.admissions`.
    """

    organizations: tuple[OrganizationId, ...]
    orders: tuple[OrderId, ...]
    numbers: tuple[int, ...]
