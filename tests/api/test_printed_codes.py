"""Tickets on paper: a code stands there, and lets in, where the organizer takes it."""

from __future__ import annotations

import json

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.answers import code as code_of
from tests.gates import Evening, make_evening, now
from tests.worlds import make_fans


@pytest.fixture
async def evening(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Evening:
    return await make_evening(client, db, settings)


async def test_printed_codes_only_where_the_organizer_takes_them(
    evening: Evening, db: asyncpg.Connection
) -> None:
    (manager,) = await make_fans(db, evening.world, 1, role="MANAGER")
    (ticket,) = await evening.tickets()
    await evening.code(ticket)
    printed = await evening.code_made(ticket, at=now(), printed=True)
    assert code_of(await evening.scan(printed)) == (409, "TICKET003")
    rules = {"printedCodes": True}
    path = f"{evening.path}/gates/rules"
    assert (await evening.client.put(path, json=rules, headers=manager.headers)).is_success
    assert (await evening.scan(printed)).status_code == 200
    assert code_of(await evening.scan(printed)) == (409, "TICKET002")


READS = {
    "currency": "EUR",
    "timezone": "UTC",
    "notifications": {"email": True, "sms": False, "push": False},
}


async def test_a_ticket_on_paper_has_a_code_where_paper_is_taken(
    evening: Evening, db: asyncpg.Connection
) -> None:
    (manager,) = await make_fans(db, evening.world, 1, role="MANAGER")
    (ticket,) = await evening.tickets()
    path = f"/api/v1/tickets/{ticket}/pdf"
    plain = await evening.client.get(path, headers=evening.fan.headers)
    assert (plain.status_code, plain.headers["content-type"]) == (200, "application/pdf")
    assert plain.content.startswith(b"%PDF-")
    assert b"/Subtype /Image" not in plain.content
    rules = {"printedCodes": True}
    set_rules = f"{evening.path}/gates/rules"
    assert (await evening.client.put(set_rules, json=rules, headers=manager.headers)).is_success
    for size in ("a4", "phone"):
        printed = await evening.client.get(f"{path}?size={size}", headers=evening.fan.headers)
        assert b"/Subtype /Image" in printed.content
        assert b"/FontFile2" in printed.content
    for locale in ("de", "es", "en"):
        await db.execute(
            "UPDATE users SET preferences = $2::TEXT::JSONB WHERE id = $1",
            *(evening.fan.user_id, json.dumps(READS | {"locale": locale})),
        )
        printed = await evening.client.get(path, headers=evening.fan.headers)
        assert f"/Lang ({locale})".encode() in printed.content
    wrong = await evening.client.get(f"{path}?size=a5", headers=evening.fan.headers)
    assert code_of(wrong) == (422, "VALIDATION001")
