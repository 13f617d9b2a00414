"""What is switched off waits: nobody is called, nothing is lost, no try is spent."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

import asyncpg
import pytest

from arenapulse.flags.switches import Switches
from arenapulse.flags.terms import CAMPAIGNS, DEFAULTS, MAIL, PICTURES, TEXTS
from arenapulse.notifications.schemas import To
from arenapulse.notifications.service.sending import LANES
from arenapulse.notifications.terms import Priority
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs.due import DueRunner, DueWork
from arenapulse.wiring import due_works
from arenapulse.wiring.flags import KIND_SWITCHES, may_run
from tests.conftest import settings_for
from tests.reactions.office import Office
from tests.reactions.parcels import TABLES, Parcels, opened, post, postman


@pytest.fixture
async def database(rows: asyncpg.Connection, fresh_database_url: str) -> AsyncIterator[Database]:
    await rows.execute(TABLES)
    async with opened(fresh_database_url) as made:
        yield made


async def test_rows_of_a_kind_that_is_off_wait_without_a_try(
    rows: asyncpg.Connection, database: Database
) -> None:
    await post(rows, tenant=1, first=0, count=5)
    kind = Parcels(postman(database))
    asked: list[str] = []

    def no(name: str) -> bool:
        asked.append(name)
        return False

    await DueRunner(database, works=[DueWork(kind=kind)], may_run=no).drain()
    assert set(asked) == {kind.name}
    assert await rows.fetchval("SELECT count(*) FROM deliveries") == 0
    assert await rows.fetchval("SELECT count(*) FROM parcels WHERE tries = 0") == 5
    await DueRunner(database, works=[DueWork(kind=kind)]).drain()
    found = await rows.fetch("SELECT parcel FROM deliveries")
    assert Counter(row[0] for row in found) == Counter(range(5))


async def test_messages_of_a_channel_that_is_off_wait(office: Office) -> None:
    await office.tell(key="receipt:1")
    asked: list[str] = []

    def no(name: str) -> bool:
        asked.append(name)
        return False

    works = [DueWork(kind=lane(office.post)) for lane in LANES]
    await DueRunner(office.database, works=works, may_run=no).drain()
    assert frozenset().union(*(KIND_SWITCHES[name] for name in asked)) == {MAIL, TEXTS, CAMPAIGNS}
    assert await office.took() == []
    row = await office.row()
    assert (row["status"], row["tries"]) == ("QUEUED", 0)
    await office.send()
    assert await office.took() == [("eve@fans.test", 1)]


async def test_a_campaign_pauses_while_it_is_off_and_goes_on_where_it_was(office: Office) -> None:
    await office.tell(key="receipt:1")
    await office.tell(key="campaign:1:bob", to=To(email="bob@fans.test", name="Bob"))
    await office.db.execute(
        "UPDATE messages SET priority = $1 WHERE key = 'campaign:1:bob'", Priority.CAMPAIGN.value
    )
    switches = Switches(office.database)
    works = [DueWork(kind=lane(office.post)) for lane in LANES]
    runner = DueRunner(office.database, works=works, may_run=partial(may_run, switches=switches))
    for is_on, reached in ((False, ["eve"]), (True, ["bob", "eve"])):
        await office.db.execute(_SET, CAMPAIGNS, is_on)
        await switches.read()
        await runner.drain()
        assert await office.took() == [(f"{name}@fans.test", 1) for name in reached]
    rows = await office.db.fetch("SELECT DISTINCT status::TEXT, tries FROM messages")
    assert [tuple(row) for row in rows] == [("SENT", 1)]


_SET = """
INSERT INTO flags (name, is_on, changed_by) VALUES ($1, $2, gen_random_uuid())
  ON CONFLICT (name) DO UPDATE SET is_on = excluded.is_on
"""


def test_every_vendor_has_a_switch_that_code_asks_for(fresh_database_url: str) -> None:
    settings = settings_for(fresh_database_url, "redis://127.0.0.1:1")
    assert {work.kind.name for work in due_works(settings)} == KIND_SWITCHES.keys()
    named = frozenset({PICTURES}).union(*KIND_SWITCHES.values())
    assert named <= DEFAULTS.keys()
    assert all(DEFAULTS.values())
