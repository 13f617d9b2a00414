"""The second wall: a missing filter in our SQL shows nobody a stranger's rows."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from arenapulse.core.ids import EventId, UserId
from arenapulse.core.settings import Settings
from arenapulse.identity import queries as identity_queries
from arenapulse.runtime.db import AS_SERVICE, SERVICE, Database
from arenapulse.waitlist.queries import own
from tests.clubs import Club, make_club
from tests.conftest import as_app
from tests.worlds import make_fans

# Each with an organization's rows and nobody's else; those that only the house sees come last.
WALLED = (
    *("api_keys", "webhook_endpoints", "webhook_deliveries", "gate_devices", "campaigns"),
    *("ledger_entries", "disputes", "payment_wishes", "invoice_counters", "invoices", "refunds"),
    *("payouts", "payout_shares"),
    *("refund_tickets", "memberships", "invitations", "messages", "audit_log", "order_notes"),
    *("order_activity", "charges", "wait_list", "pass_certificates"),
    *("orders", "tickets", "checkins", "presences", "promo_codes", "promo_people"),
    *("template_overrides", "analytics_minutes", "analytics_orders", "analytics_sessions"),
    *("analytics_sources", "analytics_totals", "rehearsals"),
    "ticket_answers",
)
# Between two people: neither an organization's nor the house's to show.
PERSONAL = ("ticket_transfers",)
HOUSE = ("audit_seals", "payment_differences", "vendor_movements")
# Tables that name an organization, and why they have no wall.
OPEN = {
    "events": "public, and hidden ones are found by their organization's members alone",
    "venues": "public",
    "search_documents": "public",
    "event_gates": "rules of gates, read by devices that nobody signed in to",
    "event_questions": "asked of everybody who comes",
    "media": "pictures are public",
    "membership_news": "ids that every process must hear of",
    "news_consents": "a person's own",
    "waiting_rooms": "rules of a line that everybody stands in",
}


@pytest.fixture(scope="module")
async def clubs(database_url: str, settings: Settings) -> tuple[Club, Club]:
    db = await asyncpg.connect(database_url)
    try:
        return await make_club(db, settings), await make_club(db, settings)
    finally:
        await db.close()


async def _seen(url: str, actor: UUID | str | None) -> dict[str, set[Any]]:
    """All that the service's role sees of each table without any filter, as whoever acts."""
    settings = {} if actor is None else {"arenapulse.actor": str(actor)}
    app = await asyncpg.connect(as_app(url), server_settings=settings)
    try:
        assert await app.fetchval("SELECT current_user") == "arenapulse_app"
        return {
            table: {row[0] for row in await app.fetch(f"SELECT {_key(table)} FROM {table}")}
            for table in (*WALLED, *PERSONAL, *HOUSE)
        }
    finally:
        await app.close()


_OF_ORDERS = {
    *("refunds", "refund_tickets", "order_notes", "order_activity", "invoices"),
    *("tickets", "checkins", "presences", "ticket_transfers", "analytics_orders"),
}
_BY_EVENT = (
    *("promo_codes", "analytics_minutes", "analytics_sessions", "analytics_sources"),
    "analytics_totals",
)


def _key(table: str) -> str:
    """What tells whose row it is."""
    if table in _OF_ORDERS:
        return "order_id"
    return {
        "orders": "id",
        "webhook_deliveries": "endpoint_id",
        "audit_seals": "number",
        "payment_differences": "intent_id",
        **dict.fromkeys(("payouts", "vendor_movements"), "id"),
        **dict.fromkeys(_BY_EVENT, "event_id"),
        "promo_people": "promo_id",
    }.get(table, "organization_id")


