"""The vendor's books beside ours, every five minutes, both ways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from arenapulse.core.errors import Forbidden, NotFound
from arenapulse.identity.schemas import Actor
from arenapulse.orders.news import SaleNews
from arenapulse.payments.gateway import (
    GONE,
    Gateway,
    GatewayRefused,
    Intent,
    IntentStatus,
)
from arenapulse.payments.queries import disputes, reconciling
from arenapulse.payments.schemas import Difference, DifferenceDeed
from arenapulse.payments.service.accounting import cursor_at, position_of
from arenapulse.payments.service.asking import let_go
from arenapulse.payments.service.disputing import heed_warning, note_dispute, note_undone
from arenapulse.runtime import log
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.telemetry import PAYMENT_DIFFERENCES

# What is younger may be under way; each is looked at again a day later, after refunds and banks.
SETTLED: Final = dt.timedelta(minutes=2)
SPAN: Final = dt.timedelta(minutes=15)
AGAIN: Final = dt.timedelta(days=1)
PAGES_MAX: Final = 500
DOUBTFUL_MAX: Final = 100
# A charge of a rush, or of an outage of the vendor's, is so much older than its intent at the most.
LATER: Final = dt.timedelta(hours=1)
# Of lines that wait for a person, and of disputes that a bank has not decided, so many a look.
OPEN_MAX: Final = 100
DISPUTES_MAX: Final = 50
DISPUTES_SINCE: Final = dt.timedelta(days=2)
DISPUTE_PAGES_MAX: Final = 20

_log = log.logger("payments")
T = TypeVar("T")


async def reconcile(database: Database, *, gateway: Gateway, now: dt.datetime) -> int:
    """Heals what has one right answer; says how many differences are left for a person.

    Raises `GatewayAway`.
    """
    left, seen = 0, list[str]()
    for until in (now - SETTLED, now - AGAIN):
        since = until - SPAN
        intents = await _let_go_of(
            database, gateway=gateway, intents=await _all(gateway, since=since, until=until)
        )
        seen += [intent.intent_id for intent in intents]
        await _hear_of_undone(database, gateway=gateway, intents=intents, now=now)
        known = await _known_besides(
            database, gateway=gateway, intents=intents, since=since, until=until, now=now
        )
        async with database.transaction() as session:
            healed, differing = await reconciling.judge(
                session, intents=intents, known=known, since=since, until=until, now=now
            )
        if healed or differing:
            _log.error("the vendor's books differ", healed=healed, differing=differing)
        left += differing
    return left + await _look_again(database, gateway=gateway, besides=seen, now=now)


async def ask_after_disputes(
    database: Database, *, gateway: Gateway, now: dt.datetime, news: SaleNews
) -> None:
    """Disputes that were opened or decided, though nobody told us. Raises `GatewayAway`."""
    found = await _pages(
        lambda after: gateway.disputes(since=now - DISPUTES_SINCE, after=after),
        most=DISPUTE_PAGES_MAX,
        what="disputes",
    )
    listed = [dispute.dispute_id for dispute in found]
    async with database.transaction() as session:
        still_open = await disputes.least_looked_at(
            session, besides=listed, limit=DISPUTES_MAX, now=now
        )
    for name in still_open:
        try:
            found.append(await gateway.dispute(name))
        except GatewayRefused as refused:
            _log.error("the vendor does not know a dispute", dispute=name, code=refused.code)
    for dispute in found:
        async with database.transaction() as session:
            await note_dispute(session, dispute=dispute, now=now, news=news)


async def ask_after_warnings(database: Database, *, gateway: Gateway, now: dt.datetime) -> None:
    """Early fraud warnings of the last days, though nobody told us; heeded once each.

    Raises `GatewayAway`.
    """
    found = await _pages(
        lambda after: gateway.warnings(since=now - DISPUTES_SINCE, after=after),
        most=DISPUTE_PAGES_MAX,
        what="warnings",
    )
    for warned in found:
        async with database.transaction() as session:
            await heed_warning(session, warned=warned, now=now)


async def _look_again(
    database: Database, *, gateway: Gateway, besides: Sequence[str], now: dt.datetime
) -> int:
    """Lines that wait for a person, by name: they go once somebody mended what they are about."""
    async with database.transaction() as session:
        names = await reconciling.least_looked_at(session, besides=besides, limit=OPEN_MAX, now=now)
    intents: list[Intent] = []
    for name in names:
        try:
            intents.append(await gateway.retrieve(name))
        except GatewayRefused:
            # Still unknown to it, or none of ours.
            continue
    if not intents:
        return 0
    intents = await _let_go_of(database, gateway=gateway, intents=intents)
    await _hear_of_undone(database, gateway=gateway, intents=intents, now=now)
    async with database.transaction() as session:
        _, differing = await reconciling.judge(
            session, intents=intents, known=(), since=now, until=now, now=now
        )
    return differing


async def _let_go_of(
    database: Database, *, gateway: Gateway, intents: Sequence[Intent]
) -> list[Intent]:
    """The intents as they are once nobody's money is held or kept for what was not sold to them."""
    held = [
        intent
        for intent in intents
        if intent.status is IntentStatus.REQUIRES_CAPTURE
        or intent.captured_minor > intent.refunded_minor
    ]
    async with database.transaction() as session:
        over = await reconciling.taken_for_nothing(session, intents=held)
    now_so: dict[str, Intent] = {}
    for each in over:
        try:
            await let_go(gateway, each, intent_id=each.intent_id)
            now_so[each.intent_id] = await gateway.retrieve(each.intent_id)
        except GatewayRefused as refused:
            _log.error("cannot let it go", intent=each.intent_id, code=refused.code)
            continue
        _log.warning("let go of money for nothing", order=str(each.order_id))
    return [now_so.get(intent.intent_id, intent) for intent in intents]


