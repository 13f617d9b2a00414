"""The ledger of a house with more events than one page holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import TestEngines, settings_for
from tests.reactions.refund_shop import Shop, open_shop

LINES = """
INSERT INTO ledger_entries (posting_id, line, kind, order_id, event_id, organization_id, account,
    amount, currency, at)
SELECT p.id, x.line, 'sale', gen_random_uuid(), $1, $2, x.account, x.amount, $3, now()
FROM (SELECT gen_random_uuid() AS id) p,
  (VALUES (1, 'processor', 100), (2, 'sales', -100)) x(line, account, amount)
"""


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def test_pages_of_the_ledger_miss_no_event_and_no_currency(shop: Shop) -> None:
    house = shop.world.organization_id
    written: set[tuple[str, str]] = set()
    for _ in range(3):
        event = uuid4()
        for currency in ("EUR", "CHF"):
            await shop.db.execute(LINES, event, house, currency)
            written.add((str(event), currency))
    path, headers = f"/api/v1/organizations/{house}/ledger", shop.manager.headers
    whole = (await shop.client.get(path, headers=headers)).json()
    assert (len(whole["data"]), whole["meta"]) == (6, {})
    lines: list[Any] = []
    query: dict[str, Any] = {"limit": 1}
    for _ in range(7):
        page = (await shop.client.get(path, params=query, headers=headers)).json()
        lines += page["data"]
        if "nextCursor" not in page["meta"]:
            break
        query["cursor"] = page["meta"]["nextCursor"]
    else:
        pytest.fail("the pages do not end")
    assert lines == whole["data"]
    assert {(line["eventId"], line["currency"]) for line in lines} == written
    wrong = await shop.client.get(path, params={"cursor": "x~EUR"}, headers=headers)
    assert (wrong.status_code, wrong.json()["error"]["details"][0]["field"]) == (422, "cursor")