@pytest.mark.asvs("V8.4.1")
async def test_without_a_filter_each_sees_their_own_and_nobody_sees_nothing(
    clubs: tuple[Club, Club], database_url: str
) -> None:
    mine, theirs = clubs
    seen = await _seen(database_url, mine.owner.user_id)
    others = await _seen(database_url, theirs.owner.user_id)
    for table in WALLED:
        assert len(seen[table]) == 1, table
        assert seen[table].isdisjoint(others[table]), table
    assert all(seen[table] == set() for table in (*PERSONAL, *HOUSE))
    assert {t: rows for t, rows in (await _seen(database_url, None)).items() if rows} == {}
    stranger = {t: rows for t, rows in (await _seen(database_url, uuid4())).items() if rows}
    assert stranger == {}
    house = await _seen(database_url, SERVICE)
    assert all(house[table] >= seen[table] | others[table] for table in WALLED)


async def test_a_buyer_sees_what_became_of_their_order_and_nothing_of_the_house(
    clubs: tuple[Club, Club], database_url: str
) -> None:
    seen = await _seen(database_url, clubs[0].buyer.user_id)
    assert {table for table, rows in seen.items() if rows} == {
        *("refunds", "refund_tickets", "invoices", "order_activity", "messages"),
        *("charges", "wait_list", "orders", "tickets", "ticket_transfers", "ticket_answers"),
    }


async def test_a_key_sees_its_organization_s_and_an_ended_one_nothing(
    clubs: tuple[Club, Club], database_url: str, db: asyncpg.Connection
) -> None:
    key = await db.fetchval(
        "SELECT id FROM api_keys WHERE organization_id = $1", clubs[0].world.organization_id
    )
    assert (await _seen(database_url, key))["refunds"]
    await db.execute("UPDATE api_keys SET ended_at = now() WHERE id = $1", key)
    try:
        assert (await _seen(database_url, key))["refunds"] == set()
    finally:
        await db.execute("UPDATE api_keys SET ended_at = NULL WHERE id = $1", key)


