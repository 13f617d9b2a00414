"""Organizations: who may found, see and manage; the last OWNER stays."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from arenapulse.identity.service.organizations import OWNED_MAX
from arenapulse.runtime.db import AFTER_COMMIT_MAX
from tests.factories import PASSWORD, Person, register
from tests.mailbox import make_member

ORGANIZATIONS = "/api/v1/organizations"


@dataclass(frozen=True)
class Club:
    id: str
    owner: Person
    staff: Person

    @property
    def members(self) -> str:
        return f"{ORGANIZATIONS}/{self.id}/members"


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def found(client: httpx.AsyncClient, person: Person, **headers: str) -> httpx.Response:
    return await client.post(
        ORGANIZATIONS, json={"name": "Harbour Club"}, headers=person.headers | headers
    )


async def invite(
    client: httpx.AsyncClient, members: str, by: Person, **invited: Any
) -> httpx.Response:
    return await client.post(members, json=invited, headers=by.headers)


@pytest.fixture
async def club(client: httpx.AsyncClient, db: asyncpg.Connection) -> Club:
    owner = await register(client, full_name="Olga Owner")
    staff = await register(client, full_name="Stefan Staff")
    made = Club((await found(client, owner)).json()["data"]["id"], owner, staff)
    await make_member(client, db, members=made.members, by=owner, person=staff, role="STAFF")
    return made


async def roles(db: asyncpg.Connection, club: Club) -> dict[str, str]:
    rows = await db.fetch(
        "SELECT user_id, role FROM memberships WHERE organization_id = $1", club.id
    )
    names = {club.owner.user_id: "owner", club.staff.user_id: "staff"}
    return {names.get(row["user_id"], "other"): row["role"] for row in rows}


async def make_admin(client: httpx.AsyncClient, db: asyncpg.Connection) -> Person:
    person = await register(client)
    await db.execute("UPDATE users SET roles = '{ADMIN}' WHERE id = $1", person.user_id)
    answer = await client.post("/api/v1/auth/refresh", json={"refreshToken": person.refresh_token})
    assert answer.status_code == 200
    token = answer.json()["data"]["token"]
    return Person(**(vars(person) | {"token": token}))


async def test_any_person_may_found_one_and_is_its_owner(client: httpx.AsyncClient) -> None:
    person = await register(client)
    answer = await found(client, person)
    assert answer.status_code == 201
    made = answer.json()["data"]
    assert made == {"id": made["id"], "name": "Harbour Club", "role": "OWNER"}
    mine = await client.get(ORGANIZATIONS, headers=person.headers)
    assert mine.json() == {
        "success": True,
        "data": [made],
        "meta": {"page": 1, "limit": 20, "total": 1},
    }


async def test_the_same_key_founds_it_once(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    key = {"Idempotency-Key": secrets.token_hex(8)}
    first = await found(client, person, **key)
    second = await found(client, person, **key)
    assert second.headers["idempotent-replayed"] == "true"
    assert second.content == first.content
    query = "SELECT count(*) FROM memberships WHERE user_id = $1"
    assert await db.fetchval(query, person.user_id) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "x" * 201}, {"name": "\x00"}, {"name": "a", "role": "OWNER"}],
)
async def test_a_wrong_body_founds_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection, body: dict[str, Any]
) -> None:
    person = await register(client)
    answer = await client.post(ORGANIZATIONS, json=body, headers=person.headers)
    assert code(answer) == (422, "VALIDATION001")
    query = "SELECT count(*) FROM memberships WHERE user_id = $1"
    assert await db.fetchval(query, person.user_id) == 0


async def test_members_see_each_other(client: httpx.AsyncClient, club: Club) -> None:
    answer = await client.get(club.members, headers=club.staff.headers)
    assert answer.json()["data"] == [
        {
            "userId": str(club.owner.user_id),
            "email": club.owner.email,
            "fullName": "Olga Owner",
            "role": "OWNER",
        },
        {
            "userId": str(club.staff.user_id),
            "email": club.staff.email,
            "fullName": "Stefan Staff",
            "role": "STAFF",
        },
    ]
    assert answer.json()["meta"] == {"page": 1, "limit": 20, "total": 2}


async def test_for_strangers_there_is_no_such_organization(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: Club
) -> None:
    stranger = await register(client)
    member = f"{club.members}/{club.staff.user_id}"
    for organization in (club.members, f"{ORGANIZATIONS}/{uuid4()}/members"):
        answers = [
            await client.get(organization, headers=stranger.headers),
            await invite(client, organization, stranger, email=stranger.email, role="OWNER"),
        ]
        assert [code(answer) for answer in answers] == [(404, "NOTFOUND001")] * 2
    changed = await client.patch(member, json={"role": "OWNER"}, headers=stranger.headers)
    removed = await client.delete(member, headers=stranger.headers)
    assert code(changed) == code(removed) == (404, "NOTFOUND001")
    assert await roles(db, club) == {"owner": "OWNER", "staff": "STAFF"}


async def test_nobody_without_a_token(client: httpx.AsyncClient, club: Club) -> None:
    for answer in (
        await client.get(ORGANIZATIONS),
        await client.post(ORGANIZATIONS, json={"name": "x"}),
        await client.get(club.members),
        await client.delete(f"{club.members}/{club.staff.user_id}"),
    ):
        assert code(answer) == (401, "AUTH003")


@pytest.mark.parametrize("role", ["STAFF", "ANALYST", "MANAGER"])
async def test_only_an_owner_manages_members(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: Club, role: str
) -> None:
    member = f"{club.members}/{club.staff.user_id}"
    await client.patch(member, json={"role": role}, headers=club.owner.headers)
    other = await register(client)
    owner = f"{club.members}/{club.owner.user_id}"
    for answer in (
        await invite(client, club.members, club.staff, email=other.email, role="STAFF"),
        await client.patch(member, json={"role": "OWNER"}, headers=club.staff.headers),
        await client.delete(owner, headers=club.staff.headers),
    ):
        assert code(answer) == (403, "AUTH004")
    assert await roles(db, club) == {"owner": "OWNER", "staff": role}


async def test_a_member_may_leave(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: Club
) -> None:
    answer = await client.delete(f"{club.members}/{club.staff.user_id}", headers=club.staff.headers)
    assert answer.status_code == 200
    assert await roles(db, club) == {"owner": "OWNER"}
    assert code(await client.get(club.members, headers=club.staff.headers)) == (
        404,
        "NOTFOUND001",
    )


async def test_the_last_owner_cannot_leave_or_step_down(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: Club
) -> None:
    owner = f"{club.members}/{club.owner.user_id}"
    left = await client.delete(owner, headers=club.owner.headers)
    stepped = await client.patch(owner, json={"role": "MANAGER"}, headers=club.owner.headers)
    assert code(left) == code(stepped) == (409, "CONFLICT003")
    assert await roles(db, club) == {"owner": "OWNER", "staff": "STAFF"}
    same = await client.patch(owner, json={"role": "OWNER"}, headers=club.owner.headers)
    assert same.json()["data"]["role"] == "OWNER"


async def test_a_wrong_invitation_is_refused(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: Club
) -> None:
    for wrong in ({"role": "ADMIN"}, {"role": "owner"}, {"email": "x"}, {"since": "today"}):
        body = {"email": "nobody@arena.test", "role": "STAFF"} | wrong
        answer = await client.post(club.members, json=body, headers=club.owner.headers)
        assert code(answer) == (422, "VALIDATION001")
    assert await roles(db, club) == {"owner": "OWNER", "staff": "STAFF"}


async def test_an_unknown_member_is_404(client: httpx.AsyncClient, club: Club) -> None:
    unknown = f"{club.members}/{uuid4()}"
    changed = await client.patch(unknown, json={"role": "OWNER"}, headers=club.owner.headers)
    removed = await client.delete(unknown, headers=club.owner.headers)
    assert code(changed) == code(removed) == (404, "NOTFOUND001")


async def test_an_admin_counts_as_owner_everywhere(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: Club
) -> None:
    admin = await make_admin(client, db)
    profile = await client.get("/api/v1/users/me", headers=admin.headers)
    assert profile.json()["data"]["roles"] == ["ADMIN", "ATTENDEE"]
    assert (await client.get(club.members, headers=admin.headers)).status_code == 200
    changed = await client.patch(
        f"{club.members}/{club.staff.user_id}", json={"role": "OWNER"}, headers=admin.headers
    )
    assert changed.status_code == 200
    listed = await client.get(ORGANIZATIONS, headers=admin.headers)
    total = await db.fetchval("SELECT count(*) FROM organizations")
    assert listed.json()["meta"]["total"] == total
    missing = await client.get(f"{ORGANIZATIONS}/{uuid4()}/members", headers=admin.headers)
    assert code(missing) == (404, "NOTFOUND001")


async def test_one_person_owns_a_bounded_number(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    await db.execute(
        "WITH made AS (INSERT INTO organizations (name) SELECT 'Many' "
        "FROM generate_series(1, $1) RETURNING id) "
        "INSERT INTO memberships SELECT id, $2, 'OWNER' FROM made",
        *(OWNED_MAX, person.user_id),
    )
    assert code(await found(client, person)) == (409, "CONFLICT003")
    query = "SELECT count(*) FROM memberships WHERE user_id = $1"
    assert await db.fetchval(query, person.user_id) == OWNED_MAX
    gone = await client.request(
        "DELETE", "/api/v1/users/me", json={"password": PASSWORD}, headers=person.headers
    )
    assert gone.status_code == 200
    assert await db.fetchval(query, person.user_id) == 0


async def test_an_organization_is_read_by_its_members_with_their_role_and_what_it_asks(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: Club
) -> None:
    await db.execute("UPDATE organizations SET mfa_required = TRUE WHERE id = $1", club.id)
    stranger = await register(client)
    seen = await client.get(f"{ORGANIZATIONS}/{club.id}", headers=club.staff.headers)
    assert seen.json()["data"] == {
        "id": club.id,
        "name": "Harbour Club",
        "role": "STAFF",
        "mfaRequired": True,
    }
    owner = await client.get(f"{ORGANIZATIONS}/{club.id}", headers=club.owner.headers)
    assert code(owner) == (401, "AUTH005")
    other = await client.get(f"{ORGANIZATIONS}/{club.id}", headers=stranger.headers)
    assert code(other) == (404, "NOTFOUND001")


async def test_an_organization_of_many_managers_is_renamed_and_each_of_them_is_told(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: Club
) -> None:
    managers = [uuid4() for _ in range(AFTER_COMMIT_MAX + 1)]
    await db.executemany(
        "INSERT INTO users (id, email, password_hash, full_name) VALUES ($1, $2, '-', 'M')",
        [(each, f"{each}@club.test") for each in managers],
    )
    await db.executemany(
        "INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'MANAGER')",
        [(club.id, each) for each in managers],
    )
    answer = await client.patch(
        f"{ORGANIZATIONS}/{club.id}", json={"name": "Quay Club"}, headers=club.owner.headers
    )
    assert answer.status_code == 200, answer.text
    told = await db.fetch(
        "SELECT user_id FROM membership_news WHERE organization_id = $1 AND user_id = ANY ($2)",
        *(club.id, managers),
    )
    assert {row["user_id"] for row in told} == set(managers)
