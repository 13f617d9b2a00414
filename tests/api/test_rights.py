"""Who may do what: each route, as everybody, against the right that stands in `tests/rights.py`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from arenapulse.core.ids import SessionId, UserId
from arenapulse.core.settings import Settings
from arenapulse.identity import apikey
from arenapulse.identity.access.step_up import step_up_of
from arenapulse.identity.schemas import Role
from arenapulse.runtime.web.app import PLANS
from arenapulse.wiring import make_app
from tests.audited import AUDITED, QUIET
from tests.factories import login, register
from tests.hostile import RULES
from tests.rights import (
    FOR_VISITORS,
    KEPT_FROM_BUYERS,
    NO_KEY,
    RIGHTS,
    TO_SIGN,
    Least,
    refused_with,
)
from tests.stage import Stage, set_stage
from tests.worlds import Fan, World, make_fans, make_world

# What reads first and what deletes last, so that each finds what it is about.
METHODS = ("GET", "PUT", "PATCH", "POST", "DELETE")
OPEN = {Least.ANYONE, Least.SIGNED_BY_VENDOR}
CLOSED = {Least.ADMIN, Least.GUEST, Least.BUYER, Least.SELLER}
# No token that is good, and not the right.
REFUSED = {"AUTH003", "AUTH004"}
# Where the rule's body changes nothing.
BODIES: dict[str, dict[str, Any]] = {"PUT /admin/flags": {"flags": {"search_cluster": True}}}
# Vendors tell as often as they have news, and whoever wants no mails is not kept waiting.
UNLIMITED = "/webhooks/"
# What is made of these is an organization's, and its owners are to see it.
_OF_ORGANIZATIONS = ("/organizations/{", "/events/", "/orders/", "/series/", "/season-orders/")
TESTS = Path(__file__).parents[1]
# What was changed by whom, and not what was so before, with why.
WITHOUT_BEFORE = {
    "PUT /organizations/{organization_id}/message-templates/{template}/{locale}": (
        "each version of the words is kept, and the line names it"
    ),
}
# What asks who signed in a while ago for a second factor, where they have one.
STEP_UP = frozenset(
    {
        # Money.
        "POST /orders/{order_id}/refunds",
        "POST /season-orders/{order_id}/refunds",
        # Who may what, and with which keys.
        "PATCH /admin/users/{user_id}",
        "PATCH /organizations/{organization_id}",
        "POST /organizations/{organization_id}/members",
        "PATCH /organizations/{organization_id}/members/{user_id}",
        "DELETE /organizations/{organization_id}/members/{user_id}",
        "DELETE /organizations/{organization_id}/invitations/{invitation_id}",
        "POST /organizations/{organization_id}/api-keys",
        "DELETE /organizations/{organization_id}/api-keys/{key_id}",
        "PUT /organizations/{organization_id}/pass-certificates",
        # Factors.
        "POST /auth/mfa/totp",
        "DELETE /auth/mfa/totp",
        "POST /auth/mfa/recovery-codes",
        "POST /auth/passkeys/register/options",
        "DELETE /auth/passkeys/{passkey_id}",
        # What leaves as a file.
        "GET /admin/audit/export.csv",
        "GET /analytics/events/{event_id}/export.csv",
        "GET /analytics/events/{event_id}/export.parquet",
        "GET /analytics/events/{event_id}/export.xlsx",
        "GET /events/{event_id}/attendees/export.csv",
        "GET /events/{event_id}/attendees/export.xlsx",
        "GET /organizations/{organization_id}/audit/export.csv",
        "GET /organizations/{organization_id}/orders/export.csv",
        "GET /users/me/export",
    }
)
ASKED: set[str] = set()
MADE: set[str] = set()
ORDERED = sorted(RIGHTS, key=lambda name: (METHODS.index(name.split(" ")[0]), name))


@dataclasses.dataclass(frozen=True)
class Cast:
    """Everybody who may ask, by name; a fresh person for each route that ends a person's things."""

    stage: Stage
    headers: dict[str, dict[str, str]]
    fresh: Iterator[Fan]

    async def ask(self, name: str, headers: dict[str, str]) -> httpx.Response:
        rule = RULES[name]
        body = BODIES.get(name, rule.body)
        sent: dict[str, Any] = {} if body is None else {"json": self.stage.body(body)}
        answer = await self.stage.send(
            name, self.stage.path(name), headers={**rule.headers, **headers}, **sent
        )
        # Whoever asks and whatever is said, each is told what is left to them.
        assert ("ratelimit-limit" in answer.headers) is not name.split(" ")[1].startswith(UNLIMITED)
        return answer


