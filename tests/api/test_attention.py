"""What needs somebody's hand at an event, read from the tables through HTTP."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from tests.paying import DECLINED, hold
from tests.worlds import Fan, Place, World, make_fans, make_world


async def worries(client: httpx.AsyncClient, world: World, by: Fan) -> list[dict[str, Any]]:
    path = f"/api/v1/analytics/events/{world.event_id}/attention"
    answer = await client.get(path, headers=by.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["worries"]


async def test_each_sign_is_read_from_its_table_and_of_this_event_alone(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(40), Place(20, amount=9900, fee=0)))
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    assert await worries(client, world, analyst) == []

    for fan in await make_fans(db, world, 12):
        await hold(client, fan, world, token=DECLINED)
    mine = "order_id IN (SELECT id FROM orders WHERE event_id = $1)"
    await db.execute(
        f"UPDATE charges SET status = 'DECLINED', due_at = NULL WHERE {mine}", world.event_id
    )
    (clerk,) = await make_fans(db, world, 1, role="STAFF")
    for quantity in (10, 9):
        body = world.order(1, quantity=quantity, paymentMethod={"type": "box_office"})
        sold = await client.post("/api/v1/orders", json=body, headers=clerk.headers)
        assert sold.status_code == 201, sold.text
    (slow,) = await make_fans(db, world, 1)
    order = (await hold(client, slow, world, token=DECLINED))["orderId"]
    await db.execute(
        "UPDATE charges SET created_at = created_at - interval '6 minutes' WHERE order_id = $1",
        order,
    )
    await db.execute(
        "INSERT INTO webhook_endpoints (id, organization_id, url, events, secret, made_by,"
        " created_at, paused_at, pause_reason)"
        " VALUES ($1, $2, 'https://club.example/hook', '{order.confirmed}', '', $3, now(), now(),"
        " 'FAILING')",
        *(uuid4(), world.organization_id, analyst.user_id),
    )
    await db.execute(
        "INSERT INTO gate_devices (id, event_id, organization_id, name, gate, secret_hash, made_by,"
        " created_at, expires_at, registered_at, seen_at)"
        " VALUES ($1, $2, $3, 'Scanner 4', 'C', sha256(uuid_send($1)), $4, now(), now(), now(),"
        " now() - interval '6 minutes')",
        *(uuid4(), world.event_id, world.organization_id, analyst.user_id),
    )
    found = await worries(client, world, analyst)
    assert [(each["kind"], each["level"], each["count"], each["of"]) for each in found] == [
        ("PAYMENTS_FAILING", "no", 12, 12),
        ("PAYMENTS_SLOW", "warn", 1, None),
        ("DEVICES_SILENT", "warn", 1, None),
        ("WEBHOOKS_PAUSED", "warn", 1, None),
        ("SECTION_NEARLY_SOLD", "info", 1, 20),
    ]
    assert found[2]["name"] == "C"
    assert found[4]["sectionId"] == str(world.section_ids[1])

    other = await make_world(db, settings)
    (stranger,) = await make_fans(db, other, 1, role="ANALYST")
    assert await worries(client, other, stranger) == []
    path = f"/api/v1/analytics/events/{world.event_id}/attention"
    hidden = await client.get(path, headers=stranger.headers)
    assert (hidden.status_code, hidden.json()["error"]["code"]) == (404, "EVENT001")
    refused = await client.get(path, headers=clerk.headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTH004")
