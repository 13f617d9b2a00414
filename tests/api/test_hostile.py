"""Bad input, one table over every route of the OpenAPI document.

Each route has a rule in `tests/hostile.py`: who may call it, a body that would be right, and what
it says of ids that are nobody's or somebody else's. A route without a rule fails. Whatever is sent,
the answer is the right code in the envelope, never a 500, and no row is other than it was.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from arenapulse.core.ids import UserId
from arenapulse.core.settings import Settings
from arenapulse.entrypoints.openapi import document
from tests import attacks
from tests.hostile import RULES, Who
from tests.hostile_kinds import Rule
from tests.stage import API, Stage, judge, set_stage
from tests.worlds import Fan

DOCUMENT = document()
OPERATIONS: dict[str, Mapping[str, Any]] = {
    f"{method.upper()} {path.removeprefix(API)}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
KNOWN = [name for name in OPERATIONS if name in RULES]
WITH_BODY = [name for name in KNOWN if RULES[name].body is not None]
KEPT = {
    "GET /events/{event_id}/seats.bin",
    "GET /venues/{venue_id}/charts/{chart_id}",
}
WITH_IDS = [name for name in KNOWN if RULES[name].unknown]


# Of a link that is none.
DEAD = "is none, was used, or is over"


@contextlib.asynccontextmanager
async def looked_at(stage: Stage, rule: Rule) -> AsyncIterator[None]:
    """Nothing changes meanwhile, unless the route needs nothing that is wrong here."""
    async with contextlib.nullcontext() if rule.is_bare else stage.unchanged():
        yield


def token(name: str, of: Fan) -> dict[str, str]:
    return of.headers if RULES[name].who in {Who.PERSON, Who.ADMIN, Who.GUEST, Who.MAYBE} else {}


@pytest.fixture(scope="module")
async def stage(
    client: httpx.AsyncClient, settings: Settings, database_url: str
) -> AsyncIterator[Stage]:
    async with set_stage(client, settings=settings, database_url=database_url) as made:
        yield made


def test_every_route_has_a_rule() -> None:
    assert OPERATIONS.keys() == RULES.keys()


@pytest.mark.asvs("V8.1.2")
@pytest.mark.parametrize("name", KNOWN)
def test_the_document_says_who_may_call(name: str) -> None:
    expected = {
        Who.ANYONE: [],
        Who.SIGNED: [],
        Who.MAYBE: [{}, {"bearer": []}],
        Who.PERSON: [{"bearer": []}],
        Who.GUEST: [{"bearer": []}],
        Who.ADMIN: [{"bearer": []}],
    }
    assert OPERATIONS[name].get("security", []) == expected[RULES[name].who]
    assert ("requestBody" in OPERATIONS[name]) == (RULES[name].body is not None)


@pytest.mark.asvs("V1.4.2", "V1.5.2", "V2.2.1", "V2.2.2", "V3.5.2", "V15.3.3", "V15.3.5", "V16.5.1")
@pytest.mark.parametrize("name", WITH_BODY)
async def test_bodies(name: str, stage: Stage) -> None:
    rule = RULES[name]
    path = stage.path(name)
    variations = attacks.bodies(
        stage.body(RULES[name].body), is_partial=rule.is_partial, is_optional=rule.is_optional
    )
    async with looked_at(stage, rule):
        for attack in variations:
            # From somebody who might do it, if only it were right.
            able = {Who.GUEST: stage.guest, Who.ADMIN: stage.admin}.get(rule.who, stage.owner)
            headers = {**token(name, able), **rule.headers, **attack.headers}
            answer = await stage.send(name, path, content=attack.content, headers=headers)
            status, code = judge(answer, attack.name)
            assert status in attack.statuses, (attack.name, answer.text[:300])
            if status in {400, 413, 415}:
                assert code == "REQUEST001", attack.name
            if status == 422:
                assert code == "VALIDATION001", attack.name
                assert answer.json()["error"].get("details"), (attack.name, answer.text)


@pytest.mark.parametrize("name", WITH_BODY)
async def test_a_body_without_an_announced_length_is_cut_off(name: str, stage: Stage) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < attacks.BIG_BYTES:
            sent += 100_000
            yield b" " * 100_000

    async with stage.unchanged():
        headers = {**token(name, stage.fan), **attacks.JSON_TYPE}
        answer = await stage.send(name, stage.path(name), content=endless(), headers=headers)
    assert judge(answer, name) == (413, "REQUEST001")


@pytest.mark.asvs("V8.2.2")
@pytest.mark.parametrize("name", WITH_IDS)
async def test_ids(name: str, stage: Stage) -> None:
    rule = RULES[name]
    sent: dict[str, Any] = {} if rule.body is None else {"json": stage.body(RULES[name].body)}
    who = stage.admin if rule.who is Who.ADMIN else stage.fan
    sent["headers"] = {**token(name, who), **rule.headers}
    first, *_ = names = re.findall(r"{(\w+)}", name)
    async with stage.unchanged():
        for unknown in attacks.identifiers():
            for key in names:
                answer = await stage.send(name, stage.path(name, {key: unknown}), **sent)
                # Rights on what the first one names are judged before the others are looked for.
                allowed = rule.foreign if key != first else frozenset()
                assert judge(answer, f"{key}={unknown}") in {(404, rule.unknown), *allowed}
        for strange in attacks.IDENTIFIERS:
            answer = await stage.send(name, stage.path(name, {names[-1]: strange}), **sent)
            assert judge(answer, strange)[0] in {404, 405, 422}, (strange, answer.text)
        if rule.foreign:
            answer = await stage.send(name, stage.path(name), **sent)
            assert judge(answer, "somebody else's") in rule.foreign, answer.text


@pytest.mark.asvs("V7.2.1", "V9.1.1", "V9.2.2", "V9.2.3")
@pytest.mark.parametrize("name", KNOWN)
async def test_tokens(name: str, stage: Stage) -> None:
    rule = RULES[name]
    if rule.who in {Who.ANYONE, Who.SIGNED}:
        return
    sent: dict[str, Any] = {} if rule.body is None else {"json": stage.body(RULES[name].body)}
    path = stage.path(name)
    async with stage.unchanged():
        if rule.who in {Who.PERSON, Who.GUEST, Who.ADMIN}:
            answer = await stage.send(name, path, headers=rule.headers, **sent)
            assert judge(answer, "without a token") == (401, "AUTH003")
            assert answer.headers["www-authenticate"] == "Bearer"
        person = UserId(stage.fan.user_id)
        for what, header, code in attacks.tokens(stage.world.tokens, person=person):
            headers = {**rule.headers, "Authorization": header}
            answer = await stage.send(name, path, headers=headers, **sent)
            assert judge(answer, what) == (401, code), (what, answer.text)


@pytest.mark.asvs("V1.1.1", "V1.2.4", "V15.3.7")
@pytest.mark.parametrize("name", KNOWN)
async def test_queries_and_headers(name: str, stage: Stage) -> None:
    path = stage.path(name)
    # Without a token or with nothing in it, what changes something changes nothing here.
    is_read = name.startswith("GET")
    reader = stage.admin if RULES[name].who is Who.ADMIN else stage.owner
    headers = token(name, reader) if is_read else {}
    async with looked_at(stage, RULES[name]):
        for parameter in OPERATIONS[name].get("parameters", []):
            if parameter["in"] == "query":
                for value in attacks.queries(parameter["schema"]):
                    answer = await stage.send(
                        name, f"{path}?{parameter['name']}={value}", headers=headers
                    )
                    told = f"{parameter['name']}={value[:40]}"
                    assert judge(answer, told) == (422, "VALIDATION001"), told
                    # Another spelling is another field, which says nothing here.
                    other = attacks.snake(parameter["name"])
                    if other != parameter["name"] and not parameter.get("required"):
                        answer = await stage.send(name, f"{path}?{other}={value}", headers=headers)
                        assert judge(answer, other)[0] != 422, other
        for query in ("%00=%00", "a=1&" * 3_000, "page[]=1", "=", "&&&", "%zz=%ff", "a" * 50_000):
            judge(await stage.send(name, f"{path}?{query}", headers=headers), query[:40])
        for extra in attacks.HEADERS:
            judge(await stage.send(name, path, headers={**headers, **extra}), repr(extra)[:80])


@pytest.mark.parametrize("name", [n for n in WITH_BODY if n.startswith("POST")])
async def test_malformed_idempotency_keys(name: str, stage: Stage) -> None:
    takes_key = any(p["name"] == "Idempotency-Key" for p in OPERATIONS[name].get("parameters", []))
    if not takes_key:
        return
    async with stage.unchanged():
        for key in attacks.KEYS:
            headers = {**token(name, stage.fan), "Idempotency-Key": key}
            answer = await stage.send(
                name, stage.path(name), json=stage.body(RULES[name].body), headers=headers
            )
            assert judge(answer, repr(key)) in {(422, "VALIDATION001"), *RULES[name].foreign}, key


@pytest.mark.parametrize("name", [n for n in KNOWN if RULES[n].headers])
async def test_malformed_versions(name: str, stage: Stage) -> None:
    async with stage.unchanged():
        for version in attacks.VERSIONS:
            headers = {**token(name, stage.fan), "If-Match": version}
            answer = await stage.send(
                name, stage.path(name), json=stage.body(RULES[name].body), headers=headers
            )
            judge(answer, repr(version))


@pytest.mark.asvs("V3.5.2", "V3.5.3", "V13.4.4")
@pytest.mark.parametrize("path", sorted({name.split(" ")[1] for name in KNOWN}))
async def test_other_methods(path: str, stage: Stage) -> None:
    taken = {name.split(" ")[0] for name in OPERATIONS if name.split(" ")[1] == path}
    async with stage.unchanged():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - taken:
            answer = await stage.client.request(
                method, stage.path(f"{method} {path}"), headers=stage.fan.headers
            )
            assert judge(answer, method) == (405, "REQUEST001"), method
            allowed = set(answer.headers["allow"].split(", "))
            assert taken | ({"HEAD"} if "GET" in taken else set()) <= allowed, method


@pytest.mark.parametrize("name", [name for name in KNOWN if name.startswith("GET")])
async def test_head_is_get_without_a_body(name: str, stage: Stage) -> None:
    path = stage.path(name)
    async with stage.unchanged():
        got = await stage.client.get(path, headers=token(name, stage.owner))
        head = await stage.client.head(path, headers=token(name, stage.owner))
    assert head.content == b""
    assert head.status_code == got.status_code
    compared = {"content-type", "content-length", "content-encoding", "etag", "cache-control"}
    if path.endswith(".xlsx"):
        # It says within when it was made, and is packed: another second may have another length.
        compared.discard("content-length")
    for header in compared:
        assert head.headers.get(header) == got.headers.get(header)


@pytest.mark.asvs("V14.2.2", "V14.3.2")
@pytest.mark.parametrize("name", KNOWN)
async def test_what_is_personal_is_kept_by_nobody(name: str, stage: Stage) -> None:
    """Whatever the answer is: what may be kept says so, and is the same for everybody."""
    async with looked_at(stage, RULES[name]):
        answer = await stage.send(name, stage.path(name), headers=token(name, stage.fan))
    if name not in KEPT or not answer.is_success:
        assert answer.headers["cache-control"] == "no-store"


async def test_a_webhook_that_nobody_signed(stage: Stage) -> None:
    path = f"{API}/webhooks/stripe"
    event = json.dumps({"id": "evt_1", "type": "payment_intent.succeeded", "data": {}}).encode()
    async with stage.unchanged():
        for content in (b"", b"{", b"[]", b"\x00", b"[" * attacks.DEEP, event):
            for signature in (b"", b"t=1,v1=00", b"t=,v1=", b"v1=\xff", b"t=1" * 5_000):
                answer = await stage.client.post(
                    path, content=content, headers={"Stripe-Signature": signature}
                )
                assert judge(answer, repr(signature)[:40]) == (400, "PAY002")
        answer = await stage.client.post(path, content=b"x" * attacks.BIG_BYTES)
        assert judge(answer, "10 MB") == (413, "REQUEST001")


@pytest.mark.parametrize("name", WITH_BODY)
async def test_the_body_of_the_rule_is_right(name: str, stage: Stage) -> None:
    # Last of all, since it may succeed: or the variations above would be refused for another fault.
    headers = {**token(name, stage.owner), **RULES[name].headers}
    answer = await stage.send(
        name, stage.path(name), json=stage.body(RULES[name].body), headers=headers
    )
    told = judge(answer, name)[0]
    if RULES[name].is_dead:
        assert told == 422
        assert answer.json()["error"]["details"][0]["message"].startswith(DEAD)
    else:
        assert told not in {400, 413, 415, 422}, answer.text
