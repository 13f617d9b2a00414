"""What became of an order, line by line."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from pydantic import StringConstraints

from arenapulse.core.ids import OrderId, UserId
from arenapulse.orders.schemas import OrderResponse
from arenapulse.runtime.jobs.due import DueTable
from arenapulse.runtime.web.envelope import Body, Text, View

NOTE_CHARACTERS_MAX: Final = 2_000


class ActivityKind(enum.StrEnum):
    PLACED = "PLACED"
    PAYMENT_STARTED = "PAYMENT_STARTED"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    PAYMENT_RETRIED = "PAYMENT_RETRIED"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REFUNDED = "REFUNDED"
    DISPUTED = "DISPUTED"
    PAID = "PAID"
    REFUND_ASKED = "REFUND_ASKED"
    REFUND_FAILED = "REFUND_FAILED"
    # It had gone, and the buyer's bank sent it back.
    REFUND_UNDONE = "REFUND_UNDONE"
    DISPUTE_WON = "DISPUTE_WON"
    DISPUTE_LOST = "DISPUTE_LOST"
    TRANSFERRED = "TRANSFERRED"
    # These two are for the organizer's people alone.
    MESSAGE = "MESSAGE"
    ADMITTED = "ADMITTED"


class ActivityEntry(View):
    """`amount` (minor units) and `ticketIds` are what goes back, was passed on or went in.

    `code` says why a payment or a refund failed, who asked for a refund, which message was sent,
    and at which gate somebody went in.
    """

    at: dt.datetime
    kind: ActivityKind
    code: str | None = None
    amount: int | None = None
    currency: str | None = None
    ticket_ids: list[UUID]


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it is kept: one for a fact and order."""

    order_id: OrderId
    fact_id: UUID
    at: dt.datetime
    kind: ActivityKind
    code: str | None = None
    amount: int | None = None
    numbers: tuple[int, ...] = ()


class Buyer(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Who ordered; without name and address where the account is erased or a visitor's."""

    user_id: UserId
    full_name: str | None = None
    email: str | None = None


class SoldOrder(OrderResponse, frozen=True, rename="camel", kw_only=True):
    """An order as its organizer sees it."""

    buyer: Buyer


class NoteBody(Body):
    text: Annotated[Text, StringConstraints(min_length=1, max_length=NOTE_CHARACTERS_MAX)]


class Note(View):
    """`by` is the person, or the key, that wrote it."""

    note_id: UUID
    at: dt.datetime
    by: UUID
    text: str


class EngineView(View):
    """`version` is null where it does not answer."""

    name: str
    version: str | None


class StuckView(View):
    """A row that waits for a person; `key` names it."""

    key: str
    at: dt.datetime
    why: str


class DueView(View):
    """How a kind of due work stands: `due` now, the oldest for so long, `taken` by workers."""

    kind: str
    due: int
    oldest_seconds: float
    taken: int
    stuck: int
    stuck_rows: list[StuckView]


class ProgramView(View):
    """A process that a supervisor keeps; given up, it dies at each start, and is tried seldom."""

    name: str
    is_given_up: bool


class StandingView(View):
    """What runs, in which versions, and what waits for workers or for a person.

    `programs` are those of the host that answers; none where nobody supervises them.
    """

    version: str
    python: str
    schema_version: str
    engines: list[EngineView]
    programs: list[ProgramView]
    workers: int
    queued: int
    failed: int
    due: list[DueView]


class DueDeed(Body):
    """`RETRY`: a stuck row has its tries again; `DISMISS`: one that has ended is shown no more."""

    kind: Annotated[Text, StringConstraints(min_length=1, max_length=64)]
    key: Annotated[Text, StringConstraints(min_length=1, max_length=400)]
    deed: Literal["RETRY", "DISMISS"]


@dataclass(frozen=True, slots=True)
class DueKinds:
    """Every kind of due work by its name, with its table."""

    tables: Mapping[str, DueTable]


class FailedJob(View):
    """A job that used up its tries; `why` says where it broke."""

    job_id: str
    name: str
    failed_at: dt.datetime
    why: str
