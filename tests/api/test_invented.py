"""Whatever the OpenAPI document allows is answered as it says, whoever asks.

The short form of the fuzzer in `make audit`: a few values for each operation, the same ones in each
run, as nobody, as each role and as a machine. In a database of its own, for what is right is done:
people are erased, events cancelled, switches turned.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import httpx
import pytest
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from arenapulse.entrypoints.openapi import document
from arenapulse.identity import apikey
from arenapulse.identity.schemas import ADMIN, Role
from tests.conftest import TestEngines, client_of, cloned_database, settings_for
from tests.hostile import RULES, Who
from tests.inventing import Inventor, drawn, written
from tests.stage import API, Stage, judge, set_stage
from tests.worlds import make_fans

DOCUMENT = document()
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path.removeprefix(API)}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
# As each who asks.
VALUES = 2


@dataclass(frozen=True)
class Crowd:
    stage: Stage
    db: asyncpg.Connection

    async def everybody(self) -> dict[str, dict[str, str]]:
        """Fresh people each time: what is allowed may end them."""
        world = self.stage.world
        people: dict[str, dict[str, str]] = {"nobody": {}}
        for role in (None, *Role):
            named = None if role is None else role.value
            (fan,) = await make_fans(self.db, world, 1, role=named)
            people[named or "a stranger"] = fan.headers
        (admin,) = await make_fans(self.db, world, 1, platform=ADMIN)
        return {**people, "an ADMIN": admin.headers, "a machine": await self._machine()}

    async def _machine(self) -> dict[str, str]:
        key, id_ = apikey.minted(), uuid4()
        await self.db.execute(
            "INSERT INTO api_keys (id, organization_id, name, role, prefix, key_hash, "
            "signing_secret, made_by, created_at) "
            "VALUES ($1, $2, 'k', 'OWNER', 'ap_', $3, 's', $4, now())",
            *(id_, self.stage.world.organization_id, hashlib.sha256(key.encode()).digest()),
            self.stage.owner.user_id,
        )
        return {"Authorization": f"Bearer {key}"}


@pytest.fixture(scope="module")
async def crowd(engines: TestEngines, database_lock: Path) -> AsyncIterator[Crowd]:
    async with cloned_database(engines, lock=database_lock) as url:
        settings = settings_for(url, engines.redis_url)
        async with (
            client_of(settings) as client,
            set_stage(client, settings=settings, database_url=url) as stage,
        ):
            yield Crowd(stage, stage.watcher)


def _invented(name: str, stage: Stage, *, count: int) -> list[dict[str, Any]]:
    """What is sent: each path's ids, the query, headers and a body."""
    inventor = Inventor(DOCUMENT, known=frozenset(stage.ids))
    parts: dict[str, Any] = {"path": {}, "query": {}, "header": {}}
    needed: dict[str, Any] = {"path": {}, "query": {}, "header": {}}
    for each in OPERATIONS[name].get("parameters", []):
        place = needed if each.get("required") else parts
        drawn_of = inventor.of(each["schema"], each["name"])
        if each["in"] == "path":
            # Nothing, and dots, are another path.
            drawn_of = drawn_of.filter(lambda value: str(value).strip("."))
        place[each["in"]][each["name"]] = drawn_of
    drawing = {
        where: st.fixed_dictionaries(needed[where], optional=parts[where]) for where in parts
    }
    body = OPERATIONS[name].get("requestBody")
    if body is not None:
        drawing["body"] = inventor.of(body["content"]["application/json"]["schema"])
    return drawn(st.fixed_dictionaries(drawing), count=count)


def _spelled(value: object, stage: Stage) -> str:
    """As it stands in an address; an id that is only named, as what it is here."""
    known = {f"{{{name}}}": each for name, each in stage.ids.items()}
    found = known.get(str(value), value)
    return quote(json.dumps(found) if isinstance(found, bool) else str(found), safe="")


def _query(fields: dict[str, Any], stage: Stage) -> str:
    return "&".join(
        f"{name}={_spelled(one, stage)}"
        for name, value in fields.items()
        if value is not None
        for one in (value if isinstance(value, list) else [value])
    )


def _header(value: object) -> bytes:
    return str(value).encode("latin-1", "replace").replace(b"\n", b" ").replace(b"\r", b" ")


async def _send(stage: Stage, name: str, made: dict[str, Any], who: dict[str, str]) -> Any:
    method, path = name.split(" ", maxsplit=1)
    for field, value in made["path"].items():
        path = path.replace(f"{{{field}}}", _spelled(value, stage))
    content = written(made["body"], stage.ids).encode() if "body" in made else None
    headers = {**who, **{key: _header(value) for key, value in made["header"].items()}}
    if content is not None:
        headers["Content-Type"] = "application/json"
    return await stage.client.request(
        method, f"{API}{path}?{_query(made['query'], stage)}", content=content, headers=headers
    )


def _require_documented(name: str, answer: httpx.Response, who: str) -> None:
    responses = OPERATIONS[name]["responses"]
    assert answer.status_code >= 400 or str(answer.status_code) in responses, (who, answer.text)
    told = responses.get(str(answer.status_code), {}).get("content", {}).get("application/json")
    if answer.status_code < 400 and told is not None:
        shape = Draft202012Validator(told["schema"] | {"components": DOCUMENT["components"]})
        wrong = [f"{each.json_path}: {each.message}" for each in shape.iter_errors(answer.json())]
        assert wrong == [], who


@pytest.mark.asvs("V1.4.2", "V2.2.1", "V16.5.1")
@pytest.mark.parametrize("name", sorted(OPERATIONS))
async def test_what_the_document_allows_is_answered_as_it_says(name: str, crowd: Crowd) -> None:
    everybody = await crowd.everybody()
    values = iter(_invented(name, crowd.stage, count=VALUES * len(everybody)))
    for who, headers in everybody.items():
        for _ in range(VALUES):
            made = next(values, None)
            if made is None:
                return
            answer = await _send(crowd.stage, name, made, headers)
            status, _code = judge(answer, f"{who}: {made}")
            if who == "nobody" and RULES[name].who in {Who.PERSON, Who.ADMIN, Who.GUEST}:
                assert status == 401, made
            _require_documented(name, answer, f"{who}: {made}")