@pytest.mark.asvs("V8.4.1")
async def test_a_forgotten_filter_in_a_query_of_ours_shows_no_stranger_s_keys(
    clubs: tuple[Club, Club], client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = clubs
    forgotten = str(identity_queries._KEYS).replace("organization_id = :organization AND", "")
    assert "organization" not in forgotten.split("WHERE")[1]
    monkeypatch.setattr(identity_queries, "_KEYS", text(forgotten))
    shown: list[list[str]] = []
    for club in (mine, theirs):
        answer = await client.get(
            f"/api/v1/organizations/{club.world.organization_id}/api-keys",
            headers=club.owner.headers,
        )
        shown.append([key["id"] for key in answer.json()["data"]])
    assert [len(keys) for keys in shown] == [1, 1]
    assert shown[0] != shown[1]


async def test_a_row_of_a_stranger_s_is_neither_written_nor_changed_nor_deleted(
    clubs: tuple[Club, Club], database_url: str
) -> None:
    mine, theirs = clubs
    app = await asyncpg.connect(
        as_app(database_url), server_settings={"arenapulse.actor": str(mine.owner.user_id)}
    )
    organization = theirs.world.organization_id
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(
                "INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'OWNER')",
                *(organization, theirs.buyer.user_id),
            )
        for statement in (
            "UPDATE api_keys SET role = 'OWNER' WHERE organization_id = $1",
            "DELETE FROM memberships WHERE organization_id = $1",
            "DELETE FROM webhook_endpoints WHERE organization_id = $1",
        ):
            assert (await app.execute(statement, organization)).endswith(" 0"), statement
        for statement in (
            "UPDATE orders SET status = 'CANCELLED' WHERE event_id = $1",
            "UPDATE tickets SET status = 'VOID' WHERE event_id = $1",
            "DELETE FROM checkins WHERE event_id = $1",
        ):
            assert (await app.execute(statement, theirs.world.event_id)).endswith(" 0"), statement
    finally:
        await app.close()


@pytest.mark.asvs("V13.2.2", "V16.4.2")
async def test_the_service_cannot_change_what_is_only_added_to(database_url: str) -> None:
    app = await asyncpg.connect(as_app(database_url), server_settings=AS_SERVICE)
    try:
        for table in ("audit_log", "audit_seals", "ledger_entries"):
            for refused in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await app.execute(refused)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("UPDATE audit_log SET details = '{}'")
    finally:
        await app.close()


async def test_who_acts_is_said_as_a_transaction_begins_and_forgotten_as_it_ends(
    clubs: tuple[Club, Club], settings: Settings
) -> None:
    database = Database(settings.database_url or "", pool_size=1)
    try:
        counted: list[int] = []
        for actor in (clubs[0].owner.user_id, None, SERVICE, clubs[0].owner.user_id):
            async with database.transaction(actor=actor) as session:
                found = await session.scalar(text("SELECT count(*) FROM payment_wishes"))
                counted.append(int(found or 0))
        assert counted[:2] + counted[3:] == [1, 0, 1]
        assert counted[2] >= 2
    finally:
        await database.close()


async def test_every_table_that_names_an_organization_has_a_wall_or_a_reason(
    db: asyncpg.Connection,
) -> None:
    rows = await db.fetch(
        "SELECT c.relname, c.relrowsecurity FROM pg_class c JOIN pg_attribute a "
        "ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped "
        "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
    )
    assert {row["relname"] for row in rows if not row["relrowsecurity"]} == set(OPEN)
    walled = await db.fetch("SELECT relname FROM pg_class WHERE relrowsecurity")
    assert {row["relname"] for row in walled} == {*WALLED, *PERSONAL, *HOUSE}


# Every other table, and why it has no wall of its own.
_OF_EVENT: Final = "by an event's id alone, in queries that judged whose event it is"
_HOUSES: Final = "the house's own work: no route shows it to an organization"
_PERSONS: Final = "one person's own, asked for by their id"
BARE = {
    "organizations": "names, which members and invitations show",
    "users": _PERSONS,
    **dict.fromkeys(
        (
            *("person_places", "refund_policies", "season_offers", "stock"),
            *("tier_prices", "event_keys", "waiting_admissions", "waiting_departures"),
            *("waiting_draws", "waiting_history", "waiting_lanes", "waiting_places"),
            *("gate_beats", "gate_changes", "gate_counts", "season_orders"),
        ),
        _OF_EVENT,
    ),
    "venue_charts": "public, with the venue",
    **dict.fromkeys(
        (
            *("analytics_events", "due_workers", "message_news", "suppressions"),
            *("webhook_inbox", "search_news", "search_pieces", "search_words"),
            *("vendor_balances", "vendor_books", "alembic_version", "flags", "backups"),
            "nonces_ahead",
        ),
        _HOUSES,
    ),
    **dict.fromkeys(
        (
            *("idempotency_keys", "known_devices", "mail_tokens", "passkeys", "recovery_codes"),
            *("reset_requests", "saved_searches", "sessions", "sign_in_challenges"),
            *("totp_factors",),
        ),
        _PERSONS,
    ),
}


async def test_every_table_has_a_wall_or_a_reason(db: asyncpg.Connection) -> None:
    """Whatever its columns are called: what an event's id leads to is an organization's too."""
    rows = await db.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
        "AND relnamespace = 'public'::regnamespace AND NOT relrowsecurity "
        "AND relname !~ '^(pgqueuer|sandbox_)'"
    )
    assert {row["relname"] for row in rows} == OPEN.keys() | BARE.keys()
    assert not OPEN.keys() & BARE.keys()


async def test_what_runs_as_the_owner_has_its_search_path_pinned(db: asyncpg.Connection) -> None:
    loose = await db.fetch(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace "
        "AND NOT coalesce('search_path=public, pg_temp' = ANY (proconfig), FALSE)"
    )
    assert [row["proname"] for row in loose] == []
    owners = await db.fetchval(
        "SELECT json_agg(DISTINCT (r.rolname, r.rolcanlogin)) FROM pg_proc p "
        "JOIN pg_roles r ON r.oid = p.proowner WHERE p.prosecdef"
    )
    assert json.loads(owners) == [{"f1": "arenapulse_owner", "f2": False}]


