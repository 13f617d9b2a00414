"""What one room, one draw or one person of a line must not do to the others, through HTTP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import httpx
import pytest
from structlog.testing import capture_logs

from arenapulse.core.ids import EventId
from arenapulse.core.settings import Settings
from arenapulse.orders.news import Unheard
from arenapulse.runtime.db import SERVICE
from arenapulse.wiring.core import make_core, make_runtime, open_core
from arenapulse.wiring.waitingroom import make_book
from tests.lining import CALM, lined_up
from tests.worlds import make_fans


@pytest.mark.parametrize("is_closed", [False, True])
async def test_who_comes_back_long_after_their_turn_is_told_that_it_is_over(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, *, is_closed: bool
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE", per_minute=60) as line:
        (fan,) = await make_fans(db, line.world, 1)
        place = await line.joined(fan)
        await line.step()
        await line.step()
        await line.later(1300)
        await db.execute(
            "UPDATE waiting_rooms SET is_closed = $2 WHERE event_id = $1",
            *(line.world.event_id, is_closed),
        )
        await line.until(closed=is_closed)
        missed = await line.until(place["token"], phase="MISSED")
        assert "pass" not in missed
        afresh = await line.join(fan)
        if is_closed:
            assert (afresh.status_code, afresh.json()["data"]["phase"]) == (200, "MISSED")
        else:
            assert (afresh.status_code, afresh.json()["data"]["position"]) == (201, 2)
        assert await line.count() == 1


async def test_however_many_ask_at_the_draw_it_is_fetched_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="SCHEDULED") as line:
        places = [await line.joined(fan) for fan in await make_fans(db, line.world, 3)]
        await line.move("ON_SALE")
        await line.step()
        core = make_core(make_runtime(settings, actor=SERVICE), news=Unheard())
        async with open_core(core):
            book = make_book(core)
            room = await book.room(EventId(line.world.event_id))
            before = await _reads_of_draws(db)
            lane = room.row.lanes[0]
            asked = (book.position(room, lane=lane, number=n % 3 + 1) for n in range(300))
            found = await asyncio.gather(*asked)
            assert sorted(set(found)) == [1, 2, 3]
        # What a backend read is counted when it is gone.
        async with asyncio.timeout(10):
            while True:
                read = await _reads_of_draws(db)
                if read != before:
                    break
                await asyncio.sleep(0.1)
        assert read - before == 1
        assert len(places) == 3


async def _reads_of_draws(db: asyncpg.Connection) -> int:
    await db.execute("SELECT pg_stat_clear_snapshot()")
    return await db.fetchval(
        "SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables"
        " WHERE relname = 'waiting_draws'"
    )


@contextlib.asynccontextmanager
async def _steps_that_raise(db: asyncpg.Connection, event_id: UUID) -> AsyncIterator[None]:
    """Whatever writes to this room fails."""
    await db.execute(
        f"""
        CREATE FUNCTION break_a_room() RETURNS TRIGGER LANGUAGE plpgsql AS
          $$ BEGIN RAISE 'this room is broken'; END $$;
        CREATE TRIGGER break_a_room BEFORE UPDATE ON waiting_rooms FOR EACH ROW
          WHEN (OLD.event_id = '{event_id}') EXECUTE FUNCTION break_a_room();
        """
    )
    try:
        yield
    finally:
        await db.execute("DROP TRIGGER break_a_room ON waiting_rooms; DROP FUNCTION break_a_room()")


async def test_a_line_that_cannot_be_steered_and_a_draw_that_lasts_hold_up_no_other(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with (
        lined_up(client, db, settings, status="ON_SALE", per_minute=600) as broken,
        lined_up(client, db, settings, status="SCHEDULED", per_minute=600) as large,
        lined_up(client, db, settings, status="ON_SALE", per_minute=600) as line,
    ):
        for each in (broken, large, line):
            await each.crowd(20)
        await large.move("ON_SALE")
        await large.steering.steer(EventId(large.world.event_id), seen=CALM)
        await db.execute(
            "UPDATE waiting_rooms SET steered_at = now() - '1 hour'::INTERVAL"
            " WHERE event_id = ANY ($1)",
            [broken.world.event_id, large.world.event_id],
        )
        await db.execute(
            "UPDATE waiting_rooms SET steered_at = now() - '2 seconds'::INTERVAL"
            " WHERE event_id = $1",
            line.world.event_id,
        )
        async with _steps_that_raise(db, broken.world.event_id):
            with capture_logs() as logs:
                await line.steering.step()
        assert str(broken.world.event_id) in {str(each.get("event_id")) for each in logs}, logs
        assert await db.fetchval(
            "SELECT steered_at > now() - '1 second'::INTERVAL FROM waiting_rooms"
            " WHERE event_id = $1",
            line.world.event_id,
        )
        assert await db.fetchval(
            "SELECT drawn_at IS NULL FROM waiting_rooms WHERE event_id = $1", large.world.event_id
        ), "the draw is somebody else's work"
        await large.drawing.draw()
        assert await db.fetchval(
            "SELECT drawn_at IS NOT NULL FROM waiting_rooms WHERE event_id = $1",
            large.world.event_id,
        )


async def test_who_leaves_while_the_list_is_read_spoils_no_draw(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="SCHEDULED") as line:
        fans = await make_fans(db, line.world, 4)
        places = [await line.joined(fan) for fan in fans]
        gone = await client.post(f"{line.path}/{places[1]['token']}/leave", headers=fans[1].headers)
        assert gone.json()["data"] == {"left": True}
        await line.move("ON_SALE")
        await line.step()
        drawn = [await line.until(places[n]["token"], phase="WAITING") for n in (0, 2, 3)]
        assert sorted(place["position"] for place in drawn) == [1, 2, 3]
