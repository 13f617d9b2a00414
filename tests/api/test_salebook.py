"""What a process knows of events by heart: charts by their size, however many there are."""

from __future__ import annotations

import asyncpg
import pytest

from arenapulse.core.ids import EventId
from arenapulse.core.settings import Settings
from arenapulse.events import salebook
from arenapulse.runtime.db import Database
from tests.worlds import Place, make_world

HOUSES = 4


async def test_charts_are_read_once_while_there_is_room_for_them(
    db: asyncpg.Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = Place(rows=tuple((f"R{n}", 2) for n in range(HOUSES - 1)))
    small = [await make_world(db, settings) for _ in range(HOUSES)]
    one = await make_world(db, settings, sections=(large,))
    monkeypatch.setattr(salebook, "CHART_PARTS_MAX", HOUSES)
    database = Database(settings.database_url or "", pool_size=2)
    await database.open()
    try:
        book = salebook.Salebook(database)

        async def charts() -> list[object]:
            return [(await book.read_again(EventId(each.event_id))).chart for each in small]

        first = await charts()
        assert [id(each) for each in await charts()] == [id(each) for each in first]
        # As large as all of them: it takes their places.
        await book.facts(EventId(one.event_id))
        assert not {id(each) for each in await charts()} & {id(each) for each in first}
    finally:
        await database.close()
