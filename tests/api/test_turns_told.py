"""Whose turn in a line came while no page of theirs was open: told by mail, once, in time."""

from __future__ import annotations

import datetime as dt
import json

import asyncpg
import httpx

from arenapulse.core import clock
from arenapulse.core.facts import decode
from arenapulse.core.settings import Settings
from arenapulse.outreach.service.telling import Teller
from arenapulse.waitingroom.facts import TurnsCame
from arenapulse.wiring import opened
from tests.lining import Line, lined_up
from tests.worlds import make_fans


async def _facts(line: Line) -> list[TurnsCame]:
    """What the inlet left for who tells people."""
    rows = await line.db.fetch(
        "SELECT payload FROM pgqueuer WHERE entrypoint = 'outreach.tell_turns' ORDER BY id"
    )
    found = [decode(row["payload"], TurnsCame) for row in rows]
    return [fact for fact in found if fact.event_id == line.world.event_id]


async def test_whose_turn_came_unseen_is_told_once_where_their_address_is_proved(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=120) as line:
        proved, unproved = await make_fans(db, line.world, 2)
        await db.execute(
            "UPDATE users SET email_verified_at = CASE WHEN id = $1 THEN NULL ELSE now() END"
            " WHERE id = ANY ($2)",
            *(unproved.user_id, [proved.user_id, unproved.user_id]),
        )
        for fan in (proved, unproved):
            await line.joined(fan)
        await line.step()
        (fact,) = await _facts(line)
        assert set(fact.user_ids) == {proved.user_id, unproved.user_id}
        assert dt.timedelta(seconds=590) < fact.until - clock.now() <= dt.timedelta(seconds=600)
        async with opened(settings) as runtime:
            teller = Teller(runtime.database, base_url=settings.base_url)
            for _ in range(2):
                await teller.turns_came(fact)
        (told,) = await db.fetch(
            "SELECT user_id, content FROM messages WHERE template = 'queue_turn' AND event_id = $1",
            line.world.event_id,
        )
        assert told["user_id"] == proved.user_id
        values = json.loads(told["content"])
        assert values["url"] == f"{settings.base_url}/events/{line.world.event_id}/queue"
        assert dt.datetime.fromisoformat(values["until"]) == fact.until


async def test_a_turn_that_is_over_is_told_to_nobody(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        (fan,) = await make_fans(db, line.world, 1)
        await db.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", fan.user_id)
        fact = TurnsCame(event_id=line.world.event_id, user_ids=(fan.user_id,), until=clock.now())
        async with opened(settings) as runtime:
            await Teller(runtime.database, base_url=settings.base_url).turns_came(fact)
        assert not await db.fetchval(
            "SELECT count(*) FROM messages WHERE user_id = $1", fan.user_id
        )
