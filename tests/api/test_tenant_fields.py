"""Every field that a tenant fills, filled badly: what is taken never spoils a page of others."""

from __future__ import annotations

import copy
import datetime as dt
import json
import math
import pathlib
import unicodedata
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core.currencies import MINOR_UNITS
from arenapulse.core.timezones import TIMEZONES
from tests.shows import (
    Organizer,
    event_body,
    general,
    in_days,
    make_venue,
    organizer,
    seated,
    venue_body,
)

Path = tuple[str | int, ...]

VECTOR = json.loads(pathlib.Path("web/src/shared/map/chart-vector.json").read_text())

TEXTS = [
    *("", " ", "\x00", "\ud800", "\u200b", "\u202eabc", "a\nb", "a\u2028b", "e\u0301" * 3),
    *("localtime", "ABC", "<script>alert(1)</script>", "%s{0}${x}", "../../etc/passwd"),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2031-07-04T10:00:00+14:00", "x" * 50_000),
]
NUMBERS = [0, -1, 1, 2**31 - 1, 2**31, 2**63, 1e308, 0.1, True]
# Facts of the row, no words of a tenant's.
IDS = {"organizationId", "venueId", "sectionIds"}


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in IDS:
                yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, (*path, number))
    else:
        yield path


def with_value(body: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    made: Any = copy.deepcopy(body)
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return dict(made)


async def fill(
    client: httpx.AsyncClient, owner: Organizer, path: str, body: dict[str, Any]
) -> list[str]:
    """Posts the body with each leaf replaced by each bad value; the ids of what was taken."""
    taken: list[str] = []
    for leaf in leaves(body):
        for value in _bad_values(body, leaf):
            content = json.dumps(with_value(body, leaf, value)).encode()
            answer = await client.post(
                path, content=content, headers=owner.headers | {"Content-Type": "application/json"}
            )
            assert answer.status_code in {201, 400, 409, 422}, (leaf, value, answer.text)
            if answer.status_code == 201:
                taken.append(answer.json()["data"]["id"])
    return taken


def _bad_values(body: dict[str, Any], leaf: Path) -> list[object]:
    inner: Any = body
    for step in leaf:
        inner = inner[step]
    return [*TEXTS, 0, True] if isinstance(inner, str) else [*NUMBERS, "", "1"]


def judge(value: Any, name: str = "") -> None:
    """Fails for what no page can draw."""
    if isinstance(value, dict):
        for key, inner in value.items():
            judge(inner, key)
    elif isinstance(value, list):
        for inner in value:
            judge(inner, name)
    elif isinstance(value, str):
        _judge_text(value, name)
    elif isinstance(value, float):
        assert math.isfinite(value), name


def _judge_text(text: str, name: str) -> None:
    if name == "timezone":
        assert text in TIMEZONES
    elif name == "currency":
        assert text in MINOR_UNITS
    elif name.endswith("Time") or name in {"salesStartAt", "salesEndAt"}:
        assert 2000 <= dt.datetime.fromisoformat(text).year <= 2200
    elif name != "description":
        assert text == unicodedata.normalize("NFC", text).strip(), name
        assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in text), name
        assert text or name == "address"