async def _key(db: asyncpg.Connection, maker: Fan, world: World, role: Role) -> dict[str, str]:
    key = apikey.minted()
    await db.execute(
        "INSERT INTO api_keys (id, organization_id, name, role, prefix, key_hash, signing_secret, "
        "made_by, created_at) VALUES ($1, $2, 'k', $3, 'ap_', $4, 's', $5, now())",
        *(uuid4(), world.organization_id, role.value),
        *(hashlib.sha256(key.encode()).digest(), maker.user_id),
    )
    return {"Authorization": f"Bearer {key}"}


async def _revoked(client: httpx.AsyncClient) -> dict[str, str]:
    """Somebody's token whose session is over, which nobody has to say of it."""
    person = await login(client, await register(client))
    ended = await client.post("/api/v1/auth/logout-all", headers=person.headers)
    assert ended.status_code == 200, ended.text
    return person.headers


@pytest.fixture(scope="module")
async def cast(
    client: httpx.AsyncClient, settings: Settings, database_url: str
) -> AsyncIterator[Cast]:
    async with set_stage(client, settings=settings, database_url=database_url) as stage:
        db, world = stage.watcher, stage.world
        # So that it is a change here, whatever was set before.
        await db.execute("DELETE FROM flags WHERE name = 'search_cluster'")
        headers = {"nobody": {}, "stranger": stage.fan.headers, "guest": stage.guest.headers}
        for role in Role:
            (member,) = await make_fans(db, world, 1, role=role.value)
            headers[role.value] = member.headers
            headers[f"{role.value} key"] = await _key(db, stage.owner, world, role)
        # Whoever may everything, of another organization.
        other = await make_world(db, settings)
        (rival,) = await make_fans(db, other, 1, role=Role.OWNER.value)
        headers["rival"] = rival.headers
        headers["rival key"] = await _key(db, rival, other, Role.OWNER)
        headers["ended"] = await _revoked(client)
        headers["buyer"] = stage.owner.headers
        headers["ADMIN"] = stage.admin.headers
        yield Cast(stage, headers, iter(await make_fans(db, world, len(RIGHTS))))
        # One at a time over all organizations: the next test's would wait for it.
        await db.execute("DELETE FROM rehearsals WHERE event_id = $1", world.event_id)


@pytest.mark.asvs("V8.1.1")
def test_every_route_has_a_right() -> None:
    assert RIGHTS.keys() == RULES.keys()


@pytest.mark.asvs("V16.1.1")
def test_every_change_is_audited_or_quiet_for_a_reason() -> None:
    changing = {name for name in RIGHTS if not name.startswith("GET")}
    assert changing == AUDITED.keys() | QUIET.keys()
    assert not AUDITED.keys() & QUIET.keys()


def _members(least: Least) -> tuple[list[Role], list[Role]]:
    """Which roles may, the least of them first, and which may not."""
    if least is Least.MEMBER:
        return [Role.STAFF, *(role for role in Role if role is not Role.STAFF)], []
    if least.value not in Role.__members__:
        return [], [Role.OWNER] if least in CLOSED else []
    needed = Role(least.value)
    more = [role for role in Role if role.covers(needed) and role is not needed]
    return [needed, *more], [role for role in Role if not role.covers(needed)]


