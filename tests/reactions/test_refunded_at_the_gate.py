"""Whose money went back stays outside: on line at once, and flagged where a gate could not know."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.answers import code as code_of
from tests.conftest import TestEngines, settings_for
from tests.gates import Evening, now, scan
from tests.reactions.refund_shop import Shop, open_shop
from tests.worlds import make_fans


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def test_a_refunded_ticket_is_refused_on_line_and_flagged_off_line(shop: Shop) -> None:
    (staff,) = await make_fans(shop.db, shop.world, 1, role="STAFF")
    evening = Evening(shop.client, shop.db, shop.settings, shop.world, staff, shop.fan)
    await shop.db.execute("UPDATE events SET status = 'LIVE' WHERE id = $1", shop.world.event_id)
    order = await shop.buy()
    ticket = await shop.first_ticket(order)
    code = await evening.code(ticket)
    before = await evening.manifest()
    assert [each["status"] for each in before["tickets"]] == ["VALID", "VALID"]
    await shop.ask(order, reason="Asked for.")
    await shop.refunds.drain()
    assert (await shop.statuses(order))[0] == "REFUNDED"
    assert code_of(await evening.scan(code)) == (409, "TICKET004")
    assert await evening.recorded() == []
    # A gate without a network let them in by its old manifest: nobody is counted, and it is seen.
    told = scan(code, gate="B", scannedAt=now().isoformat())
    (flagged,) = await evening.batch(told)
    assert (flagged["result"], flagged["error"]["code"]) == ("CONFLICT", "TICKET004")
    assert await evening.batch(told) == [flagged]
    assert await evening.recorded() == [("CONFLICT", "B")]
    after = await evening.manifest()
    assert (after["admitted"], after["inside"]) == (0, 0)
    assert (await shop.statuses(order))[2] == ["VOID", "VOID"]
    await shop.in_order()
