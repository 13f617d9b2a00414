"""The SQL of the ledger's reports; it is written by the database itself (`sql/ledger.sql`)."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from arenapulse.core.ids import OrganizationId
from arenapulse.payments.schemas import LedgerLine
from arenapulse.runtime.db import Session


async def report(
    session: Session,
    *,
    organization_id: OrganizationId,
    event_id: UUID | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
    before: tuple[UUID, str] | None,
    limit: int,
) -> list[LedgerLine]:
    """A line for each event and currency with postings in the time; the newest events first."""
    connection = await session.driver()
    last, currency = before or (None, None)
    rows = await connection.fetch(
        _REPORT, organization_id, event_id, since, until, last, currency, limit
    )
    return [LedgerLine(**dict(row)) for row in rows]


_ACCOUNTS: Final = (
    *("processor", "bank", "till", "receivable"),
    *("sales", "fees", "tax", "refunds", "disputes"),
)
_SUMS: Final = ", ".join(
    f"coalesce(sum(amount) FILTER (WHERE account = '{name}'), 0)::BIGINT AS {name}"
    for name in _ACCOUNTS
)
_REPORT: Final = f"""
SELECT event_id, currency, {_SUMS} FROM ledger_entries
WHERE organization_id = $1 AND ($2::UUID IS NULL OR event_id = $2)
  AND ($3::TIMESTAMPTZ IS NULL OR at >= $3) AND ($4::TIMESTAMPTZ IS NULL OR at < $4)
  AND ($5::UUID IS NULL OR event_id < $5 OR event_id = $5 AND currency > $6::TEXT)
GROUP BY event_id, currency ORDER BY event_id DESC, currency LIMIT $7
"""
