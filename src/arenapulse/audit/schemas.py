"""A line of the audit log as it goes out, and what is wrong with its chain."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from arenapulse.runtime.web.envelope import View


class AuditEntry(View):
    """`details` hold values before and after, without secrets; `address` is where it came from."""

    id: int
    at: dt.datetime
    action: str
    actor_id: UUID | None
    subject_id: UUID
    organization_id: UUID | None
    session_id: UUID | None
    key_id: UUID | None
    address: str | None
    request_id: str | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """How many rows are sealed, the last seal in hex, and what is wrong, a line each."""

    sealed: int
    head: str
    faults: tuple[str, ...]
