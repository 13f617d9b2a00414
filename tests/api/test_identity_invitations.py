"""Members by consent: nobody learns who has an account, and a link makes one member, once."""

from __future__ import annotations

import asyncio
import secrets
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core import clock
from arenapulse.core.settings import Environment, Settings
from arenapulse.identity.service.invitations import MAILS_A_DAY_MAX, OPEN_MAX
from tests.answers import code
from tests.factories import Person, another_process, register
from tests.logged import logged
from tests.mailbox import mails, make_member, tokens

ORGANIZATIONS = "/api/v1/organizations"


@pytest.fixture
async def owner(client: httpx.AsyncClient) -> Person:
    return await register(client)


@pytest.fixture
async def club(client: httpx.AsyncClient, owner: Person) -> str:
    made = await client.post(ORGANIZATIONS, json={"name": "Harbour"}, headers=owner.headers)
    return f"{ORGANIZATIONS}/{made.json()['data']['id']}"


async def invite(
    client: httpx.AsyncClient, club: str, owner: Person, email: str, role: str = "STAFF"
) -> httpx.Response:
    body = {"email": email, "role": role}
    return await client.post(f"{club}/members", json=body, headers=owner.headers)


async def accept(client: httpx.AsyncClient, token: str, person: Person) -> httpx.Response:
    return await client.post(f"{ORGANIZATIONS}/invitations/{token}/accept", headers=person.headers)


async def test_the_answer_is_the_same_for_every_address(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: str, owner: Person
) -> None:
    known, nobody = await register(client), f"nobody-{secrets.token_hex(5)}@arena.test"
    for email in (known.email, nobody, owner.email):
        answer = await invite(client, club, owner, email.upper())
        assert answer.status_code == 201, answer.text
        data = answer.json()["data"]
        assert data == {
            "invitationId": data["invitationId"],
            "email": email,
            "role": "STAFF",
            "status": "INVITED",
        }
        (mail,) = await mails(db, to=email, template="invitation")
        assert (mail["organization"], mail["role"], mail["days"]) == ("Harbour", "STAFF", 7)
    members = await client.get(f"{club}/members", headers=owner.headers)
    assert members.json()["meta"]["total"] == 1
    listed = await client.get(f"{club}/invitations", headers=owner.headers)
    assert sorted(one["email"] for one in listed.json()["data"]) == sorted(
        [known.email, nobody, owner.email]
    )


