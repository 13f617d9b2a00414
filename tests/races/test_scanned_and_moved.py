"""A ticket that somebody moves while it is scanned is judged by what it is in the end."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.orders.holding import NUMBER_MASK
from tests.answers import code as code_of
from tests.gates import Evening, make_evening

WAITING = (
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
    " AND transactionid = pg_current_xact_id()::xid)"
)
LOOKS_MAX = 500


@pytest.fixture
async def evening(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Evening:
    return await make_evening(client, db, settings)


async def scanned_behind(evening: Evening, ticket: str, moved: str) -> httpx.Response:
    """The answer to a scan that waited for whoever moved the ticket."""
    code = await evening.code(ticket)
    order = UUID(int=UUID(ticket).int & ~NUMBER_MASK)
    async with evening.db.transaction():
        await evening.db.execute(f"UPDATE tickets SET {moved} WHERE order_id = $1", order)
        scan = asyncio.create_task(evening.scan(code))
        for _ in range(LOOKS_MAX):
            if await evening.db.fetchval(WAITING):
                break
            await asyncio.sleep(0.02)
        else:
            pytest.fail("the scan waited for nobody")
    return await scan


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ("status = 'TRANSFERRED'", (409, "TICKET004")),
        ("status = 'VOID'", (409, "TICKET004")),
        ("code_version = code_version + 1", (409, "TICKET003")),
    ],
)
async def test_what_was_given_away_sent_back_or_reissued_meanwhile_lets_nobody_in(
    evening: Evening, moved: str, expected: tuple[int, str]
) -> None:
    (ticket,) = await evening.tickets()
    assert code_of(await scanned_behind(evening, ticket, moved)) == expected
    assert await evening.recorded() == []
    assert (await evening.manifest())["admitted"] == 0


async def test_what_stayed_as_it_was_goes_in(evening: Evening) -> None:
    (ticket,) = await evening.tickets()
    answer = await scanned_behind(evening, ticket, "discount = discount")
    assert answer.status_code == 200, answer.text
    assert await evening.recorded() == [("ADMITTED", "A")]
