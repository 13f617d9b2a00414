"""The vendor's books beside ours, every five minutes, both ways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from arenapulse.core.errors import Forbidden
from arenapulse.identity.schemas import Actor
from arenapulse.payments.gateway import GONE, Gateway, GatewayRefused, Intent
from arenapulse.payments.queries import reconciling
from arenapulse.payments.schemas import Difference
from arenapulse.payments.service.disputing import note_undone
from arenapulse.runtime import log
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
SHOWN_MAX: Final = 500

_log = log.logger("payments")


async def reconcile(database: Database, *, gateway: Gateway, now: dt.datetime) -> int:
    """Heals what has one right answer; says how many differences are left for a person.

    Raises `GatewayAway`.
    """
    left = 0
    for until in (now - SETTLED, now - AGAIN):
        since = until - SPAN
        intents = await _all(gateway, since=since, until=until)
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
    return left


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


async def list_differences(session: Session, *, actor: Actor) -> list[Difference]:
    """What a person must decide, newest first; ADMIN. Raises `Forbidden`."""
    if not actor.is_admin:
        raise Forbidden
    return await reconciling.differences(session, limit=SHOWN_MAX)


async def _all(gateway: Gateway, *, since: dt.datetime, until: dt.datetime) -> list[Intent]:
    found: list[Intent] = []
    after: str | None = None
    for _ in range(PAGES_MAX):
        page, after = await gateway.listed(since=since, until=until, after=after)
        found += page
        if after is None:
            break
    return found
