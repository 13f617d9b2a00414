"""What an organization sees of its messages; what nobody else does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.ids import EventId, OrderId, OrganizationId, UserId
from arenapulse.core.settings import Settings
from arenapulse.notifications import service
from arenapulse.notifications.samples import sample
from arenapulse.notifications.schemas import About, To
from arenapulse.runtime.db import SERVICE
from arenapulse.wiring import make_core, make_jobs, make_runtime
from tests.logged import logged
from tests.paying import hold, worker_of
from tests.worlds import Fan, World, make_fans, make_world

API = "/api/v1"


@dataclass
class House:
    """An order of a club, with what was told about it, and a worker that sends."""

    client: httpx.AsyncClient
    db: asyncpg.Connection
    world: World
    fan: Fan
    manager: Fan
    admin: Fan
    order_id: str
    tell: Callable[..., Awaitable[UUID]]

    async def get(self, path: str, who: Fan | None = None) -> httpx.Response:
        return await self.client.get(f"{API}{path}", headers=(who or self.manager).headers)

    async def becomes(self, message_id: UUID, wanted: str) -> None:
        deadline = time.monotonic() + 30
        while True:
            found = await self.db.fetchval(
                "SELECT status::TEXT FROM messages WHERE id = $1", message_id
            )
            if found == wanted:
                return
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.02)


@pytest.fixture
async def house(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> AsyncIterator[House]:
    world = await make_world(db, settings)
    (fan,) = await make_fans(db, world, 1)
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    (admin,) = await make_fans(db, world, 1, platform="ADMIN")
    order = await hold(client, fan, world)
    core = make_core(make_runtime(settings, actor=SERVICE))
    jobs = make_jobs(core)

    async def tell(template: str = "receipt", *, email: str, **values: Any) -> UUID:
        async with core.runtime.database.transaction() as session:
            await service.tell(
                session,
                template=template,
                to=To(email=email, name="Eve", user_id=UserId(fan.user_id)),
                values=sample(template) | values,
                key=str(uuid4()),
                about=About(
                    organization_id=OrganizationId(world.organization_id),
                    event_id=EventId(world.event_id),
                    order_id=OrderId(UUID(order["orderId"])),
                ),
            )
        found: UUID = await db.fetchval(
            "SELECT id FROM messages WHERE recipient = $1 ORDER BY id DESC LIMIT 1", email
        )
        return found

    async with worker_of(settings):
        yield House(client, db, world, fan, manager, admin, order["orderId"], tell)
    await jobs.close()
    await core.runtime.database.close()
    await core.runtime.redis.aclose()


def address(tag: str = "") -> str:
    return f"eve-{uuid4().hex}{tag}@fans.test"


async def suppress(house: House, email: str, reason: str, message_id: UUID) -> UUID:
    made: UUID = await house.db.fetchval(
        "INSERT INTO suppressions (id, channel, address, reason, message_id, created_at)"
        " VALUES ($1, 'EMAIL', $2, $3, $4, now()) RETURNING id",
        *(uuid4(), email, reason, message_id),
    )
    return made


async def test_what_was_told_about_an_order_is_seen_by_its_managers(house: House) -> None:
    email = address()
    told = await house.tell(email=email)
    await house.becomes(told, "SENT")
    answer = await house.get(f"/orders/{house.order_id}/messages")
    assert answer.status_code == 200, answer.text
    shown = answer.json()["data"][0]
    assert shown.keys() == {
        *("messageId", "channel", "template", "locale", "to", "status", "errorCode"),
        *("segments", "createdAt", "sentAt", "updatedAt"),
    }
    assert (shown["messageId"], shown["channel"], shown["template"]) == (
        *(str(told), "EMAIL", "receipt"),
    )
    assert (shown["to"], shown["status"], shown["errorCode"]) == (email, "SENT", None)


async def test_nobody_else_sees_them(house: House, settings: Settings) -> None:
    path = f"/orders/{house.order_id}/messages"
    (staff,) = await make_fans(house.db, house.world, 1, role="STAFF")
    stranger_world = await make_world(house.db, settings)
    (stranger,) = await make_fans(house.db, stranger_world, 1, role="OWNER")
    for who, refused in [
        (house.fan, (403, "AUTH004")),
        (staff, (403, "AUTH004")),
        (stranger, (404, "ORDER001")),
    ]:
        answer = await house.get(path, who)
        assert (answer.status_code, answer.json()["error"]["code"]) == refused


async def test_a_receipt_is_sent_again_once_for_a_key(house: House) -> None:
    email = address()
    told = await house.tell(email=email)
    await house.becomes(told, "SENT")
    path = f"{API}/orders/{house.order_id}/messages/{told}/resend"
    headers = house.manager.headers | {"Idempotency-Key": str(uuid4())}
    answers = [await house.client.post(path, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    of = await logged(house.db, "message.resend", subject=house.order_id)
    assert of == house.world.organization_id
    again = UUID(answers[0].json()["data"]["messageId"])
    await house.becomes(again, "SENT")
    took = await house.db.fetchval(
        "SELECT count(*) FROM sandbox_messages WHERE recipient = $1", email
    )
    assert took == 2


async def test_a_message_with_a_link_for_one_use_is_not_repeated(house: House) -> None:
    told = await house.tell("transfer_offered", email=address())
    await house.becomes(told, "SENT")
    for message_id, refused in [(told, (409, "CONFLICT003")), (uuid4(), (404, "NOTFOUND001"))]:
        answer = await house.client.post(
            f"{API}/orders/{house.order_id}/messages/{message_id}/resend",
            headers=house.manager.headers,
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == refused


async def test_an_address_that_bounced_is_seen_and_lifted_by_who_wrote_to_it(
    house: House, settings: Settings
) -> None:
    email = address("+bounce")
    first = await house.tell(email=email)
    await house.becomes(first, "SENT")
    await suppress(house, email, "BOUNCE", first)
    path = f"/organizations/{house.world.organization_id}/suppressions"
    (shown,) = (await house.get(path)).json()["data"]
    assert (shown["address"], shown["reason"], shown["channel"]) == (email, "BOUNCE", "EMAIL")
    await house.becomes(await house.tell(email=email), "SUPPRESSED")
    stranger_world = await make_world(house.db, settings)
    (stranger,) = await make_fans(house.db, stranger_world, 1, role="OWNER")
    for who, where, refused in [
        (stranger, path, (404, "NOTFOUND001")),
        (
            stranger,
            f"/organizations/{stranger_world.organization_id}/suppressions",
            (404, "NOTFOUND001"),
        ),
        (house.fan, path, (404, "NOTFOUND001")),
    ]:
        answer = await house.client.delete(
            f"{API}{where}/{shown['suppressionId']}", headers=who.headers
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == refused
    lifted = await house.client.delete(
        f"{API}{path}/{shown['suppressionId']}", headers=house.manager.headers
    )
    assert lifted.status_code == 200
    of = await logged(house.db, "suppression.lift", subject=shown["suppressionId"])
    assert of == house.world.organization_id
    assert (await house.get(path)).json()["data"] == []
    deadline = time.monotonic() + 30
    # SendGrid itself forgets the address too, and only then it is over.
    while await house.db.fetchval("SELECT count(*) FROM suppressions WHERE address = $1", email):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    await house.becomes(await house.tell(email=email), "SENT")


async def test_who_only_tries_to_write_learns_and_lifts_nothing(
    house: House, settings: Settings
) -> None:
    email = address("+complained")
    first = await house.tell(email=email)
    await house.becomes(first, "SENT")
    suppression = await suppress(house, email, "COMPLAINT", first)
    theirs = await make_world(house.db, settings)
    (stranger,) = await make_fans(house.db, theirs, 1, role="OWNER")
    organization = f"/organizations/{theirs.organization_id}"
    invited = await house.client.post(
        f"{API}{organization}/members",
        json={"email": email, "role": "STAFF"},
        headers=stranger.headers,
    )
    assert invited.status_code == 201, invited.text
    tried = await house.db.fetchval(
        "SELECT id FROM messages WHERE recipient = $1 AND template = 'invitation'", email
    )
    await house.becomes(tried, "SUPPRESSED")
    # Any other message to there ends the same way, and tells as little.
    await house.db.execute("UPDATE messages SET template = 'receipt' WHERE id = $1", tried)
    assert (await house.get(f"{organization}/suppressions", stranger)).json()["data"] == []
    path = f"{API}{organization}/suppressions/{suppression}"
    answer = await house.client.delete(path, headers=stranger.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOTFOUND001")
    assert await house.db.fetchval(
        "SELECT lifted_at IS NULL FROM suppressions WHERE id = $1", suppression
    )


@pytest.mark.parametrize(
    ("reason", "status"), [("COMPLAINT", 409), ("STOPPED", 409), ("BOUNCE", 200)]
)
async def test_a_complaint_about_anothers_message_is_not_ones_own_to_lift(
    house: House, settings: Settings, reason: str, status: int
) -> None:
    email = address(f"+{reason.lower()}")
    first = await house.tell(email=email)
    await house.becomes(first, "SENT")
    other = await make_world(house.db, settings)
    (owner,) = await make_fans(house.db, other, 1, role="OWNER")
    # The other organization wrote to them before, as ours did.
    await house.db.execute(
        "UPDATE messages SET organization_id = $2 WHERE id = $1", first, other.organization_id
    )
    second = await house.tell(email=email)
    await house.becomes(second, "SENT")
    suppression = await suppress(house, email, reason, second)
    path = f"/organizations/{other.organization_id}/suppressions"
    (shown,) = (await house.get(path, owner)).json()["data"]
    assert (shown["address"], shown["reason"]) == (email, reason)
    lift = f"{API}{path}/{suppression}"
    answer = await house.client.delete(lift, headers=owner.headers)
    assert answer.status_code == status, answer.text
    if status == 409:
        assert answer.json()["error"]["code"] == "CONFLICT003"
        assert (await house.client.delete(lift, headers=house.admin.headers)).status_code == 200


async def test_the_outbox_shows_administrators_what_the_twins_took(house: House) -> None:
    email = address()
    url = "https://arena.test/reset?token=a-token"
    await house.becomes(await house.tell("reset", email=email, url=url), "SENT")
    await house.becomes(await house.tell(email=email), "SENT")
    answer = await house.get(f"/sandbox/outbox?to={email}", house.admin)
    assert answer.status_code == 200, answer.text
    newest, oldest = answer.json()["data"]
    assert [newest["template"], oldest["template"]] == ["receipt", "reset"]
    assert oldest.keys() == {"id", "channel", "to", "template", "subject", "text", "links", "at"}
    assert (oldest["channel"], oldest["to"]) == ("email", email)
    assert oldest["links"] == [{"rel": "reset", "url": url, "token": "a-token"}]
    assert url in oldest["text"]
    refused = await house.get("/sandbox/outbox", house.manager)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTH004")


async def test_the_outbox_goes_on_behind_its_cursor(house: House) -> None:
    email = address()
    await house.db.execute(
        "INSERT INTO sandbox_messages (id, vendor, vendor_id, recipient, template, subject, body,"
        " html, headers, taken_at) SELECT gen_random_uuid(), 'twilio', gen_random_uuid()::TEXT,"
        " $1, '', '', n::TEXT, '', '{}', now() FROM generate_series(1, 60) n",
        email,
    )
    first = (await house.get(f"/sandbox/outbox?to={email}", house.admin)).json()
    assert [row["text"] for row in first["data"]] == [str(n) for n in range(60, 10, -1)]
    cursor = first["meta"]["nextCursor"]
    rest = (await house.get(f"/sandbox/outbox?to={email}&cursor={cursor}", house.admin)).json()
    assert [row["text"] for row in rest["data"]] == [str(n) for n in range(10, 0, -1)]
    assert rest["data"][0]["channel"] == "sms"
    assert "meta" not in rest or "nextCursor" not in rest["meta"]
