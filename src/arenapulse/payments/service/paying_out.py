"""Our account at the vendor beside the ledger, and what it paid out to our bank."""

from __future__ import annotations

import datetime as dt
from typing import Final

from arenapulse.core.errors import Forbidden
from arenapulse.core.ids import OrganizationId
from arenapulse.identity.schemas import Actor
from arenapulse.payments.gateway import Gateway
from arenapulse.payments.queries import account
from arenapulse.payments.schemas import PayoutStanding, PayoutView
from arenapulse.payments.service.accounting import cursor_at, position_of, require_manager
from arenapulse.runtime.db import Database, Session

# What is younger may be told in part.
SETTLED: Final = dt.timedelta(minutes=2)
SPAN: Final = dt.timedelta(hours=1)
# What is left is read by the next look, five minutes later, from there on.
PAGES_MAX: Final = 400
PAYOUTS_SINCE: Final = dt.timedelta(days=35)
PAYOUT_PAGES_MAX: Final = 5


async def compare_account(database: Database, *, gateway: Gateway, now: dt.datetime) -> None:
    """Reads on in what moved our balance and compares it with the ledger; then payouts.

    Raises `GatewayAway`.
    """
    until = (now - SETTLED).replace(microsecond=0)
    pages = await _read_on(database, gateway=gateway, until=until, now=now)
    if pages:
        await _weigh(database, gateway=gateway, until=until, now=now)
    await _read_payouts(database, gateway=gateway, since=now - PAYOUTS_SINCE)
    while pages and await _look_into_payout(database, gateway=gateway):
        pages -= 1
    async with database.transaction() as session:
        await account.judge_payouts(session, now=now)


async def list_payouts(
    session: Session,
    *,
    actor: Actor,
    organization_id: OrganizationId,
    cursor: str | None,
    limit: int,
) -> tuple[list[PayoutView], str | None]:
    """What of each payout is of its payments, newest first; for MANAGER and up."""
    await require_manager(session, actor=actor, organization_id=organization_id)
    found = await account.of_organization(
        session, organization_id=organization_id, before=position_of(cursor), limit=limit + 1
    )
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    return page, cursor_at(page[-1].created_at, name=page[-1].payout_id)


async def list_all_payouts(
    session: Session, *, actor: Actor, cursor: str | None, limit: int
) -> tuple[list[PayoutStanding], str | None]:
    """Whole payouts and whether what is in them comes to them; ADMIN. Raises `Forbidden`."""
    if not actor.is_admin:
        raise Forbidden
    found = await account.of_platform(session, before=position_of(cursor), limit=limit + 1)
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    return page, cursor_at(page[-1].created_at, name=page[-1].payout_id)


async def _read_on(
    database: Database, *, gateway: Gateway, until: dt.datetime, now: dt.datetime
) -> int:
    """How many pages may still be asked for; 0 where it did not get to `until`."""
    for pages in range(PAGES_MAX, 0, -1):
        async with database.transaction() as session:
            books = await account.books(session, now=now)
        end = books.until or min(books.since + SPAN, until)
        if end <= books.since:
            return pages
        page, after = await gateway.movements(since=books.since, until=end, after=books.after)
        async with database.transaction() as session:
            if await account.books(session, now=now) != books:
                # Another worker turned the page meanwhile.
                return 0
            await account.keep(session, movements=page)
            await account.turn_page(session, until=end, after=after)
            if after is None:
                await account.judge(session, since=books.since, until=end, now=now)
    return 0


async def _weigh(
    database: Database, *, gateway: Gateway, until: dt.datetime, now: dt.datetime
) -> None:
    """The balance in a quiet moment: while money moves nobody can say what it should be."""
    held = await gateway.balance()
    moving, _ = await gateway.movements(since=until, after=None)
    if moving:
        return
    async with database.transaction() as session:
        await account.judge_balances(session, held=held, now=now)


async def _read_payouts(database: Database, *, gateway: Gateway, since: dt.datetime) -> None:
    after: str | None = None
    for _ in range(PAYOUT_PAGES_MAX):
        page, after = await gateway.payouts(since=since, after=after)
        async with database.transaction() as session:
            await account.keep_payouts(session, payouts=page)
        if after is None:
            return


async def _look_into_payout(database: Database, *, gateway: Gateway) -> bool:
    """One page of what is in a payout; False where there is none to look into."""
    async with database.transaction() as session:
        payout = await account.unlisted(session)
    if payout is None:
        return False
    page, after = await gateway.movements(payout_id=payout.payout_id, after=payout.after)
    async with database.transaction() as session:
        if await account.unlisted(session) != payout:
            return False
        await account.count_in(session, payout_id=payout.payout_id, movements=page, after=after)
    return True
