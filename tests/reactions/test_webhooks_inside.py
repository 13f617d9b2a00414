"""Webhooks lead nowhere that is ours, and whoever may manages them."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from arenapulse.webhooks.outbound import Caller
from tests.conftest import TestEngines, settings_for
from tests.factories import another_process
from tests.reactions.receivers import JSON, Desk, Receiver, open_desk, receiving
from tests.worlds import Fan, make_fans


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def desk(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Desk]:
    settings = settings_for(fresh_database_url, engines.redis_url, webhook_allow_private=True)
    async with open_desk(settings) as made:
        yield made


@contextlib.asynccontextmanager
async def open_strict(desk: Desk) -> AsyncIterator[Any]:
    async with another_process(desk.shop.settings, webhook_allow_private=False) as client:
        yield client


@pytest.mark.asvs("V1.3.6", "V15.3.2")
async def test_no_redirect_is_followed(desk: Desk, receiver: Receiver) -> None:
    async with receiving() as inside:
        receiver.answer, receiver.location = (lambda: 302), inside.url
        made = await desk.make(receiver.url)
        await desk.sell()
        await desk.deliver()
        assert inside.heard == []
    shown = (await desk.deliveries(made["id"]))["data"][0]
    assert [attempt["status"] for attempt in shown["attempts"]] == [302]
    assert shown["status"] == "PENDING"


@pytest.mark.asvs("V1.3.6")
@pytest.mark.parametrize(
    "answers",
    [
        [["127.0.0.1"]],
        [["10.1.2.3"]],
        [["169.254.169.254"]],
        [["::ffff:127.0.0.1"]],
        # Judged public when it was made, private when it is called: DNS rebinding.
        [["93.184.216.34"], ["127.0.0.1"]],
    ],
)
async def test_a_name_that_leads_inside_is_never_connected_to(
    desk: Desk, receiver: Receiver, answers: list[list[str]]
) -> None:
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        del port
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    port = receiver.url.split(":")[2]
    made = await desk.make(f"http://rebinding.test:{port}")
    caller = Caller(allow_private=False, lookup=lookup)
    if len(answers) > 1:
        assert not await caller.is_refused("rebinding.test", 80)
    await desk.sell()
    await desk.react()
    await desk.caller(caller).drain()
    assert receiver.heard == []
    shown = (await desk.deliveries(made["id"]))["data"][0]
    assert [each["error"] for each in shown["attempts"]] == ["address_refused"]
    assert set(asked) == {"rebinding.test"}


async def test_an_address_that_leads_inside_is_never_connected_to(
    desk: Desk, receiver: Receiver
) -> None:
    port = receiver.url.split(":")[2]
    for url in (f"http://127.0.0.1:{port}", f"http://[::ffff:127.0.0.1]:{port}"):
        attempt = await Caller(allow_private=False).post(url, body=b"{}", headers={})
        assert (attempt.status, attempt.error) == (None, "address_refused")
    assert receiver.heard == []


async def test_managers_alone_and_of_this_organization(desk: Desk, receiver: Receiver) -> None:
    made = await desk.make(receiver.url)
    (staff,) = await make_fans(desk.shop.db, desk.shop.world, 1, role="STAFF")
    (stranger,) = await make_fans(desk.shop.db, desk.shop.world, 1)

    async def answers(person: Fan) -> set[tuple[int, str]]:
        client, one = desk.shop.client, f"{desk.path}/{made['id']}"
        body = {"url": receiver.url, "events": ["event.status"]}
        found = [
            await client.get(desk.path, headers=person.headers),
            await client.post(desk.path, json=body, headers=person.headers),
            await client.patch(one, json={"paused": True}, headers=person.headers),
            await client.get(f"{one}/deliveries", headers=person.headers),
            await client.delete(one, headers=person.headers),
        ]
        return {(each.status_code, each.json()["error"]["code"]) for each in found}

    assert await answers(staff) == {(403, "AUTH004")}
    assert await answers(stranger) == {(404, "NOTFOUND001")}
    assert (await desk.one(made["id"]))["pausedAt"] is None


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/x", "http://localhost/x", "http://169.254.169.254/latest/meta-data"),
        *("http://[::1]/x", "http://[::ffff:10.0.0.1]/x", "http://2130706433/x", "http://0/x"),
        *("https://10.0.0.1/x", "https://user:word@93.184.216.34/", "ftp://93.184.216.34/"),
    ],
)
async def test_what_leads_inside_is_refused_when_it_is_made_or_changed(
    desk: Desk, url: str, fresh_database_url: str, engines: TestEngines
) -> None:
    made = await desk.make("https://93.184.216.34/x")
    async with open_strict(desk) as client:
        body = {"url": url, "events": ["event.status"]}
        for answer in (
            await client.post(desk.path, json=body, headers=desk.shop.manager.headers),
            await client.patch(
                f"{desk.path}/{made['id']}", json={"url": url}, headers=desk.shop.manager.headers
            ),
        ):
            assert answer.status_code == 422, answer.text
            assert answer.json()["error"]["details"][0]["field"] == "url"
    listed = await desk.shop.client.get(desk.path, headers=desk.shop.manager.headers)
    assert [each["url"] for each in listed.json()["data"]] == ["https://93.184.216.34/x"]


async def test_a_key_signs_what_it_changes(desk: Desk, receiver: Receiver) -> None:
    (owner,) = await make_fans(desk.shop.db, desk.shop.world, 1, role="OWNER")
    keys = f"/api/v1/organizations/{desk.shop.world.organization_id}/api-keys"
    made = await desk.shop.client.post(
        keys, json={"name": "CRM", "role": "MANAGER"}, headers=owner.headers
    )
    key = made.json()["data"]
    bearer = {"Authorization": f"Bearer {key['key']}"}
    body = json.dumps({"url": receiver.url, "events": ["event.status"]})
    unsigned = await desk.shop.client.post(desk.path, content=body, headers=bearer | JSON)
    assert (unsigned.status_code, unsigned.json()["error"]["code"]) == (401, "SIGN001")
    at = int(dt.datetime.now(dt.UTC).timestamp())
    text = f"{at}.nonce-one.POST.{desk.path}.{body}"
    digest = hmac.new(key["signingSecret"].encode(), text.encode(), hashlib.sha256).hexdigest()
    signed = bearer | {"X-Signature": f"t={at},n=nonce-one,v1={digest}"}
    taken = await desk.shop.client.post(desk.path, content=body, headers=signed | JSON)
    assert taken.status_code == 201, taken.text
    listed = await desk.shop.client.get(desk.path, headers=bearer)
    assert [each["id"] for each in listed.json()["data"]] == [taken.json()["data"]["id"]]
