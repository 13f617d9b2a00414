"""What names a person is known: a walk over the schema, and over every row after an erasure."""

from __future__ import annotations

import re
import secrets
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.factories import PASSWORD, register
from tests.gates import make_evening
from tests.worlds import Fan, Place, make_world

# A column of such a name may name a person: by data of theirs, or by an id.
PERSONAL = re.compile(
    r"email|phone|full_name|recipient|address|user_agent|agent|birth|person|holder|buyer|giver"
    r"|(user|actor|recipient)_id\Z|\bby\Z|_by\Z|card|credential|\btext\Z|note|query|secret\Z|ip\Z"
)
# What becomes of it with the account. Erased: emptied or deleted by who is named beside.
ERASED = {
    "identity": {
        *("invitations.email", "mail_tokens.email", "mail_tokens.user_id", "memberships.user_id"),
        *("passkeys.credential_id", "passkeys.user_id", "recovery_codes.user_id"),
        *("reset_requests.email", "sessions.user_agent", "sign_in_challenges.user_id"),
        *("totp_factors.secret", "totp_factors.user_id", "users.email", "users.email_verified_at"),
        *("users.full_name", "users.phone_number", "users.phone_sealed"),
        "idempotency_keys.person",
    },
    "notifications": {"messages.recipient", "suppressions.address"},
    "outreach": {"news_consents.user_id"},
    "search": {"saved_searches.query", "saved_searches.user_id"},
    "tickets": {"ticket_transfers.email"},
    "activity": {"order_notes.text"},
    "waitingroom": {"waiting_places.user_id"},
    "waitlist": {"wait_list.user_id"},
}
# An id alone: the account it leads to says nothing of anybody any more.
NAMELESS = {
    *("api_keys.made_by", "audit_log.actor_id", "campaigns.approved_by", "campaigns.asked_by"),
    *("checkins.actor_id", "flags.changed_by", "gate_devices.made_by", "invitations.invited_by"),
    *("membership_news.user_id", "messages.user_id", "order_notes.by", "orders.user_id"),
    *("person_places.person_id", "promo_people.person_id", "refunds.asked_by"),
    "rehearsals.asked_by",
    *("sessions.user_id", "template_overrides.written_by", "ticket_transfers.giver_id"),
    *("ticket_transfers.recipient_id", "tickets.holder_id", "webhook_endpoints.made_by"),
}
# Nobody's data, whatever the name sounds like; or kept, with why.
IMPERSONAL = {
    "api_keys.signing_secret",  # an organization's
    "audit_log.address",  # kept: where a change came from is what the log is for
    "campaigns.emails",  # how many
    "event_questions.holder_names",  # whether tickets are by name
    "events.max_per_person",
    "disputes.due_by",  # a time
    "orders.client_secret",  # of the payment vendor, for one payment
    "promo_codes.max_per_person",
    "webhook_endpoints.secret",  # an organization's
    # Which worker has it.
    *("charges.taken_by", "refunds.taken_by", "search_documents.taken_by"),
    *("messages.taken_by", "webhook_deliveries.taken_by"),
}


@pytest.mark.asvs("V14.1.1", "V14.1.2")
async def test_every_column_that_may_name_a_person_is_known(db: asyncpg.Connection) -> None:
    rows = await db.fetch(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' "
        "AND table_name NOT LIKE 'pgqueuer%' AND table_name NOT LIKE 'sandbox%'"
    )
    found = {
        f"{row['table_name']}.{row['column_name']}"
        for row in rows
        if PERSONAL.search(row["column_name"])
    }
    known = NAMELESS | IMPERSONAL | set[str]().union(*ERASED.values())
    assert found - known == set(), "say what becomes of it with the account"
    assert known - found == set(), "there is no such column any more"


@pytest.mark.asvs("V14.2.4")
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
    evening = await make_evening(client, db, settings)
    (given,) = await evening.tickets()
    offered = await client.post(
        f"/api/v1/tickets/{given}/transfer", json={"email": email}, headers=evening.fan.headers
    )
    assert offered.status_code == 201, offered.text
    await db.execute(
        'INSERT INTO order_notes (id, order_id, "by", text, at) VALUES '
        "(gen_random_uuid(), $1, $2, $3, now())",
        *(UUID(held.json()["data"]["orderId"]), evening.staff.user_id, f"rang: Name {mark}"),
    )
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
