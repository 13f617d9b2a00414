"""Bad input, one table over every route of the OpenAPI document.

Each route has a rule: who may call it, a body that would be right, and what it says of ids that
are nobody's or somebody else's. A route without a rule fails. Whatever is sent, the answer is the
right code in the envelope, never a 500, and no row is other than it was.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from arenapulse.core.ids import UserId
from arenapulse.core.settings import Settings
from arenapulse.entrypoints.openapi import document
from tests import attacks
from tests.stage import API, Stage, judge, set_stage
from tests.worlds import Fan


class Who(enum.Enum):
    ANYONE = "takes no token"
    MAYBE = "token optional"
    PERSON = "token needed"
    SIGNED = "signed by a vendor"


@dataclass(frozen=True)
class Rule:
    who: Who
    body: Mapping[str, Any] | None = None
    is_partial: bool = False
    """Every field may be left out."""
    is_optional: bool = False
    """The body may be left out."""
    unknown: str = ""
    """The code for an id that is nobody's."""
    foreign: frozenset[tuple[int, str]] = frozenset()
    """The answers for an id that is somebody else's; none where everybody may see it."""
    headers: Mapping[str, str] = field(default_factory=dict)


LINE = {
    "sectionId": "{section_id}",
    "quantity": 2,
    "priceLevel": "STANDARD",
}
SECTION = {"name": "Curve", "kind": "GENERAL", "capacity": 100}
TIER = {
    "priceLevel": "STANDARD",
    "name": "Standard",
    "sectionIds": ["{section_id}"],
    "amount": 4500,
    "fee": 150,
    "currency": "EUR",
}
VENUE = {
    "organizationId": "{organization_id}",
    "name": "Ground",
    "location": {
        "lat": 52.5,
        "lng": 13.4,
        "address": "Way 1",
        "city": "Berlin",
        "country": "DE",
        "timezone": "Europe/Berlin",
    },
    "sections": [SECTION],
    "amenities": ["parking"],
}
EVENT = {
    "organizationId": "{organization_id}",
    "venueId": "{venue_id}",
    "name": "Match",
    "startTime": "2035-03-14T19:45:00Z",
    "endTime": "2035-03-14T22:00:00Z",
    "pricingTiers": [TIER],
    "taxRate": 2000,
}
PREFERENCES = {
    "locale": "en-GB",
    "currency": "EUR",
    "timezone": "Europe/Berlin",
    "notifications": {"email": True, "sms": False, "push": False},
}
REGISTRATION = {"email": "new@fans.test", "password": "correct horse 9", "fullName": "New Fan"}
PROMO = {"code": "NORTH10", "kind": "PERCENT", "value": 10}
MEMBER = {"email": "new@fans.test", "role": "STAFF"}
CARD = {"type": "card", "token": "pm_card_visa"}
REFRESH = {"refreshToken": "not-a-token"}
ORDER = {"eventId": "{event_id}", "tickets": [LINE], "paymentMethod": CARD}


def hidden(code: str) -> frozenset[tuple[int, str]]:
    return frozenset({(404, code)})


SEEN = frozenset({(403, "AUTH004")})
"""Everybody may see it; who may not do it is told so."""

