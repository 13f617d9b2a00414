"""A line of the audit log as it goes out, and what is wrong with its chain."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from arenapulse.core.ids import OrganizationId
from arenapulse.runtime.web.envelope import View


class AuditEntry(View):
    """`details` hold values before and after, without secrets; `address` is where it came from.

    `actorName` is what the person, or the key, is called now; who was erased has none.
    """

    id: int
    at: dt.datetime
    action: str
    actor_id: UUID | None
    actor_name: str | None = None
    subject_id: UUID
    organization_id: UUID | None
    session_id: UUID | None
    key_id: UUID | None
    address: str | None
    request_id: str | None
    details: dict[str, Any]


class ChainView(View):
    """`head` is the last seal in hex: who writes it down sees later whether the end was cut.

    Judged are the seals after number `after`; `faults` is empty where they are whole.
    """

    sealed: int
    after: int
    head: str
    faults: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """How many rows are sealed, the last seal in hex, and what is wrong, a line each."""

    sealed: int
    head: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which lines; what is None does not matter. An `action` that ends in a dot is a beginning."""

    organization_id: OrganizationId | None = None
    action: str | None = None
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
