"""The page of an event as it is sent: for people who were sent its address, and for crawlers."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from arenapulse.core.settings import Settings
from tests.conftest import client_of
from tests.shows import make_event, make_venue, move, organizer

INDEX = (
    '<!doctype html><html><head><meta name="description" content="Live." />'
    "<title>ArenaPulse</title></head><body></body></html>"
)


@pytest.fixture
def with_web(settings: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "index.html").write_text(INDEX)
    return settings.model_copy(update={"web_folder": tmp_path})


async def test_it_tells_the_event_and_an_unknown_one_is_404(
    with_web: Settings, db: asyncpg.Connection
) -> None:
    async with client_of(with_web) as client:
        owner = await organizer(client, db)
        event = await make_event(client, owner, await make_venue(client, owner))
        path = f"/events/{event['id']}"
        draft = await client.get(path)
        await move(client, owner, event, "SCHEDULED")
        shown = await client.get(path)
        unknown = [await client.get(f"/events/{each}") for each in (uuid4(), "nonsense")]
        head = await client.head(path)
    assert (draft.status_code, draft.text) == (404, INDEX)
    assert [(each.status_code, each.text) for each in unknown] == [(404, INDEX)] * 2
    assert shown.status_code == 200
    assert f"<title>{event['name']} · ArenaPulse</title>" in shown.text
    assert shown.headers["content-type"].startswith("text/html")
    assert shown.headers["cache-control"] == "no-cache"
    assert shown.headers["content-encoding"] == "gzip"
    assert (head.status_code, head.content) == (200, b"")


async def test_a_crowd_at_one_page_reads_it_once_at_a_time_and_sees_what_changed(
    with_web: Settings, db: asyncpg.Connection
) -> None:
    async with client_of(with_web) as client:
        owner = await organizer(client, db)
        event = await make_event(client, owner, await make_venue(client, owner))
        await move(client, owner, event, "SCHEDULED")
        path = f"/events/{event['id']}"
        async with db.transaction():
            await db.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            asked = [asyncio.create_task(client.get(path)) for _ in range(40)]
            async with asyncio.timeout(5):
                while not await db.fetchval(_WAITING):  # noqa: ASYNC110 - polls the subject itself
                    await asyncio.sleep(0.01)
            assert await db.fetchval(_WAITING) == 1
            await db.execute("UPDATE events SET name = 'Second leg' WHERE id = $1", event["id"])
        crowd = await asyncio.gather(*asked)
        later = await client.get(path)
    assert {each.status_code for each in crowd} == {200}
    assert "<title>Second leg · ArenaPulse</title>" in later.text


_WAITING = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def test_a_venue_tells_of_itself_and_an_unknown_one_is_404(
    with_web: Settings, db: asyncpg.Connection
) -> None:
    async with client_of(with_web) as client:
        owner = await organizer(client, db)
        venue = await make_venue(client, owner, name="Lantern </script> & Park")
        shown = await client.get(f"/venues/{venue['id']}")
        unknown = [await client.get(f"/venues/{each}") for each in (uuid4(), "nonsense")]
        head = await client.head(f"/venues/{venue['id']}")
    assert [(each.status_code, each.text) for each in unknown] == [(404, INDEX)] * 2
    assert (shown.status_code, head.status_code, head.content) == (200, 200, b"")
    assert "<title>Lantern &lt;/script&gt; &amp; Park · ArenaPulse</title>" in shown.text
    assert f'<link rel="canonical" href="{with_web.base_url}/venues/{venue["id"]}" />' in shown.text
    (schema,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', shown.text)
    told = json.loads(schema)
    assert (told["@type"], told["name"]) == ("EventVenue", "Lantern </script> & Park")
    assert told["address"]["addressLocality"] == venue["location"]["city"]