def _code(answer: httpx.Response) -> str:
    assert answer.status_code < 500, answer.text
    return "" if answer.status_code < 400 else str(answer.json()["error"]["code"])


def _able(cast: Cast, least: Least) -> dict[str, str] | None:
    """The headers of the least who may; None where a test of its own asks as that one."""
    if least is Least.SIGNED_IN:
        return next(cast.fresh).headers
    if least is Least.BUYER:
        return cast.stage.owner.headers
    if least in {Least.ADMIN, Least.SELLER}:
        return cast.headers["ADMIN"]
    roles, _ = _members(least)
    return cast.headers[roles[0].value] if roles else None


async def _audited(cast: Cast, request_id: str) -> list[str]:
    """What was written for a request, with who it was, by what and from where."""
    rows = await cast.stage.watcher.fetch(
        "SELECT action FROM audit_log WHERE request_id = $1 AND actor_id IS NOT NULL "
        "AND (session_id IS NOT NULL OR key_id IS NOT NULL) AND address IS NOT NULL",
        request_id,
    )
    return [row["action"] for row in rows]


async def _says_before(cast: Cast, request_id: str) -> bool:
    """Whether the line says what was so before, and what is so after."""
    details = await cast.stage.watcher.fetchval(
        "SELECT details::TEXT FROM audit_log WHERE request_id = $1", request_id
    )
    return {"before", "after"} <= json.loads(details).keys()


async def _shown_to_owner(cast: Cast, request_id: str) -> list[str]:
    """The same as an OWNER reads it in their organization's log."""
    path = f"/api/v1/organizations/{cast.stage.world.organization_id}/audit"
    answer = await cast.stage.client.get(path, params={"limit": 100}, headers=cast.headers["OWNER"])
    found = answer.json()["data"]
    return [each["action"] for each in found if each["requestId"] == request_id]


@pytest.mark.asvs("V8.2.1", "V8.3.1", "V16.3.2")
@pytest.mark.parametrize("name", ORDERED)
async def test_who_may(name: str, cast: Cast) -> None:
    least = RIGHTS[name]
    if least in OPEN:
        assert _code(await cast.ask(name, {})) != "AUTH004"
        return
    for who in ("nobody", "ended"):
        assert (await cast.ask(name, cast.headers[who])).status_code == 401, who
    able, unable = _members(least)
    expected = {role.value: refused_with(name, is_outside=False) for role in unable}
    if able or least in CLOSED:
        outside = refused_with(name, is_outside=True)
        expected |= dict.fromkeys(("stranger", "rival"), outside)
        expected["rival key"] = refused_with(name, is_outside=True, is_key=True)
    if least is Least.SELLER:
        expected["buyer"] = 404 if name in KEPT_FROM_BUYERS else 403
    heard = {who: (await cast.ask(name, cast.headers[who])).status_code for who in expected}
    assert heard == expected
    headers = _able(cast, least)
    if headers is None:
        return
    request_id = f"may-{ORDERED.index(name)}"
    answer = await cast.ask(name, {**headers, "X-Request-Id": request_id})
    # Whatever else is missing, it is no right.
    assert _code(answer) not in REFUSED
    if not name.startswith("GET"):
        ASKED.add(name)
        if answer.is_success:
            await _require_noted(cast, name, request_id)
            MADE.add(name)
    for role in able[1:]:
        assert _code(await cast.ask(name, cast.headers[role.value])) not in REFUSED, role


async def _require_noted(cast: Cast, name: str, request_id: str) -> None:
    """What the log says of a change: one line or none, to its owners, with what was before."""
    written = [AUDITED[name]] if name in AUDITED else []
    assert await _audited(cast, request_id) == written
    if not written:
        return
    if name.split(" ")[1].startswith(_OF_ORGANIZATIONS):
        assert await _shown_to_owner(cast, request_id) == written
    if name.startswith(("PUT", "PATCH")):
        assert await _says_before(cast, request_id) is (name not in WITHOUT_BEFORE), name


