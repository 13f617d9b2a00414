"""Who was let in by gates that had not heard of something yet: recorded, counted, flagged."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.gates import Evening, make_evening, now, scan
from tests.worlds import Fan, make_fans


@pytest.fixture
async def evening(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Evening:
    return await make_evening(client, db, settings)


async def _lock_a_device_out(evening: Evening, manager: Fan) -> None:
    path = f"{evening.path}/gates/devices"
    made = await evening.client.post(path, json={"name": "Lost"}, headers=manager.headers)
    code = made.json()["data"]["code"]
    known = await evening.client.post("/api/v1/gate-devices", json={"code": code})
    gone = await evening.client.delete(
        f"{path}/{known.json()['data']['deviceId']}", headers=manager.headers
    )
    assert gone.status_code == 200, gone.text


async def _flagged(evening: Evening) -> list[str]:
    answer = await evening.client.get(
        f"{evening.path}/gates/conflicts", headers=evening.staff.headers
    )
    assert answer.status_code == 200, answer.text
    return [each["reason"] for each in answer.json()["data"]]


async def _counts(evening: Evening) -> tuple[int, int]:
    row = await evening.db.fetchrow(
        "SELECT admitted, inside FROM event_gates WHERE event_id = $1", evening.world.event_id
    )
    assert row is not None
    return row["admitted"], row["inside"]


async def test_a_device_that_is_locked_out_costs_no_scan_of_the_others(
    evening: Evening, db: asyncpg.Connection
) -> None:
    (manager,) = await make_fans(db, evening.world, 1, role="MANAGER")
    tickets = await evening.tickets(3)
    await evening.code(tickets[0])
    before = now() - dt.timedelta(minutes=10)
    scans = [
        scan(await evening.code_made(ticket, at=before), scannedAt=before.isoformat())
        for ticket in tickets
    ]
    await _lock_a_device_out(evening, manager)
    await _lock_a_device_out(evening, manager)
    results = await evening.batch(*scans)
    assert [each["result"] for each in results] == ["ADMITTED"] * 3
    assert await _counts(evening) == (3, 3)
    assert await _flagged(evening) == []


async def test_a_key_of_before_opens_nothing_to_who_is_on_line(
    evening: Evening, db: asyncpg.Connection
) -> None:
    (manager,) = await make_fans(db, evening.world, 1, role="MANAGER")
    (ticket,) = await evening.tickets()
    old = await evening.code(ticket)
    await _lock_a_device_out(evening, manager)
    answer = await evening.scan(old, scannedAt=(now() - dt.timedelta(seconds=1)).isoformat())
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "TICKET003")
    assert await evening.recorded() == []


@pytest.mark.parametrize("reason", ["NOT_OPEN", "WRONG_GATE", "NO_PAPER", "EXPIRED"])
async def test_what_a_gate_had_not_heard_is_recorded_counted_and_flagged(
    evening: Evening, db: asyncpg.Connection, reason: str
) -> None:
    (ticket,) = await evening.tickets()
    await evening.code(ticket)
    made: dict[str, Any] = {"gate": "A", "scannedAt": now().isoformat()}
    at = now() - dt.timedelta(minutes=5 if reason == "EXPIRED" else 0)
    code = await evening.code_made(ticket, at=at, printed=reason == "NO_PAPER")
    if reason == "NOT_OPEN":
        await db.execute(
            "UPDATE events SET status = 'POSTPONED' WHERE id = $1", evening.world.event_id
        )
    if reason == "WRONG_GATE":
        await evening.set_rules(gates=[{"name": "B"}])
    first, second = scan(code, **made), scan(code, **made, clientId=str(uuid4()))
    for _ in range(2):
        (told,) = await evening.batch(first)
        assert (told["result"], told["ticket"]["status"]) == ("CONFLICT", "CHECKED_IN")
    assert await _counts(evening) == (1, 1), "they are inside, and counted once"
    (told,) = await evening.batch(second)
    assert told["result"] == "CONFLICT"
    assert await _counts(evening) == (1, 1), "nobody else comes in by the ticket"
    assert await _flagged(evening) == ["ALREADY_IN", reason]
    out = {"direction": "OUT", "scannedAt": now().isoformat(), "gate": "A"}
    (left,) = await evening.batch(scan(await evening.code_made(ticket, at=now()), **out))
    assert left["result"] == "LEFT", "nobody who went out was not to"
    assert await _counts(evening) == (1, 0)


async def test_on_line_all_of_it_is_refused_and_nothing_is_written(evening: Evening) -> None:
    (ticket,) = await evening.tickets()
    await evening.set_rules(gates=[{"name": "B"}])
    answer = await evening.scan(await evening.code(ticket))
    assert answer.status_code == 409
    assert await evening.recorded() == []


async def test_what_comes_late_is_counted_when_it_was_and_moves_nobody_elsewhere(
    evening: Evening,
) -> None:
    tickets = [*await evening.tickets(8), *await evening.tickets(8)]
    await evening.code(tickets[0])
    ago = now() - dt.timedelta(minutes=8)
    scans = [
        scan(
            await evening.code_made(ticket, at=ago),
            gate="A",
            scannedAt=ago.isoformat(),
        )
        for ticket in tickets
    ]
    results = await evening.batch(*scans)
    assert {each["result"] for each in results} == {"ADMITTED"}
    answer = await evening.client.get(f"{evening.path}/gates/live", headers=evening.staff.headers)
    told = answer.json()["data"]
    assert (told["admitted"], told["perMinute"]) == (16, 0)
    assert told["gates"] == [{"gate": "A", "admitted": 16, "perMinute": 0}]


async def test_flagged_entries_are_in_the_curve_and_first_as_any_other(
    evening: Evening, db: asyncpg.Connection
) -> None:
    (analyst,) = await make_fans(db, evening.world, 1, role="ANALYST")
    (ticket,) = await evening.tickets()
    await evening.set_rules(gates=[{"name": "B"}])
    code = await evening.code(ticket)
    for _ in range(2):
        await evening.batch(scan(code, gate="A", scannedAt=now().isoformat()))
    base = f"/api/v1/analytics/events/{evening.world.event_id}"
    asked = {"metric": "checkins", "bucket": "hour"}
    answer = await evening.client.get(f"{base}/timeseries", params=asked, headers=analyst.headers)
    assert [each["value"] for each in answer.json()["data"]["points"]] == [1]
    answer = await evening.client.get(
        f"{base}/replay", params={"at": now().isoformat()}, headers=analyst.headers
    )
    assert answer.json()["data"]["checkedIn"] == 1
    answer = await evening.client.get(
        f"{evening.path}/gates/conflicts", headers=evening.staff.headers
    )
    assert [each["firstGate"] for each in answer.json()["data"]] == ["A", "A"]