async def test_who_accepts_is_a_member_with_a_proved_address(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: str, owner: Person
) -> None:
    person, other = await register(client), await register(client)
    await invite(client, club, owner, person.email, "ANALYST")
    (token,) = await tokens(db, to=person.email, template="invitation")
    assert code(await accept(client, token, other)) == (404, "NOTFOUND001")
    answers = await asyncio.gather(*(accept(client, token, person) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404]
    of = await logged(db, "member.joined", subject=person.user_id)
    assert of == UUID(club.rpartition("/")[2])
    done = next(answer for answer in answers if answer.status_code == 200)
    assert done.json()["data"] == {
        "userId": str(person.user_id),
        "email": person.email,
        "fullName": person.full_name,
        "role": "ANALYST",
    }
    me = (await client.get("/api/v1/users/me", headers=person.headers)).json()["data"]
    assert me["emailVerified"] is True
    assert [one["role"] for one in me["memberships"]] == ["ANALYST"]


async def test_whoever_has_the_link_sees_whose_invitation_it_is_while_it_is_open(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: str, owner: Person
) -> None:
    person = await register(client)
    await invite(client, club, owner, person.email, "ANALYST")
    (token,) = await tokens(db, to=person.email, template="invitation")
    path = f"{ORGANIZATIONS}/invitations/{token}"
    for headers in ({}, person.headers, (await register(client)).headers):
        answer = await client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        offer = answer.json()["data"]
        # Not to whom it went: a link that was passed on tells nobody's address.
        assert offer.pop("expiresAt") > clock.rfc3339(clock.now())
        assert offer == {"organizationName": "Harbour", "role": "ANALYST"}
    assert (await accept(client, token, person)).status_code == 200
    for over in (token, "nonsense"):
        answer = await client.get(f"{ORGANIZATIONS}/invitations/{over}")
        assert code(answer) == (404, "NOTFOUND001")


async def test_a_link_is_over_when_it_is_replaced_taken_back_or_old(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: str, owner: Person
) -> None:
    person = await register(client)
    for _ in range(3):
        answer = await invite(client, club, owner, person.email)
    first, second, third = await tokens(db, to=person.email, template="invitation")
    for token in (first, second):
        assert code(await accept(client, token, person)) == (404, "NOTFOUND001")
    path = f"{club}/invitations/{answer.json()['data']['invitationId']}"
    assert (await client.get(path, headers=owner.headers)).json()["data"]["status"] == "INVITED"
    assert (await client.delete(path, headers=owner.headers)).status_code == 200
    of = UUID(club.rpartition("/")[2])
    assert await logged(db, "identity.invitation_ended", subject=of) == of
    assert code(await client.delete(path, headers=owner.headers)) == (404, "NOTFOUND001")
    assert code(await accept(client, third, person)) == (404, "NOTFOUND001")
    await invite(client, club, owner, person.email)
    await db.execute(
        "UPDATE invitations SET created_at = created_at - interval '7 days', "
        "expires_at = expires_at - interval '7 days' WHERE email = $1",
        person.email,
    )
    last = (await tokens(db, to=person.email, template="invitation"))[-1]
    assert code(await accept(client, last, person)) == (404, "NOTFOUND001")


async def test_nobody_has_us_mail_without_end(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: str, owner: Person
) -> None:
    """Neither one address again and again, nor one after the other, by taking the former back."""
    email = f"nobody-{secrets.token_hex(5)}@arena.test"
    for _ in range(MAILS_A_DAY_MAX):
        assert (await invite(client, club, owner, email)).status_code == 201
    assert code(await invite(client, club, owner, email)) == (409, "CONFLICT003")
    assert len(await mails(db, to=email, template="invitation")) == MAILS_A_DAY_MAX
    assert (await invite(client, club, owner, f"x{email}")).status_code == 201
    # Another organization has its own.
    other = await client.post(ORGANIZATIONS, json={"name": "Other"}, headers=owner.headers)
    path = f"{ORGANIZATIONS}/{other.json()['data']['id']}"
    assert (await invite(client, path, owner, email)).status_code == 201
    await db.execute(
        "INSERT INTO invitations (id, organization_id, email, role, token_hash, invited_by, "
        "created_at, expires_at, ended_at) SELECT gen_random_uuid(), $1, n || '@arena.test', "
        "'STAFF', sha256(uuid_send(gen_random_uuid())), $2, now(), 'infinity', now() "
        "FROM generate_series(2, $3) n",
        *(UUID(other.json()["data"]["id"]), owner.user_id, OPEN_MAX),
    )
    last = await invite(client, path, owner, f"y{email}")
    assert code(last) == (409, "CONFLICT003")
    await db.execute("UPDATE invitations SET created_at = created_at - interval '1 day'")
    assert (await invite(client, path, owner, f"y{email}")).status_code == 201
    assert (await invite(client, club, owner, email)).status_code == 201


async def test_in_production_an_unproved_address_invites_nobody(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    settings: Settings,
    club: str,
    owner: Person,
) -> None:
    email = f"nobody-{secrets.token_hex(5)}@arena.test"
    async with another_process(settings, environment=Environment.PRODUCTION) as strict:
        refused = await invite(strict, club, owner, email)
        assert code(refused) == (409, "CONFLICT003")
        assert await mails(db, to=email, template="invitation") == []
        await db.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", owner.user_id)
        assert (await invite(strict, club, owner, email)).status_code == 201


async def test_a_member_who_accepts_stays_what_they_are(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: str, owner: Person
) -> None:
    await make_member(client, db, members=f"{club}/members", by=owner, person=owner, role="STAFF")
    members = await client.get(f"{club}/members", headers=owner.headers)
    assert [one["role"] for one in members.json()["data"]] == ["OWNER"]


@pytest.mark.asvs("V6.3.3")
async def test_an_organization_may_ask_a_factor_of_who_manages_it(
    client: httpx.AsyncClient, db: asyncpg.Connection, club: str, owner: Person
) -> None:
    async def ask(person: Person, **change: object) -> httpx.Response:
        return await client.patch(club, json=change, headers=person.headers)

    # Nobody asks of others what they have not.
    assert code(await ask(owner, mfaRequired=True)) == (401, "AUTH005")
    manager, clerk = await register(client), await register(client)
    for person, role in ((manager, "MANAGER"), (clerk, "STAFF")):
        await make_member(client, db, members=f"{club}/members", by=owner, person=person, role=role)
    await db.execute(
        "INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, name, created_at) "
        "VALUES (gen_random_uuid(), $1, $2, '', 0, 'key', now())",
        *(owner.user_id, secrets.token_bytes(16)),
    )
    assert (await ask(owner, mfaRequired=True, name="New Harbour")).status_code == 200
    assert (await client.get(f"{club}/members", headers=owner.headers)).status_code == 200
    assert (await client.get(f"{club}/members", headers=clerk.headers)).status_code == 200
    refused = await client.get(f"{club}/members", headers=manager.headers)
    assert code(refused) == (401, "AUTH005")
    assert refused.json()["error"]["details"][0]["field"] == "mfa"
    assert (await ask(owner, mfaRequired=False)).status_code == 200
    assert (await client.get(f"{club}/members", headers=manager.headers)).status_code == 200
