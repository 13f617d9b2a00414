"""Devices of a gate: known by a code, told what they need, locked out; what gates keep secret."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.answers import code as code_of
from tests.gates import Evening, make_evening, scan
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
    (other,) = await make_fans(db, evening.world, 1, role="STAFF")
    assert (await evening.manifest(**other.headers))["keyGeneration"] == 2


async def test_a_locked_out_device_scans_under_no_other_name_until_it_is_registered_anew(
    evening: Evening, db: asyncpg.Connection
) -> None:
    (manager,) = await make_fans(db, evening.world, 1, role="MANAGER")
    (other,) = await make_fans(db, evening.world, 1, role="STAFF")
    path = f"{evening.path}/gates/devices"

    async def registered(**headers: str) -> tuple[str, str]:
        made = await evening.client.post(path, json={"name": "Lane"}, headers=manager.headers)
        known = await evening.client.post(
            "/api/v1/gate-devices", json={"code": made.json()["data"]["code"]}, headers=headers
        )
        assert known.status_code == 200, known.text
        return known.json()["data"]["deviceId"], known.json()["data"]["secret"]

    device, secret = await registered()
    await evening.manifest(**{"X-Gate-Device": secret})
    tickets = await evening.tickets(4)
    assert (await evening.scan(None, ticketId=tickets[0], deviceId="free-text")).status_code == 200
    gone = await evening.client.delete(f"{path}/{device}", headers=manager.headers)
    assert gone.status_code == 200, gone.text

    async def until_refused() -> None:
        async with asyncio.timeout(2):
            while True:
                answer = await evening.scan("AP1", deviceId="another-name")
                if code_of(answer) == (403, "AUTH004"):
                    return

    await until_refused()
    for refused in (
        await evening.scan(None, ticketId=tickets[1], deviceId="another-name"),
        await evening.client.post(
            f"{evening.path}/checkins/batch",
            json={"checkins": [scan(None, ticketId=tickets[1], deviceId="a-third-one")]},
            headers=evening.staff.headers,
        ),
        await evening.client.get(
            f"{evening.path}/checkins/manifest", headers=evening.staff.headers
        ),
    ):
        assert code_of(refused) == (403, "AUTH004")
    assert await evening.recorded() == [("ADMITTED", "A")]
    assert (await evening.scan(None, ticketId=tickets[1], who=other)).status_code == 200

    # It was found under a seat: a new code, and it scans again at once.
    await registered(**evening.staff.headers)
    again = await evening.scan(None, ticketId=tickets[2], deviceId="free-text")
    assert again.status_code == 200, again.text


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
