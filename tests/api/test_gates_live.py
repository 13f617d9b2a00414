"""How it goes at the gates: by gate, by zone, in the last minute, and what to do about it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.answers import code as code_of
from tests.gates import Evening, make_evening, now, scan


@pytest.fixture
async def evening(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Evening:
    return await make_evening(client, db, settings)


async def _live(evening: Evening) -> dict[str, Any]:
    answer = await evening.client.get(f"{evening.path}/gates/live", headers=evening.staff.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def test_zones_say_who_is_inside_and_when_they_are_full(evening: Evening) -> None:
    await evening.set_rules(
        reentry=True,
        zones=[{"name": "Hall", "capacity": 2}, {"name": "Terrace"}],
        gates=[{"name": "A", "zone": "Hall"}, {"name": "B", "zone": "Terrace"}],
    )
    tickets = await evening.tickets(3)
    for ticket, gate in zip(tickets, ("A", "A", "B"), strict=True):
        assert (await evening.scan(await evening.code(ticket), gate=gate)).status_code == 200
    told = await _live(evening)
    assert (told["admitted"], told["inside"], told["perMinute"]) == (3, 3, 3)
    assert told["gates"] == [
        {"gate": "A", "admitted": 2, "perMinute": 2},
        {"gate": "B", "admitted": 1, "perMinute": 1},
    ]
    assert told["zones"] == [
        {"zone": "Hall", "inside": 2, "capacity": 2, "alarm": "FULL"},
        {"zone": "Terrace", "inside": 1, "capacity": None, "alarm": None},
    ]
    # Out by another gate than in: it is the hall that has one place more.
    code = await evening.code_made(tickets[0], at=now())
    assert (await evening.scan(code, gate="B", direction="OUT")).json()["data"]["result"] == "LEFT"
    told = await _live(evening)
    assert [(zone["inside"], zone["alarm"]) for zone in told["zones"]] == [(1, None), (1, None)]


async def test_a_gate_that_stands_still_is_told_and_where_to_send_its_people(
    evening: Evening,
) -> None:
    tickets = [*await evening.tickets(8), *await evening.tickets(8)]
    for number, ticket in enumerate(tickets):
        gate = "A" if number < 8 else "B"
        assert (await evening.scan(await evening.code(ticket), gate=gate)).status_code == 200
    assert (await _live(evening))["advice"] == []
    # Two minutes later nobody came by gate A any more.
    await evening.db.execute(
        "UPDATE gate_beats SET beat = beat - 12 WHERE event_id = $1 AND gate = 'A'",
        evening.world.event_id,
    )
    assert (await _live(evening))["advice"] == [{"gate": "A", "kind": "STOPPED", "sendTo": "B"}]


async def test_strangers_and_buyers_do_not_see_the_gates(evening: Evening) -> None:
    answer = await evening.client.get(f"{evening.path}/gates/live", headers=evening.fan.headers)
    assert code_of(answer) == (404, "EVENT001")


async def test_who_was_let_in_and_should_not_have_been_is_told_to_the_staff(
    evening: Evening,
) -> None:
    (ticket,) = await evening.tickets()
    await evening.code(ticket)
    at = now() - dt.timedelta(minutes=20)
    code = await evening.code_made(ticket, at=at)
    path = f"{evening.path}/gates/conflicts"
    assert (await evening.client.get(path, headers=evening.staff.headers)).json()["data"] == []
    for client, gate in (("d1-1", "North"), ("d2-1", "South")):
        body = scan(code, clientId=client, gate=gate, deviceId=client, scannedAt=at.isoformat())
        await evening.batch(body)
    (told,) = (await evening.client.get(path, headers=evening.staff.headers)).json()["data"]
    assert told.pop("recordedAt") > told["scannedAt"]
    assert told == {
        "clientId": "d2-1",
        "reason": "ALREADY_IN",
        "ticketId": ticket,
        "sectionId": str(evening.world.section_ids[0]),
        "row": None,
        "seat": None,
        "gate": "South",
        "deviceId": "d2-1",
        "deviceName": None,
        "scannedAt": told["scannedAt"],
        "firstGate": "North",
        "firstAt": told["scannedAt"],
    }
    assert code_of(await evening.client.get(path, headers=evening.fan.headers)) == (404, "EVENT001")
