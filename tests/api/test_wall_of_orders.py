"""The second wall around orders and tickets: a forgotten filter shows nobody a stranger's."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from arenapulse.activity import queries as activity_queries
from arenapulse.core import clock
from arenapulse.core.ids import OrderId, ticket_id
from arenapulse.core.settings import Settings
from arenapulse.orders import holding
from arenapulse.orders.queries import orders_by_id
from arenapulse.runtime.db import SERVICE, Database
from tests.clubs import Club, make_club
from tests.worlds import make_fans


@pytest.fixture(scope="module")
async def clubs(database_url: str, settings: Settings) -> tuple[Club, Club]:
    db = await asyncpg.connect(database_url)
    try:
        return await make_club(db, settings), await make_club(db, settings)
    finally:
        await db.close()


@pytest.mark.asvs("V8.4.1")
async def test_queries_of_orders_and_tickets_without_a_filter_show_whose_they_are(
    clubs: tuple[Club, Club], settings: Settings, db: asyncpg.Connection
) -> None:
    mine, theirs = clubs
    order = OrderId(
        await db.fetchval("SELECT id FROM orders WHERE user_id = $1", theirs.buyer.user_id)
    )
    ticket = ticket_id(order, number=1)
    (friend,) = await make_fans(db, theirs.world, 1)
    database = Database(settings.database_url or "", pool_size=1)

    async def seen(actor: UUID | str | None) -> tuple[bool, bool]:
        async with database.transaction(actor=actor) as session:
            found = await orders_by_id(await session.driver(), [order], now=clock.now())
            return order in found, await holding.find(session, ticket=ticket) is not None

    try:
        for insider in (theirs.buyer.user_id, theirs.owner.user_id, SERVICE):
            assert await seen(insider) == (True, True), insider
        for stranger in (mine.buyer.user_id, mine.owner.user_id, friend.user_id, None):
            assert await seen(stranger) == (False, False), stranger
        await db.execute(
            "UPDATE tickets SET holder_id = $2 WHERE order_id = $1", order, friend.user_id
        )
        assert await seen(friend.user_id) == (True, True)
        async with database.transaction(actor=friend.user_id) as session:
            taken = await session.execute(text("UPDATE orders SET user_id = user_id RETURNING id"))
            assert taken.all() == [], "who holds a ticket reads its order, and no more"
    finally:
        await db.execute("UPDATE tickets SET holder_id = NULL WHERE order_id = $1", order)
        await database.close()


@pytest.mark.asvs("V8.4.1")
async def test_a_forgotten_filter_shows_no_stranger_s_tickets_and_no_other_club_s_orders(
    clubs: tuple[Club, Club], client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = clubs
    wallet = holding._OWN_TICKETS
    for filtered in ("o.user_id = $1 AND ", "t.holder_id = $1 AND "):
        assert filtered in wallet
        wallet = wallet.replace(filtered, "")
    monkeypatch.setattr(holding, "_OWN_TICKETS", f"{wallet} + 0 * length($1::UUID::TEXT)")
    monkeypatch.setattr(
        activity_queries,
        "_ORDERS",
        "SELECT id FROM orders WHERE (($1::UUID, $2::UUID, $3::TEXT, $4::UUID[], $5::UUID, "
        "$6::UUID, $8::TEXT) IS NULL) IS NOT NULL LIMIT $7",
    )
    shown: list[tuple[set[str], set[str]]] = []
    for club in (mine, theirs):
        tickets = await client.get("/api/v1/tickets", headers=club.buyer.headers)
        orders = await client.get(
            f"/api/v1/organizations/{club.world.organization_id}/orders", headers=club.owner.headers
        )
        shown.append(
            (
                {each["ticketId"] for each in tickets.json()["data"]},
                {each["orderId"] for each in orders.json()["data"]},
            )
        )
    assert [(len(tickets), len(orders)) for tickets, orders in shown] == [(1, 1), (1, 1)]
    assert shown[0][0].isdisjoint(shown[1][0])
    assert shown[0][1].isdisjoint(shown[1][1])


@pytest.mark.asvs("V8.4.1")
async def test_functions_that_count_as_the_holder_ask_whether_the_event_may_be_seen(
    clubs: tuple[Club, Club], settings: Settings
) -> None:
    mine, theirs = clubs
    database = Database(settings.database_url or "", pool_size=1)

    async def counted(actor: UUID | str | None) -> dict[str, int]:
        async with database.transaction(actor=actor) as session:
            connection = await session.driver()
            return {
                asked: await connection.fetchval(asked, theirs.world.event_id) for asked in _COUNTS
            }

    try:
        for insider in (theirs.owner.user_id, SERVICE):
            assert set((await counted(insider)).values()) == {1}, insider
        for stranger in (mine.owner.user_id, mine.buyer.user_id, theirs.buyer.user_id, None):
            assert set((await counted(stranger)).values()) == {0}, stranger
        async with database.transaction(actor=mine.owner.user_id) as session:
            connection = await session.driver()
            assert await connection.fetch(_EXPIRED) == []
    finally:
        await database.close()


_COUNTS = (
    "SELECT orders FROM event_sales($1)",
    "SELECT checked_in FROM event_sales($1)",
    "SELECT count(*) FROM section_sales($1)",
    "SELECT count(*) FROM sales_over_time($1, 'hour')",
    "SELECT count(*) FROM sales_between($1, 'hour', NULL, NULL)",
    "SELECT count(*) FROM revenue_between($1, 'hour', NULL, NULL)",
    "SELECT count(*) FROM tickets_between($1, 'hour', NULL, NULL)",
    "SELECT count(*) FROM checkins_over_time($1, 'hour')",
    "SELECT count(*) FROM event_at($1, 'infinity')",
    "SELECT count(*) FROM price_sales($1)",
    "SELECT coalesce(sum(orders), 0)::INTEGER FROM event_channels($1)",
    "SELECT count(*) FROM ticket_holders($1, NULL, FALSE, NULL, 9)",
)
_EXPIRED = "SELECT id FROM expired_orders('infinity', 9, NULL) AS id"