def test_each_audited_change_was_made_here_or_stands_in_another_test() -> None:
    """One that was refused here shows nothing of the log: another test must look for its word."""
    assert ASKED, "by the others of this file: run it whole"
    others = [path for path in TESTS.rglob("test_*.py") if path != Path(__file__)]
    words = "".join(path.read_text() for path in others)
    refused = (AUDITED.keys() & ASKED) - MADE
    assert {name for name in refused if f'"{AUDITED[name]}"' not in words} == set()


def _steps_up(dependant: Dependant) -> bool:
    return dependant.call is step_up_of or any(map(_steps_up, dependant.dependencies))


@pytest.mark.asvs("V7.5.1")
def test_what_asks_for_a_fresh_sign_in_is_known(settings: Settings) -> None:
    make_app(settings)
    found = {
        f"{method} {(context.path_format or '').removeprefix('/api/v1')}"
        for plan in PLANS.values()
        for context in iter_route_contexts(plan.routes)
        if isinstance(context.original_route, APIRoute)
        and _steps_up(context.original_route.dependant)
        for method in context.methods or ()
    }
    assert found == STEP_UP
    assert {name for name in ORDERED if "/export" in name} <= found


@pytest.mark.asvs("V7.5.1")
async def test_what_matters_is_not_done_by_an_old_sign_in(cast: Cast, settings: Settings) -> None:
    """Of who has a second factor, whoever they are; and nothing has changed."""
    db, world = cast.stage.watcher, cast.stage.world
    (admin,) = await make_fans(db, world, 1, platform="ADMIN")
    await db.execute(
        "INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, name, "
        "created_at) VALUES ($1, $2, $3, '', 0, 'key', now())",
        *(uuid4(), admin.user_id, uuid4().bytes),
    )
    now = dt.datetime.now(dt.UTC)
    old, _ = world.tokens.mint(
        UserId(admin.user_id),
        session_id=SessionId(uuid4()),
        roles=frozenset({"ADMIN"}),
        signed_in_at=now - dt.timedelta(minutes=16),
        now=now,
    )
    before = await cast.stage.rows()
    for name in sorted(STEP_UP):
        answer = await cast.ask(name, {"Authorization": f"Bearer {old}"})
        assert (name, _code(answer)) == (name, "AUTH005")
    after = await cast.stage.rows()
    assert {table for table, found in after.items() if found != before[table]} == set()


@pytest.mark.asvs("V8.2.1")
@pytest.mark.parametrize("name", [n for n in ORDERED if RIGHTS[n] not in OPEN])
async def test_what_a_key_may(name: str, cast: Cast) -> None:
    """A key is never more than its role, never a person, and signs what cannot be taken back."""
    able, unable = _members(RIGHTS[name])
    for role in unable:
        answer = await cast.ask(name, cast.headers[f"{role} key"])
        assert answer.status_code in {403, 404}, role
    code = _code(await cast.ask(name, cast.headers["OWNER key"]))
    if name in TO_SIGN:
        assert code == "SIGN001"
    elif name in NO_KEY:
        assert code == "AUTH004"
    elif able:
        assert code not in {*REFUSED, "SIGN001"}


# Last what makes the visitor somebody.
VISITING = sorted((n for n in ORDERED if RIGHTS[n] not in OPEN), key=lambda n: n.endswith("/claim"))


@pytest.mark.parametrize("name", VISITING)
async def test_what_a_visitor_may(name: str, cast: Cast) -> None:
    answer = await cast.ask(name, cast.headers["guest"])
    if name in FOR_VISITORS:
        assert _code(answer) not in REFUSED
    else:
        assert answer.status_code in {403, 404}
