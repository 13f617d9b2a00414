"""Devices of a gate: known by a code, told what they need, locked out; what gates keep secret."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.answers import code as code_of
from tests.gates import Evening, make_evening
from tests.logged import logged
from tests.worlds import make_fans


@pytest.fixture
async def evening(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Evening:
    return await make_evening(client, db, settings)


async def test_a_device_gets_the_gate_key_and_a_lost_one_is_locked_out(
    evening: Evening, db: asyncpg.Connection
) -> None:
    (manager,) = await make_fans(db, evening.world, 1, role="MANAGER")
    path = f"{evening.path}/gates/devices"
    assert code_of(
        await evening.client.post(path, json={"name": "Lane 2"}, headers=evening.staff.headers)
    ) == (403, "AUTH004")
    made = await evening.client.post(path, json={"name": "Lane 2"}, headers=manager.headers)
    assert made.status_code == 201, made.text
    code = made.json()["data"]["code"]
    assert made.json()["data"]["url"].endswith(f"/gate/{evening.world.event_id}#device={code}")
    known = await evening.client.post("/api/v1/gate-devices", json={"code": code})
    assert known.status_code == 200, known.text
    device, secret = known.json()["data"]["deviceId"], known.json()["data"]["secret"]
    again = await evening.client.post("/api/v1/gate-devices", json={"code": code})
    assert code_of(again) == (404, "NOTFOUND001")
    (ticket,) = await evening.tickets()
    before = await evening.code(ticket)
    manifest = await evening.manifest(**{"X-Gate-Device": secret})
    assert len(manifest["gateKey"]) == 43
    assert manifest["tickets"][0]["name"] == "Fan"
    gone = await evening.client.delete(f"{path}/{device}", headers=manager.headers)
    assert gone.status_code == 200, gone.text
    of = await logged(db, "gate_device.ended", subject=evening.world.event_id)
    assert of == evening.world.organization_id
    refused = await evening.client.get(
        f"{evening.path}/checkins/manifest",
        headers=evening.staff.headers | {"X-Gate-Device": secret},
    )
    assert code_of(refused) == (403, "AUTH004")
    assert code_of(await evening.scan(before, deviceId=device)) == (403, "AUTH004")
    assert await evening.recorded() == []
    listed = await evening.client.get(path, headers=evening.staff.headers)
    assert [each["revoked"] for each in listed.json()["data"]] == [True]
    assert (await evening.keys()).gate_key != manifest["gateKey"]
    assert (await evening.manifest())["keyGeneration"] == 2


async def test_by_name_somebody_at_the_gate_lets_a_ticket_in(evening: Evening) -> None:
    (ticket,) = await evening.tickets()
    assert (await evening.scan(None, ticketId=ticket)).status_code == 200
    both = await evening.scan("AP1", ticketId=ticket)
    assert code_of(both) == (422, "VALIDATION001")
    assert code_of(await evening.scan(None, ticketId=str(uuid4()))) == (404, "TICKET001")


async def test_nothing_secret_stands_in_the_table_of_keys(evening: Evening) -> None:
    (ticket,) = await evening.tickets()
    await evening.code(ticket)
    sealed = await evening.db.fetchval(
        "SELECT sealed FROM event_keys WHERE event_id = $1", evening.world.event_id
    )
    assert (await evening.keys()).gate_key not in sealed
