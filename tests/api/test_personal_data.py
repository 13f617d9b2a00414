"""What names a person is known: a walk over the schema, and over every row after an erasure."""

from __future__ import annotations

import re
import secrets

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from tests.factories import PASSWORD, register
from tests.worlds import Fan, Place, make_world

PERSONAL = re.compile(
    r"email|phone|full_name|recipient|user_agent|birth|user_id\Z|person|holder|buyer|made_by"
    r"|invited_by|actor_id|card|credential"
)
# Column → what becomes of it with the account: forgotten, or an id that names nobody any more.
FORGOTTEN = {
    "invitations.email",
    "mail_tokens.email",
    "mail_tokens.user_id",
    "messages.recipient",
    "messages.user_id",
    "passkeys.credential_id",
    "passkeys.user_id",
    "recovery_codes.user_id",
    "reset_requests.email",
    "sessions.user_agent",
    "sign_in_challenges.user_id",
    "totp_factors.user_id",
    "users.email",
    "users.email_verified_at",
    "users.full_name",
    "users.phone_number",
    "users.phone_sealed",
    "idempotency_keys.person",
    "memberships.user_id",
}


async def test_every_column_that_may_name_a_person_of_identity_is_known(
    db: asyncpg.Connection,
) -> None:
    rows = await db.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type <> 'uuid' "
        "AND table_name NOT LIKE 'pgqueuer%' AND table_name NOT LIKE 'sandbox%'"
    )
    found = {
        f"{row['table_name']}.{row['column_name']}"
        for row in rows
        if PERSONAL.search(row["column_name"])
    }
    # Of other slices: what each keeps of a person is erased and exported by its own `erase`.
    others = {
        "campaigns.emails",  # how many
        "events.max_per_person",
        "promo_codes.max_per_person",
        "ticket_transfers.email",
        "transfers.email",
        "suppressions.recipient",
    }
    assert found - FORGOTTEN - others == set()


async def test_after_an_erasure_no_row_says_who_it_was(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    mark = secrets.token_hex(6)
    email, agent = f"gone-{mark}@arena.test", f"Agent-{mark}/1.0"
    person = await register(client, email=email, full_name=f"Name {mark}")
    await client.patch(
        "/api/v1/users/me", json={"phoneNumber": "+49151777" + "12345"}, headers=person.headers
    )
    body = {"email": email, "password": PASSWORD}
    await client.post("/api/v1/auth/login", json=body, headers={"User-Agent": agent})
    await client.post("/api/v1/auth/password/forgot", json={"email": email})
    owner = await register(client)
    club = await client.post("/api/v1/organizations", json={"name": "Club"}, headers=owner.headers)
    members = f"/api/v1/organizations/{club.json()['data']['id']}/members"
    await client.post(members, json={"email": email, "role": "STAFF"}, headers=owner.headers)
    world = await make_world(db, settings, sections=(Place(20),))
    fan = Fan(person.user_id, person.token)
    held = await client.post(
        "/api/v1/orders",
        json=world.order(),
        headers=fan.headers | {"Idempotency-Key": f"key-{mark}"},
    )
    assert held.status_code == 201, held.text
    gone = await client.request(
        "DELETE", "/api/v1/users/me", json={"password": PASSWORD}, headers=person.headers
    )
    assert gone.status_code == 200, gone.text
    tables = await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    left = []
    for row in tables:
        table = row["tablename"]
        for what in (email, agent, f"Name {mark}", "+4915177712345"):
            count = await db.fetchval(
                f"SELECT count(*) FROM {table} t WHERE position($1 IN t::text) > 0", what
            )
            if count:
                left.append((table, what, count))
    assert left == []