@pytest.mark.asvs("V1.2.1", "V2.2.1")
async def test_whatever_is_taken_spoils_no_page(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    rows = {"accessible": [1], "restricted": [2]}
    club = seated("Club", ("A", 4))
    club["rows"][0] |= rows
    venue = venue_body(owner.organization_id, sections=[general(gate="G1"), club], capacity=500)
    for venue_id in await fill(client, owner, "/api/v1/venues", venue):
        judge((await _data(client, f"venues/{venue_id}")), "")
    place = await make_venue(client, owner, sections=[general(), seated("Club", ("A", 4))])
    north, south = (section["id"] for section in place["sections"])
    blocked = [{"row": "A", "seat": 1, "reason": "Camera"}]
    config = {
        "sections": {north: {"capacity": 50, "blocked": 2}, south: {"blocked": blocked}},
        "maxTicketsPerOrder": 4,
        "maxTicketsPerPerson": 4,
        "holdSeconds": 60,
        "waitingRoom": {"enabled": False, "admitPerMinute": 10},
    }
    event = event_body(owner, place, capacityConfig=config, salesEndAt=None)
    event["salesStartAt"], event["salesEndAt"] = in_days(1), event["startTime"]
    taken = await fill(client, owner, "/api/v1/events", event)
    assert taken
    await db.execute(
        "UPDATE events SET status = 'ON_SALE' WHERE organization_id = $1", owner.organization_id
    )
    promo = {"code": "NORTH", "kind": "PERCENT", "value": 10, "maxUses": 5, "maxPerPerson": 1}
    promo |= {"validFrom": event["startTime"], "validUntil": event["endTime"]}
    codes = f"/api/v1/events/{taken[0]}/promo-codes"
    for code_id in await fill(client, owner, codes, promo):
        assert code_id
    for shared in ("venues", "events"):
        page, total = 1, 1
        while (page - 1) * 100 < total:
            query = f"organizationId={owner.organization_id}&limit=100&page={page}"
            answer = await client.get(f"/api/v1/{shared}?{query}")
            assert answer.status_code == 200, answer.text
            judge(answer.json()["data"])
            total, page = answer.json()["meta"]["total"], page + 1
    for event_id in taken:
        for view in (f"events/{event_id}", f"events/{event_id}/availability"):
            judge(await _data(client, view))
    judge((await client.get(codes, headers=owner.headers)).json()["data"])


@pytest.mark.asvs("V1.2.1", "V2.2.1")
async def test_whatever_else_is_said_about_an_event_spoils_no_page(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    place = await make_venue(client, owner, sections=[general(gate="G1")])
    event = event_body(owner, place)
    event["capacityConfig"]["waitingRoom"] = {"enabled": True, "admitPerMinute": 10}
    made = await client.post("/api/v1/events", json=event, headers=owner.headers)
    event_id = made.json()["data"]["id"]
    await db.execute("UPDATE events SET status = 'ON_SALE' WHERE id = $1", UUID(event_id))
    of, about = f"events/{event_id}", f"organizations/{owner.organization_id}"
    choice = {"text": "Which meal?", "kind": "CHOICE", "scope": "TICKET", "options": ["A", "B"]}
    number = {"text": "How old?", "kind": "NUMBER", "scope": "ORDER", "minimum": 1, "maximum": 99}
    words = {"text": "Your team?", "kind": "TEXT", "scope": "ORDER", "lengthMax": 20}
    asked = {"holderNames": True, "answersUntil": event["startTime"]}
    asked["questions"] = [choice, number, words]
    said: list[tuple[str, str, dict[str, Any], list[str]]] = [
        ("PATCH", about, {"name": "Harbour City"}, ["events?view=card&q=a", of]),
        ("PUT", f"{of}/questions", asked, [f"{of}/questions"]),
        (
            *("PUT", f"{of}/refund-policy"),
            {"tiers": [{"hoursBefore": 48, "percent": 50}]},
            [f"{of}/refund-policy"],
        ),
        (
            *("PATCH", f"{of}/waiting-room"),
            {"message": "Soon.", "admitPerMinute": 10, "insideMax": 100},
            [of],
        ),
        (
            *("POST", f"{of}/waiting-room/lanes"),
            {"name": "Members", "code": "NORTH", "share": 20},
            [of],
        ),
        (
            *("PUT", f"{of}/gates/rules"),
            {"passbackSeconds": 5, "gates": [{"name": "G1"}], "zones": [{"name": "East"}]},
            [of],
        ),
    ]
    for method, path, body, seen in said:
        taken = 0
        for leaf in leaves(body):
            for value in _bad_values(body, leaf):
                wrong = with_value(body, leaf, value)
                answer = await client.request(
                    method,
                    f"/api/v1/{path}",
                    content=json.dumps(wrong).encode(),
                    headers=owner.headers | {"Content-Type": "application/json"},
                )
                assert answer.status_code in {200, 201, 400, 409, 422}, (leaf, value, answer.text)
                if answer.status_code < 300:
                    taken += 1
                    told = answer.json()["data"]
                    # That of who has no lane of their own has no name.
                    told.pop("lanes", None)
                    judge(told)
            for page in seen:
                judge(await _data(client, page))
        assert taken, path


def one_of_each(document: Any) -> Any:
    """Of each list the first thing of a kind: all fields of a chart, few of its places."""
    if isinstance(document, dict):
        return {name: one_of_each(inner) for name, inner in document.items()}
    if isinstance(document, list) and document and isinstance(document[0], dict):
        return [one_of_each(max(document, key=lambda each: len(json.dumps(each))))]
    return document


@pytest.mark.asvs("V1.2.1", "V2.2.1")
async def test_whatever_a_chart_or_a_season_s_offer_says_spoils_no_page(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    place = await make_venue(client, owner, sections=[general(gate="G1")])
    charts = f"/api/v1/venues/{place['id']}/charts"
    chart = one_of_each(VECTOR["document"])
    taken: list[str] = []
    tried: set[Path] = set()
    for leaf in leaves(chart):
        # Points are many and alike.
        if (kind := tuple(step for step in leaf if isinstance(step, str))) in tried:
            continue
        tried.add(kind)
        for value in _bad_values(chart, leaf):
            answer = await client.post(
                charts,
                content=json.dumps(with_value(chart, leaf, value)).encode(),
                headers=owner.headers | {"Content-Type": "application/json"},
            )
            assert answer.status_code in {201, 400, 409, 422}, (leaf, value, answer.text)
            if answer.status_code == 201:
                taken.append(answer.json()["data"]["id"])
    assert taken
    for chart_id in taken:
        drawn = await client.get(f"{charts}/{chart_id}")
        assert drawn.status_code == 200, drawn.text
        judge(drawn.json()["data"])
    judge(await _data(client, f"venues/{place['id']}/charts?limit=100"))
    event = (
        await client.post("/api/v1/events", json=event_body(owner, place), headers=owner.headers)
    ).json()["data"]
    again = {"every": "WEEK", "times": 1}
    made = await client.post(
        f"/api/v1/events/{event['id']}/repeats",
        json=again,
        headers=owner.headers | {"Idempotency-Key": "again"},
    )
    assert made.status_code == 201, made.text
    await db.execute(
        "UPDATE events SET status = 'ON_SALE' WHERE organization_id = $1", owner.organization_id
    )
    level = event["pricingTiers"][0]["priceLevel"]
    body = {"levels": [{"priceLevel": level, "amount": 1000}]}
    offer, sold = f"/api/v1/series/{event['id']}/season-ticket", 0
    for leaf in leaves(body):
        for value in [*_bad_values(body, leaf), level if leaf[-1] == "priceLevel" else 1]:
            answer = await client.put(
                offer,
                content=json.dumps(with_value(body, leaf, value)).encode(),
                headers=owner.headers | {"Content-Type": "application/json"},
            )
            assert answer.status_code in {200, 204, 400, 409, 422}, (leaf, value, answer.text)
            if answer.status_code < 300:
                sold += 1
                judge(await _data(client, offer.removeprefix("/api/v1/")))
    assert sold


async def _data(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()["data"]