async def test_what_runs_as_the_owner_is_for_the_service_alone(
    clubs: tuple[Club, Club], database_url: str, db: asyncpg.Connection
) -> None:
    open_to_all = await db.fetch(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace "
        "AND has_function_privilege('public', oid, 'EXECUTE')"
    )
    assert [row["proname"] for row in open_to_all] == []
    owner = {"arenapulse.actor": str(clubs[0].owner.user_id)}
    app = await asyncpg.connect(as_app(database_url), server_settings=owner)
    try:
        for shadow in (f"make_shadow('{clubs[0].world.event_id}')", "drop_shadow()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(f"SELECT {shadow}")
    finally:
        await app.close()


async def test_a_place_in_line_counts_who_stands_before_it_and_shows_none_of_them(
    clubs: tuple[Club, Club], database_url: str, db: asyncpg.Connection
) -> None:
    world = clubs[0].world
    early, late = await make_fans(db, world, 2)
    for fan in (early, late):
        await db.execute(
            "INSERT INTO wait_list (id, event_id, organization_id, user_id, quantity, status, "
            "joined_at) VALUES ($1, $2, $3, $1, 1, 'WAITING', clock_timestamp())",
            *(fan.user_id, world.event_id, world.organization_id),
        )
    database = Database(as_app(database_url), pool_size=1)
    try:
        async with database.transaction(actor=late.user_id) as session:
            place = await own(
                session, event_id=EventId(world.event_id), user_id=UserId(late.user_id)
            )
            assert place is not None
            assert place["ahead"] == 1
            assert list(await session.scalars(text("SELECT user_id FROM wait_list"))) == [
                late.user_id
            ]
    finally:
        await database.close()
        await db.execute("DELETE FROM wait_list WHERE status = 'WAITING'")


async def test_the_counts_by_the_hour_have_the_wall_of_those_by_the_minute(
    clubs: tuple[Club, Club], database_url: str
) -> None:
    mine = clubs[0]
    for fan, seen in ((mine.owner, {mine.world.event_id}), (mine.buyer, set())):
        actor = {"arenapulse.actor": str(fan.user_id)}
        app = await asyncpg.connect(as_app(database_url), server_settings=actor)
        try:
            rows = await app.fetch("SELECT event_id FROM analytics_hours")
            assert {row["event_id"] for row in rows} == seen
        finally:
            await app.close()


@pytest.mark.asvs("V8.4.1")
async def test_a_promo_code_is_seen_by_its_club_and_what_it_hides_is_known_to_all(
    clubs: tuple[Club, Club], settings: Settings, db: asyncpg.Connection
) -> None:
    mine, theirs = clubs
    event = theirs.world.event_id
    await db.execute("UPDATE promo_codes SET unlocks = '{VIP}' WHERE event_id = $1", event)
    database = Database(settings.database_url or "", pool_size=1)

    async def known(actor: UUID | str | None) -> tuple[int, list[str], list[str], list[int]]:
        async with database.transaction(actor=actor) as session:
            connection = await session.driver()
            codes = await connection.fetchval(
                "SELECT count(*) FROM promo_codes WHERE event_id = $1", event
            )
            hidden = "SELECT level FROM locked_levels(ARRAY[$1::UUID], $2)"
            offer = "SELECT value FROM promo_offer($1, 'spring')"
            return (
                codes,
                [row["level"] for row in await connection.fetch(hidden, event, None)],
                [row["level"] for row in await connection.fetch(hidden, event, "spring")],
                [row["value"] for row in await connection.fetch(offer, event)],
            )

    try:
        assert await known(theirs.owner.user_id) == (1, ["VIP"], [], [10])
        for stranger in (mine.owner.user_id, theirs.buyer.user_id, None):
            assert await known(stranger) == (0, ["VIP"], [], [10]), stranger
    finally:
        await db.execute("UPDATE promo_codes SET unlocks = '{}' WHERE event_id = $1", event)
        await database.close()
