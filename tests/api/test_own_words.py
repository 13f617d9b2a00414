"""An organization's own words for its messages: judged when written, used when sent."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.ids import OrganizationId
from arenapulse.core.settings import Settings
from arenapulse.notifications import service
from arenapulse.notifications.samples import sample
from arenapulse.notifications.schemas import About, To
from arenapulse.wiring import make_core, make_jobs, make_runtime
from tests.paying import worker_of
from tests.worlds import Fan, World, make_fans, make_world

API = "/api/v1"
RECEIPT = "/message-templates/receipt/de"


class House:
    def __init__(self, client: httpx.AsyncClient, world: World, manager: Fan) -> None:
        self.client, self.world, self.manager = client, world, manager

    async def ask(
        self, method: str, path: str, *, who: Fan | None = None, **given: Any
    ) -> httpx.Response:
        headers = (who or self.manager).headers | given.pop("headers", {})
        url = f"{API}/organizations/{self.world.organization_id}{path}"
        return await self.client.request(method, url, headers=headers, **given)


@pytest.fixture
async def house(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> House:
    world = await make_world(db, settings)
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    return House(client, world, manager)


async def test_words_are_written_seen_again_and_brought_back_in_versions(house: House) -> None:
    ours = (await house.ask("GET", RECEIPT)).json()["data"]
    assert (ours["version"], ours["subject"], ours["paragraphs"]) == (0, None, None)
    assert ours["preview"]["subject"] == "Deine Karten für Harbour Derby"
    assert "event.name" in {value["name"] for value in ours["values"]}
    first = await house.ask("PUT", RECEIPT, json={"subject": "Bis bald, {{ name }}"})
    assert first.status_code == 200, first.text
    assert (first.headers["etag"], first.json()["data"]["version"]) == ('"1"', 1)
    assert first.json()["data"]["preview"]["subject"] == "Bis bald, Eve Adams"
    assert "Deine Karten" in first.json()["data"]["preview"]["html"]
    second = await house.ask("PUT", RECEIPT, json={"paragraphs": ["Danke.", "{{ event.venue }}!"]})
    assert "Lantern Park!" in second.json()["data"]["preview"]["text"]
    lines = (await house.ask("GET", "/message-templates")).json()["data"]
    own = {line["template"]: line["own"] for line in lines if line["own"]}
    assert own == {"receipt": {"de": 2}}
    for _ in range(2):
        back = (await house.ask("DELETE", RECEIPT)).json()["data"]
        assert (back["version"], back["preview"]) == (0, ours["preview"])
    third = await house.ask("PUT", RECEIPT, json={"subject": "Da sind sie"})
    assert third.json()["data"]["version"] == 3
    found = (await house.ask("GET", f"{RECEIPT}/versions")).json()
    assert [(v["version"], v["subject"], v["isActive"]) for v in found["data"]] == [
        *((3, "Da sind sie", True), (2, None, False), (1, "Bis bald, {{ name }}", False)),
    ]
    assert found["meta"]["total"] == 3


@pytest.mark.asvs("V1.3.7")
@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_bad_words_get_a_clear_answer_and_change_nothing(house: House, method: str) -> None:
    path = RECEIPT if method == "PUT" else f"{RECEIPT}/preview"
    body = {"subject": "{{ nobody }}", "paragraphs": ["fine", "{% include 'secrets' %}", " "]}
    refused = await house.ask(method, path, json=body)
    assert refused.status_code == 422, refused.text
    error = refused.json()["error"]
    assert error["code"] == "VALIDATION001"
    assert [detail["field"] for detail in error["details"]] == [
        *("subject", "paragraphs.1", "paragraphs.2"),
    ]
    assert error["details"][0]["message"] == "'nobody' is undefined"
    assert [detail["reason"] for detail in error["details"]] == ["UNKNOWN_VALUE", "SYNTAX", "EMPTY"]
    for wrong in ({}, {"paragraphs": []}, {"subject": "x" * 4001}, {"html": "<b>"}):
        assert (await house.ask(method, path, json=wrong)).status_code == 422
    assert (await house.ask("GET", RECEIPT)).json()["data"]["version"] == 0


async def test_messages_about_accounts_stay_in_our_words(house: House) -> None:
    path = "/message-templates/reset/en"
    seen = await house.ask("GET", path)
    assert (seen.status_code, seen.json()["data"]["isChangeable"]) == (200, False)
    refused = await house.ask("PUT", path, json={"subject": "Click here"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT003")
    for unknown in ("/message-templates/receipt/fr", "/message-templates/nothing/en"):
        assert (await house.ask("GET", unknown)).status_code == 404


async def test_two_who_write_at_once_overwrite_nothing_unseen(
    house: House, db: asyncpg.Connection
) -> None:
    def write(subject: str, version: int | None) -> Any:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return house.ask("PUT", RECEIPT, json={"subject": subject}, headers=headers)

    answers = await asyncio.gather(*(write(f"No. {n}", 0) for n in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 5]
    answers = await asyncio.gather(*(write(f"No. {n}", None) for n in range(6)))
    assert sorted(answer.json()["data"]["version"] for answer in answers) == [*range(2, 8)]
    in_use = await db.fetchval(
        "SELECT count(*) FROM template_overrides WHERE organization_id = $1 AND is_active",
        house.world.organization_id,
    )
    assert in_use == 1


async def test_who_is_no_manager_sees_and_writes_nothing(
    house: House, db: asyncpg.Connection, settings: Settings
) -> None:
    (staff,) = await make_fans(db, house.world, 1, role="STAFF")
    (stranger,) = await make_fans(db, await make_world(db, settings), 1, role="OWNER")
    for who, status in ((staff, 403), (stranger, 404)):
        for method, path, body in (
            *(("GET", RECEIPT, None), ("GET", "/message-templates", None)),
            *(("PUT", RECEIPT, {"subject": "Mine"}), ("DELETE", RECEIPT, None)),
        ):
            assert (await house.ask(method, path, who=who, json=body)).status_code == status


async def test_a_mail_goes_out_in_them_and_in_ours_where_they_fail(
    house: House, db: asyncpg.Connection, settings: Settings
) -> None:
    # A reader of German in Austria reads the German words.
    await house.ask("PUT", RECEIPT, json={"subject": "{{ order.discount | money: 'EUR' }} gespart"})
    core = make_core(make_runtime(settings))
    jobs = make_jobs(core)
    sent: dict[str, UUID] = {}
    complete, without = sample("receipt"), sample("receipt")
    del without["order"]["discount"]
    async with core.runtime.database.transaction() as session:
        for who, values in (("complete", complete), ("without", without)):
            email = f"{who}-{uuid4().hex}@fans.test"
            sent[email] = uuid4()
            await service.tell(
                session,
                template="receipt",
                to=To(email=email, name="Eve", locale="de-AT"),
                values=values,
                key=str(sent[email]),
                about=About(organization_id=OrganizationId(house.world.organization_id)),
            )
    said = []
    async with worker_of(settings), asyncio.timeout(10):
        for email in sent:
            while True:
                subject = await db.fetchval(
                    "SELECT subject FROM sandbox_messages WHERE recipient = $1", email
                )
                if subject is not None:
                    break
                await asyncio.sleep(0.02)
            said.append(subject)
    await jobs.close()
    await core.runtime.database.close()
    await core.runtime.redis.aclose()
    assert said == ["€\u00a05,00 gespart", "Deine Karten für Harbour Derby"]