RULES: dict[str, Rule] = {
    "POST /auth/register": Rule(Who.ANYONE, REGISTRATION),
    "POST /auth/login": Rule(Who.ANYONE, {"email": "a@fans.test", "password": "wrong one"}),
    "POST /auth/refresh": Rule(Who.ANYONE, REFRESH, is_partial=True, is_optional=True),
    "POST /auth/logout": Rule(Who.ANYONE, REFRESH, is_partial=True, is_optional=True),
    "POST /auth/logout-all": Rule(Who.PERSON),
    "POST /auth/password/change": Rule(
        Who.PERSON, {"currentPassword": "old password", "newPassword": "correct horse 9"}
    ),
    "GET /auth/sessions": Rule(Who.PERSON),
    "DELETE /auth/sessions/{session_id}": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /users/me": Rule(Who.PERSON),
    "PATCH /users/me": Rule(Who.PERSON, {"fullName": "Other Name"}, is_partial=True),
    "DELETE /users/me": Rule(Who.PERSON, {"password": "correct horse 9"}),
    "GET /users/me/export": Rule(Who.PERSON),
    "GET /users/me/preferences": Rule(Who.PERSON),
    "PUT /users/me/preferences": Rule(Who.PERSON, PREFERENCES),
    "GET /organizations": Rule(Who.PERSON),
    "POST /organizations": Rule(Who.PERSON, {"name": "Club"}),
    "GET /organizations/{organization_id}/members": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "POST /organizations/{organization_id}/members": Rule(
        Who.PERSON, MEMBER, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "PATCH /organizations/{organization_id}/members/{user_id}": Rule(
        Who.PERSON, {"role": "OWNER"}, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "DELETE /organizations/{organization_id}/members/{user_id}": Rule(
        Who.PERSON, unknown="NOTFOUND001", foreign=hidden("NOTFOUND001")
    ),
    "GET /venues": Rule(Who.ANYONE),
    "POST /venues": Rule(Who.PERSON, VENUE),
    "GET /venues/{venue_id}": Rule(Who.ANYONE, unknown="VENUE001"),
    "PATCH /venues/{venue_id}": Rule(
        Who.PERSON,
        {"name": "Mine now"},
        is_partial=True,
        unknown="VENUE001",
        foreign=SEEN,
        headers={"If-Match": '"1"'},
    ),
    "DELETE /venues/{venue_id}": Rule(Who.PERSON, unknown="VENUE001", foreign=SEEN),
    "GET /venues/{venue_id}/charts/{chart_id}": Rule(Who.ANYONE, unknown="VENUE001"),
    "GET /events": Rule(Who.MAYBE),
    "POST /events": Rule(Who.PERSON, EVENT),
    "GET /events/{event_id}": Rule(Who.MAYBE, unknown="EVENT001", foreign=hidden("EVENT001")),
    "PATCH /events/{event_id}": Rule(
        Who.PERSON,
        {"name": "Mine now"},
        is_partial=True,
        unknown="EVENT001",
        foreign=hidden("EVENT001"),
        headers={"If-Match": '"1"'},
    ),
    "POST /events/{event_id}/status": Rule(
        Who.PERSON, {"status": "CANCELLED"}, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "PUT /events/{event_id}/pricing": Rule(
        Who.PERSON, {"pricingTiers": [TIER]}, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/promo-codes": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /events/{event_id}/promo-codes": Rule(
        Who.PERSON, PROMO, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "DELETE /events/{event_id}/promo-codes/{promo_id}": Rule(
        Who.PERSON, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/availability": Rule(
        Who.ANYONE, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "GET /events/{event_id}/seats": Rule(Who.MAYBE, unknown="EVENT001", foreign=hidden("EVENT001")),
    "GET /events/{event_id}/seats.bin": Rule(
        Who.MAYBE, unknown="EVENT001", foreign=hidden("EVENT001")
    ),
    "POST /events/{event_id}/best-available": Rule(
        Who.MAYBE,
        {"quantity": 2, "priceLevel": "STANDARD"},
        unknown="EVENT001",
        foreign=hidden("EVENT001"),
    ),
    "GET /orders": Rule(Who.PERSON),
    "POST /orders": Rule(Who.PERSON, ORDER),
    "GET /orders/{order_id}": Rule(Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")),
    "POST /orders/{order_id}/cancel": Rule(
        Who.PERSON, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "POST /orders/{order_id}/payment": Rule(
        Who.PERSON, {"paymentMethod": CARD}, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "POST /sandbox/payments/{order_id}/authenticate": Rule(
        Who.PERSON, {"outcome": "pass"}, unknown="ORDER001", foreign=hidden("ORDER001")
    ),
    "GET /tickets": Rule(Who.PERSON),
    "GET /tickets/{ticket_id}": Rule(Who.PERSON, unknown="TICKET001", foreign=hidden("TICKET001")),
    "POST /webhooks/stripe": Rule(Who.SIGNED),
}

DOCUMENT = document()
OPERATIONS: dict[str, Mapping[str, Any]] = {
    f"{method.upper()} {path.removeprefix(API)}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
KNOWN = [name for name in OPERATIONS if name in RULES]
WITH_BODY = [name for name in KNOWN if RULES[name].body is not None]
WITH_IDS = [name for name in KNOWN if RULES[name].unknown]


def token(name: str, of: Fan) -> dict[str, str]:
    return of.headers if RULES[name].who in {Who.PERSON, Who.MAYBE} else {}


@pytest.fixture(scope="module")
async def stage(
    client: httpx.AsyncClient, settings: Settings, database_url: str
) -> AsyncIterator[Stage]:
    async with set_stage(client, settings=settings, database_url=database_url) as made:
        yield made


def test_every_route_has_a_rule() -> None:
    assert OPERATIONS.keys() == RULES.keys()


@pytest.mark.parametrize("name", KNOWN)
def test_the_document_says_who_may_call(name: str) -> None:
    expected = {
        Who.ANYONE: [],
        Who.SIGNED: [],
        Who.MAYBE: [{}, {"bearer": []}],
        Who.PERSON: [{"bearer": []}],
    }
    assert OPERATIONS[name].get("security", []) == expected[RULES[name].who]
    assert ("requestBody" in OPERATIONS[name]) == (RULES[name].body is not None)


@pytest.mark.parametrize("name", WITH_BODY)
async def test_bodies(name: str, stage: Stage) -> None:
    rule = RULES[name]
    path = stage.path(name)
    variations = attacks.bodies(
        stage.body(RULES[name].body), is_partial=rule.is_partial, is_optional=rule.is_optional
    )
    async with stage.unchanged():
        for attack in variations:
            # From somebody who might do it, if only it were right.
            headers = {**token(name, stage.owner), **rule.headers, **attack.headers}
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


@pytest.mark.parametrize("name", WITH_IDS)
async def test_ids(name: str, stage: Stage) -> None:
    rule = RULES[name]
    sent: dict[str, Any] = {} if rule.body is None else {"json": stage.body(RULES[name].body)}
    sent["headers"] = {**token(name, stage.fan), **rule.headers}
    last = re.findall(r"{(\w+)}", name)[-1]
    async with stage.unchanged():
        for unknown in attacks.identifiers():
            for key in re.findall(r"{(\w+)}", name):
                answer = await stage.send(name, stage.path(name, {key: unknown}), **sent)
                assert judge(answer, f"{key}={unknown}") == (404, rule.unknown)
        for strange in attacks.IDENTIFIERS:
            answer = await stage.send(name, stage.path(name, {last: strange}), **sent)
            assert judge(answer, strange)[0] in {404, 405, 422}, (strange, answer.text)
        if rule.foreign:
            answer = await stage.send(name, stage.path(name), **sent)
            assert judge(answer, "somebody else's") in rule.foreign, answer.text


@pytest.mark.parametrize("name", KNOWN)
async def test_tokens(name: str, stage: Stage) -> None:
    rule = RULES[name]
    if rule.who in {Who.ANYONE, Who.SIGNED}:
        return
    sent: dict[str, Any] = {} if rule.body is None else {"json": stage.body(RULES[name].body)}
    path = stage.path(name)
    async with stage.unchanged():
        if rule.who is Who.PERSON:
            answer = await stage.send(name, path, headers=rule.headers, **sent)
            assert judge(answer, "without a token") == (401, "AUTH003")
            assert answer.headers["www-authenticate"] == "Bearer"
        person = UserId(stage.fan.user_id)
        for what, header, code in attacks.tokens(stage.world.tokens, person=person):
            headers = {**rule.headers, "Authorization": header}
            answer = await stage.send(name, path, headers=headers, **sent)
            assert judge(answer, what) == (401, code), (what, answer.text)


@pytest.mark.parametrize("name", KNOWN)
async def test_queries_and_headers(name: str, stage: Stage) -> None:
    path = stage.path(name)
    # Without a token or with nothing in it, what changes something changes nothing here.
    is_read = name.startswith("GET")
    headers = token(name, stage.owner) if is_read else {}
    async with stage.unchanged():
        for parameter in OPERATIONS[name].get("parameters", []):
            if parameter["in"] == "query":
                for value in attacks.queries(parameter["schema"]):
                    answer = await stage.send(
                        name, f"{path}?{parameter['name']}={value}", headers=headers
                    )
                    told = f"{parameter['name']}={value[:40]}"
                    assert judge(answer, told) == (422, "VALIDATION001"), told
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


@pytest.mark.parametrize("path", sorted({name.split(" ")[1] for name in KNOWN}))
async def test_other_methods(path: str, stage: Stage) -> None:
    taken = {name.split(" ")[0] for name in OPERATIONS if name.split(" ")[1] == path}
    async with stage.unchanged():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - taken:
            answer = await stage.client.request(
                method, stage.path(f"{method} {path}"), headers=stage.fan.headers
            )
            assert judge(answer, method) == (405, "REQUEST001"), method
            assert taken <= set(answer.headers["allow"].split(", ")), method


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
    assert judge(answer, name)[0] not in {400, 413, 415, 422}, answer.text
