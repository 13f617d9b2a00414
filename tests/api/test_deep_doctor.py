"""`arenapulse doctor --deep` on a database that is well, and on one that is not."""

from __future__ import annotations

import socket

import asyncpg
import pytest

from arenapulse.core.settings import Settings
from arenapulse.entrypoints import checkup
from tests.conftest import settings_for
from tests.worlds import make_world


async def lines(settings: Settings, url: str) -> dict[str, tuple[str, str]]:
    return {f.about: (f.text, f.mend) for f in await checkup.look(settings, url=url)}


async def test_what_is_well_has_no_mend(settings: Settings, database_url: str) -> None:
    found = await lines(settings, database_url)
    for about in ("clocks", "transactions", "replication slots", "indexes", "connections"):
        assert found[about][1] == "", found
    assert found["commits"][0].startswith("p95 of 20 is ")


async def test_stock_that_differs_from_its_tickets_is_found(
    fresh_database_url: str, settings: Settings
) -> None:
    db = await asyncpg.connect(fresh_database_url)
    await make_world(db, settings)
    assert (await lines(settings, fresh_database_url))["stock"] == (
        "0 sections whose numbers differ from their tickets",
        "",
    )
    await db.execute("UPDATE stock SET held = 1")
    await db.close()
    text, mend = (await lines(settings, fresh_database_url))["stock"]
    assert text.startswith("1 sections")
    assert mend


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_vendor_is_reached_or_has_a_mend(is_there: bool) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if is_there:
            server.listen()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        settings = settings_for("postgresql://x@127.0.0.1/x", "redis://127.0.0.1:1")
        settings = settings.model_copy(update={"otlp_url": url})
        (*_, finding) = await checkup.look(settings, url=None)
    assert finding.about == "traces"
    assert bool(finding.mend) is not is_there
