"""Named tickets and an organizer's own questions: asked, answered, kept to oneself, exported."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.questions.service import forget_unsold
from arenapulse.runtime.db import SERVICE, Database
from arenapulse.runtime.jobs import Registry
from arenapulse.wiring import job_registries, make_core, make_runtime
from tests.answers import code as code_of
from tests.factories import PASSWORD, register
from tests.gates import API, Evening, make_evening
from tests.worlds import Fan, Place, make_fans

SHIRT = {"text": "Shirt size", "kind": "CHOICE", "scope": "TICKET", "options": ["S", "M", "L"]}
DIET = {"text": "What do you not eat?", "kind": "TEXT", "scope": "TICKET", "lengthMax": 20}
TERMS = {"text": "I know the rules of the house", "kind": "CHECKBOX", "scope": "ORDER"}
CARS = {"text": "Cars", "kind": "NUMBER", "scope": "ORDER", "minimum": 0, "maximum": 3}


@dataclass(frozen=True)
class Asked:
    """An event that asks, and whoever may change what it asks."""

    evening: Evening
    manager: Fan
    ids: dict[str, str]

    async def call(self, who: Fan, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.evening.client.request(
            method, f"{API}{path}", json=body, headers=who.headers
        )

    async def ask(self, *questions: dict[str, Any], **form: Any) -> httpx.Response:
        body = {"holderNames": True, "questions": list(questions), **form}
        path = f"/events/{self.evening.world.event_id}/questions"
        return await self.call(self.manager, "PUT", path, body)

    async def order(self, many: int = 1, *, type_: str = "free") -> tuple[str, list[str]]:
        body = self.evening.world.order(quantity=many, paymentMethod={"type": type_})
        answer = await self.call(self.evening.fan, "POST", "/orders", body)
        assert answer.status_code == 201, answer.text
        data = answer.json()["data"]
        return data["orderId"], [each["ticketId"] for each in data["tickets"]]


@pytest.fixture
async def asked(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Asked:
    evening = await make_evening(client, db, settings)
    (manager,) = await make_fans(db, evening.world, 1, role="MANAGER")
    made = Asked(evening, manager, {})
    answer = await made.ask(SHIRT | {"required": True}, DIET, TERMS | {"required": True}, CARS)
    assert answer.status_code == 200, answer.text
    made.ids.update(
        zip(
            ("shirt", "diet", "terms", "cars"),
            (each["id"] for each in answer.json()["data"]["questions"]),
            strict=True,
        )
    )
    return made


async def test_who_sees_the_event_sees_what_is_asked(asked: Asked) -> None:
    path = f"{API}/events/{asked.evening.world.event_id}/questions"
    answer = await asked.evening.client.get(path)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert (data["holderNames"], data["answersUntil"]) == (True, None)
    assert [(each["kind"], each["required"], each["retired"]) for each in data["questions"]] == [
        ("CHOICE", True, False),
        ("TEXT", False, False),
        ("CHECKBOX", True, False),
        ("NUMBER", False, False),
    ]
    other = await asked.call(asked.evening.staff, "PUT", path.removeprefix(API), {})
    assert code_of(other) == (403, "AUTH004")


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (SHIRT | {"options": ["S"]}, "questions.0.options"),
        (SHIRT | {"options": ["S", "ｓ"]}, "questions.0.options"),
        (DIET | {"options": ["S", "M"]}, "questions.0.options"),
        (CARS | {"lengthMax": 5}, "questions.0.lengthMax"),
        (CARS | {"minimum": 4}, "questions.0.maximum"),
        (CARS | {"id": str(uuid4())}, "questions.0.id"),
        (TERMS | {"text": " "}, "questions.0.text"),
        (TERMS | {"kind": "DATE"}, "questions.0.kind"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    asked: Asked, question: dict[str, Any], field: str
) -> None:
    refused = await asked.ask(question)
    assert code_of(refused) == (422, "VALIDATION001")
    assert [each["field"] for each in refused.json()["error"]["details"]] == [field]
    path = f"/events/{asked.evening.world.event_id}/questions"
    kept = (await asked.call(asked.manager, "GET", path)).json()["data"]["questions"]
    assert [each["id"] for each in kept] == list(asked.ids.values())


async def test_a_hold_is_answered_before_it_is_paid(asked: Asked) -> None:
    order, (ticket, other) = await asked.order(2, type_="card")
    path, ids = f"/orders/{order}/answers", asked.ids
    fan = asked.evening.fan
    before = (await asked.call(fan, "GET", path)).json()["data"]
    assert (before["open"], before["complete"], before["answers"]) == (True, False, {})
    assert [each["ticketId"] for each in before["tickets"]] == [ticket, other]
    mine = {"ticketId": ticket, "name": "Ada Kowalski", "answers": {ids["shirt"]: "M"}}
    body = {"answers": {ids["terms"]: True, ids["cars"]: 2}, "tickets": [mine]}
    kept = await asked.call(fan, "PUT", path, body)
    assert kept.status_code == 200, kept.text
    # Of the other ticket it is not known who comes: it stays open.
    assert kept.json()["data"]["complete"] is False
    theirs = mine | {"ticketId": other, "name": "Björn", "answers": {ids["shirt"]: "S"}}
    whole = (await asked.call(fan, "PUT", path, {"tickets": [theirs]})).json()["data"]
    assert whole["complete"] is True
    assert whole["answers"] == {ids["terms"]: True, ids["cars"]: 2}
    assert [(each["name"], each["answers"]) for each in whole["tickets"]] == [
        ("Ada Kowalski", {ids["shirt"]: "M"}),
        ("Björn", {ids["shirt"]: "S"}),
    ]
    seen = await asked.call(asked.manager, "GET", path)
    assert seen.json()["data"]["tickets"] == whole["tickets"]


async def test_an_answer_that_does_not_fit_changes_nothing(asked: Asked) -> None:
    order, (ticket,) = await asked.order()
    path, ids, fan = f"/orders/{order}/answers", asked.ids, asked.evening.fan
    right = {"ticketId": ticket, "name": "Ada", "answers": {ids["shirt"]: "M"}}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"answers": {}}, f"answers.{ids['terms']}"),
        ({"answers": {ids["terms"]: False}}, f"answers.{ids['terms']}"),
        ({"answers": {ids["terms"]: 1}}, f"answers.{ids['terms']}"),
        ({"answers": {ids["terms"]: True, ids["cars"]: 4}}, f"answers.{ids['cars']}"),
        ({"answers": {ids["terms"]: True, ids["cars"]: True}}, f"answers.{ids['cars']}"),
        ({"answers": {ids["terms"]: True, ids["shirt"]: "M"}}, f"answers.{ids['shirt']}"),
        ({"tickets": [right | {"name": None}]}, "tickets.0.name"),
        ({"tickets": [right | {"answers": {}}]}, f"tickets.0.answers.{ids['shirt']}"),
        (
            {"tickets": [right | {"answers": {ids["shirt"]: "XL"}}]},
            f"tickets.0.answers.{ids['shirt']}",
        ),
        (
            {"tickets": [right | {"answers": {ids["shirt"]: "M", ids["diet"]: "x" * 21}}]},
            f"tickets.0.answers.{ids['diet']}",
        ),
        ({"tickets": [right, right]}, "tickets.1.ticketId"),
        ({"tickets": [right | {"ticketId": str(uuid4())}]}, "tickets.0.ticketId"),
    ]
    for body, field in wrong:
        refused = await asked.call(fan, "PUT", path, body)
        assert code_of(refused) == (422, "VALIDATION001"), body
        assert [each["field"] for each in refused.json()["error"]["details"]] == [field]
    for written in (1.5, "x" * 2_001, [1], None):
        refused = await asked.call(fan, "PUT", path, {"answers": {ids["diet"]: written}})
        assert code_of(refused) == (422, "VALIDATION001"), written
    left = (await asked.call(fan, "GET", path)).json()["data"]
    assert (left["answers"], left["tickets"][0]["name"]) == ({}, None)


async def test_after_the_deadline_only_the_organizer_mends_answers(asked: Asked) -> None:
    order, (ticket,) = await asked.order()
    shirt = SHIRT | {"id": asked.ids["shirt"]}
    past = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)).isoformat()
    assert (await asked.ask(shirt, answersUntil=past)).status_code == 200
    body = {"tickets": [{"ticketId": ticket, "name": "Ada"}]}
    path = f"/orders/{order}/answers"
    assert code_of(await asked.call(asked.evening.fan, "PUT", path, body)) == (409, "CONFLICT003")
    late = await asked.call(asked.evening.fan, "PUT", f"/tickets/{ticket}/answers", {"name": "A"})
    assert code_of(late) == (409, "CONFLICT003")
    assert (await asked.call(asked.manager, "PUT", path, body)).status_code == 200
    shown = (await asked.call(asked.evening.fan, "GET", path)).json()["data"]
    assert (shown["open"], shown["tickets"][0]["name"]) == (False, "Ada")
    beyond = (dt.datetime.now(dt.UTC) + dt.timedelta(days=9)).isoformat()
    assert code_of(await asked.ask(answersUntil=beyond)) == (422, "VALIDATION001")


async def test_a_question_asked_no_more_is_still_shown_where_it_was_answered(asked: Asked) -> None:
    order, (ticket,) = await asked.order()
    fan, ids = asked.evening.fan, asked.ids
    path = f"/orders/{order}/answers"
    given = {"ticketId": ticket, "name": "Ada", "answers": {ids["shirt"]: "M"}}
    assert (await asked.call(fan, "PUT", path, {"tickets": [given]})).status_code == 200
    changed = await asked.ask(SHIRT | {"id": ids["shirt"], "scope": "ORDER"})
    assert code_of(changed) == (422, "VALIDATION001")
    assert (await asked.ask(DIET | {"id": ids["diet"]})).status_code == 200
    shown = (await asked.call(fan, "GET", path)).json()["data"]
    retired = [each["id"] for each in shown["form"]["questions"] if each["retired"]]
    assert sorted(retired) == sorted(ids[name] for name in ("shirt", "terms", "cars"))
    assert shown["tickets"][0]["answers"] == {ids["shirt"]: "M"}
    assert shown["complete"] is True
    # Once cancelled there is nothing left to answer.
    assert (await asked.call(fan, "POST", f"/orders/{order}/cancel")).status_code == 200
    gone = await asked.call(fan, "PUT", path, {"answers": {}})
    assert code_of(gone) == (409, "ORDER004")


async def test_a_ticket_that_was_passed_on_says_the_name_its_new_holder_gave(
    asked: Asked, db: asyncpg.Connection
) -> None:
    evening, shirt = asked.evening, asked.ids["shirt"]
    (friend,) = await make_fans(db, evening.world, 1)
    order, (ticket,) = await asked.order()
    given = {"name": "Ada", "answers": {shirt: "M"}}
    assert (
        await asked.call(evening.fan, "PUT", f"/tickets/{ticket}/answers", given)
    ).status_code == 200
    new = UUID(ticket).int + 1
    await db.execute("UPDATE tickets SET status = 'TRANSFERRED' WHERE order_id = $1", UUID(order))
    await db.execute(
        "INSERT INTO tickets (order_id, number, event_id, section_id, price_level, amount, fee, "
        "discount, status, holder_id, from_number) SELECT order_id, 2, event_id, section_id, "
        "price_level, 0, 0, 0, 'VALID', $2, 1 FROM tickets WHERE order_id = $1",
        *(UUID(order), friend.user_id),
    )
    path = f"/tickets/{UUID(int=new)}/answers"
    fresh = (await asked.call(friend, "GET", path)).json()["data"]
    assert (fresh["open"], fresh["ticket"]["name"], fresh["ticket"]["complete"]) == (
        *(True, None, False),
    )
    body = {"name": "Bo", "answers": {shirt: "L"}}
    assert (await asked.call(friend, "PUT", path, body)).json()["data"]["ticket"]["name"] == "Bo"
    assert code_of(await asked.call(evening.fan, "PUT", path, body)) == (404, "TICKET001")
    own = (await asked.call(evening.fan, "GET", f"/orders/{order}/answers")).json()["data"]
    assert own["tickets"] == []
    late = await asked.call(evening.fan, "PUT", f"/tickets/{ticket}/answers", given)
    assert code_of(late) == (409, "ORDER004")


async def test_a_named_ticket_says_its_name_in_the_wallet_on_paper_and_at_the_gate(
    asked: Asked, db: asyncpg.Connection, settings: Settings
) -> None:
    evening, fan = asked.evening, asked.evening.fan
    order, (ticket,) = await asked.order()
    devices = f"/events/{evening.world.event_id}/gates/devices"
    made = (await asked.call(asked.manager, "POST", devices, {"name": "L"})).json()["data"]
    known = await evening.client.post(f"{API}/gate-devices", json={"code": made["code"]})
    device = {"X-Gate-Device": known.json()["data"]["secret"]}
    unnamed = await evening.manifest(**device)
    assert unnamed["tickets"][0]["name"] == "Fan"
    blank = await paper(evening, ticket)
    body = {"name": "Ada Kowalski", "answers": {asked.ids["shirt"]: "M"}}
    await asked.call(fan, "PUT", f"/tickets/{ticket}/answers", body)
    wallet = await asked.call(fan, "GET", f"/tickets/{ticket}/wallet")
    assert wallet.json()["data"]["holderName"] == "Ada Kowalski"
    # The name and what it is called: two texts more.
    assert await paper(evening, ticket) == blank + 2
    await react(settings, db, order)
    delta = await evening.manifest(since=unnamed["sequence"], **device)
    assert [each["name"] for each in delta["tickets"]] == ["Ada Kowalski"]
    whole = await evening.manifest(**device)
    assert [each["name"] for each in whole["tickets"]] == ["Ada Kowalski"]
    # Who has no registered device is told nobody's name.
    assert "name" not in (await evening.manifest())["tickets"][0]


async def paper(evening: Evening, ticket: str) -> int:
    """How many texts the printed ticket has."""
    answer = await evening.client.get(f"{API}/tickets/{ticket}/pdf", headers=evening.fan.headers)
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", answer.content, re.DOTALL)
    page = next(
        found
        for found in (zlib.decompressobj().decompress(each) for each in streams if each[:1] == b"x")
        if b" Tf" in found
    )
    return len(re.findall(rb"\bT[jJ]\b", page))


async def react(settings: Settings, db: asyncpg.Connection, order: str) -> None:
    """What a worker does with the names of the order."""
    runtime = make_runtime(settings, actor=SERVICE)
    await runtime.database.open()
    registry = Registry.of(job_registries(make_core(runtime)))
    rows = await db.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'gates.note_names'")
    mine = [row["payload"] for row in rows if order.encode() in bytes(row["payload"])]
    assert len(mine) == 1
    await registry.entries["gates.note_names"].run(mine[0])
    await runtime.database.close()
    await runtime.redis.aclose()


async def test_who_reads_the_table_reads_no_name(
    asked: Asked, db: asyncpg.Connection, settings: Settings
) -> None:
    _, (ticket,) = await asked.order()
    body = {"name": "Ada Kowalski", "answers": {asked.ids["shirt"]: "M", asked.ids["diet"]: "nuts"}}
    await asked.call(asked.evening.fan, "PUT", f"/tickets/{ticket}/answers", body)
    row = await db.fetchrow("SELECT * FROM ticket_answers WHERE id = $1", UUID(ticket))
    assert row is not None
    assert all(word not in bytes(row["sealed"]) for word in (b"Ada", b"nuts"))
    export = await asked.call(asked.evening.fan, "GET", "/users/me/export")
    assert export.json()["data"]["answers"] == [{"id": ticket, **body}]


async def test_with_the_account_its_answers_go_and_nobody_elses(
    asked: Asked, db: asyncpg.Connection
) -> None:
    person = await register(asked.evening.client)
    gone = Asked(
        Evening(
            *(asked.evening.client, db, asked.evening.settings, asked.evening.world),
            *(asked.evening.staff, Fan(person.user_id, person.token)),
        ),
        asked.manager,
        asked.ids,
    )
    left, (staying,) = await asked.order()
    order, (ticket,) = await gone.order()
    for each, (order_id, ticket_id) in ((asked, (left, staying)), (gone, (order, ticket))):
        mine = {"ticketId": ticket_id, "name": "Ada", "answers": {asked.ids["shirt"]: "M"}}
        body = {"answers": {asked.ids["terms"]: True}, "tickets": [mine]}
        path = f"/orders/{order_id}/answers"
        assert (await each.call(each.evening.fan, "PUT", path, body)).status_code == 200
    erased = await gone.call(gone.evening.fan, "DELETE", "/users/me", {"password": PASSWORD})
    assert erased.status_code == 200, erased.text
    rows = await db.fetch(
        "SELECT id FROM ticket_answers WHERE event_id = $1", asked.evening.world.event_id
    )
    assert {str(row["id"]) for row in rows} == {left, staying}


async def test_the_lists_of_who_comes_have_names_and_answers_and_no_formulas(
    asked: Asked,
) -> None:
    _, (ticket, blank) = await asked.order(2)
    body = {
        "name": "=1+1",
        "answers": {asked.ids["shirt"]: "M", asked.ids["diet"]: "@SUM(A1)"},
    }
    await asked.call(asked.evening.fan, "PUT", f"/tickets/{ticket}/answers", body)
    path = f"/events/{asked.evening.world.event_id}/attendees/export"
    answer = await asked.call(asked.manager, "GET", f"{path}.csv")
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["ticketId"] for row in rows] == [ticket, blank]
    shown = [(row["holder"], row["Shirt size"], row["What do you not eat?"]) for row in rows]
    assert shown == [("'=1+1", "M", "'@SUM(A1)"), ("", "", "")]
    assert {(row["section"], row["account"]) for row in rows} == {("Section 1", "Fan")}
    book = await asked.call(asked.manager, "GET", f"{path}.xlsx")
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
        assert b"=1+1" in parts.read("xl/sharedStrings.xml")
    for kind in ("csv", "xlsx"):
        refused = await asked.call(asked.evening.staff, "GET", f"{path}.{kind}")
        assert code_of(refused) == (403, "AUTH004")


async def test_answers_to_a_hold_that_came_to_nothing_are_forgotten(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    evening = await make_evening(client, db, settings, sections=(Place(amount=100),))
    (manager,) = await make_fans(db, evening.world, 1, role="MANAGER")
    asked = Asked(evening, manager, {})
    await asked.ask()
    made = [await asked.order(type_="card") for _ in range(2)]
    for order, (ticket,) in made:
        body = {"answers": {}, "tickets": [{"ticketId": ticket, "name": "Ada"}]}
        path = f"/orders/{order}/answers"
        assert (await asked.call(evening.fan, "PUT", path, body)).status_code == 200
    await asked.call(evening.fan, "POST", f"/orders/{made[0][0]}/cancel")
    now = dt.datetime.now(dt.UTC)
    database = Database(settings.database_url or "", pool_size=1, actor=SERVICE)
    try:
        await database.open()
        await forget_unsold(database, now=now + dt.timedelta(minutes=119))
        count = "SELECT count(*) FROM ticket_answers WHERE event_id = $1"
        assert await db.fetchval(count, evening.world.event_id) == 4
        await forget_unsold(database, now=now + dt.timedelta(minutes=121))
    finally:
        await database.close()
    rows = await db.fetch(
        "SELECT id FROM ticket_answers WHERE event_id = $1 ORDER BY id", evening.world.event_id
    )
    order, (ticket,) = made[1]
    assert [str(row["id"]) for row in rows] == [order, ticket]