async def _known_besides(
    database: Database,
    *,
    gateway: Gateway,
    intents: Sequence[Intent],
    since: dt.datetime,
    until: dt.datetime,
    now: dt.datetime,
) -> list[str]:
    """Intents of charges of that time that the vendor made at another, by its clock.

    A charge is as old as its order and the intent a little younger, so at the end of each time
    there are some. The few that are nowhere are asked for by name, and only what the vendor does
    not know then is unknown to it.
    """
    async with database.transaction() as session:
        missing = await reconciling.unlisted(session, intents=intents, since=since, until=until)
    if not missing:
        return []
    later = await _all(gateway, since=until, until=min(until + LATER, now))
    listed = {intent.intent_id for intent in later}
    doubtful = [name for name in missing if name not in listed]
    unknown = [
        name for name in doubtful[:DOUBTFUL_MAX] if not await _is_known(gateway, intent_id=name)
    ]
    return [name for name in missing if name not in unknown]


async def _is_known(gateway: Gateway, *, intent_id: str) -> bool:
    try:
        await gateway.retrieve(intent_id)
    except GatewayRefused as refused:
        return refused.code not in GONE
    return True


async def tell_differences(database: Database) -> None:
    """Tells `/metrics` how many differences wait for a person: what is more than none pages."""
    async with database.transaction() as session:
        PAYMENT_DIFFERENCES.set(await reconciling.count(session))


async def _hear_of_undone(
    database: Database, *, gateway: Gateway, intents: Sequence[Intent], now: dt.datetime
) -> None:
    """Refunds that a bank undid, though nobody told us: less is back than we say."""
    async with database.transaction() as session:
        doubtful = await reconciling.refunds_in_doubt(session, intents=intents, limit=DOUBTFUL_MAX)
    for vendor_id in doubtful:
        refund = await gateway.refund_state(vendor_id)
        async with database.transaction() as session:
            await note_undone(session, refund=refund, now=now)


async def list_differences(
    session: Session, *, actor: Actor, cursor: str | None, limit: int
) -> tuple[list[Difference], str | None]:
    """What a person must decide, newest first; ADMIN. Raises `Forbidden`."""
    if not actor.is_admin:
        raise Forbidden
    found = await reconciling.differences(session, before=position_of(cursor), limit=limit + 1)
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    last = page[-1]
    return page, cursor_at(last.found_at, name=f"{last.intent_id} {last.kind}")


async def dismiss_difference(
    session: Session, *, actor: Actor, body: DifferenceDeed, now: dt.datetime
) -> None:
    """Takes a line off the list until it says something else; ADMIN.

    Raises `Forbidden`, and `NotFound` where it is not on it.
    """
    if not actor.is_admin:
        raise Forbidden
    if not await reconciling.dismiss(session, intent_id=body.intent_id, kind=body.kind, now=now):
        raise NotFound
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=None,
        action="payment_difference.dismissed",
        subject_id=actor.user_id,
        details=body.model_dump(by_alias=True),
    )


async def _all(gateway: Gateway, *, since: dt.datetime, until: dt.datetime) -> list[Intent]:
    return await _pages(
        lambda after: gateway.listed(since=since, until=until, after=after),
        most=PAGES_MAX,
        what="intents",
    )


async def _pages(
    ask: Callable[[str | None], Awaitable[tuple[list[T], str | None]]], *, most: int, what: str
) -> list[T]:
    """All of a list of the vendor's, or as much as is looked at in one run, which is said then."""
    found: list[T] = []
    after: str | None = None
    for _ in range(most):
        page, after = await ask(after)
        found += page
        if after is None:
            return found
    _log.error("the vendor has more than is looked at", what=what, pages=most)
    return found
