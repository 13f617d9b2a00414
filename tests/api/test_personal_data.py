"""What names a person is known: a walk over the schema, and over every row after an erasure."""

from __future__ import annotations

import re
import secrets
from typing import Final
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
    r"|\btoken\Z|\breason\Z|\breference\Z"
)
# What becomes of it with the account. Erased: emptied or deleted by who is named beside.
ERASED = {
    "identity": {
        *("known_devices.agent_hash", "known_devices.user_id"),
        *("invitations.email", "mail_tokens.email", "mail_tokens.user_id", "memberships.user_id"),
        *("passkeys.credential_id", "passkeys.user_id", "recovery_codes.user_id"),
        *("reset_requests.email", "sessions.user_agent", "sign_in_challenges.user_id"),
        *("totp_factors.secret", "totp_factors.user_id", "users.email", "users.email_verified_at"),
        *("users.full_name", "users.phone_number", "users.phone_sealed"),
        "idempotency_keys.person",
    },
    "notifications": {
        *("messages.recipient", "messages.recipient_sealed"),
        *("suppressions.address", "suppressions.address_sealed"),
    },
    "outreach": {"news_consents.user_id"},
    "search": {"saved_searches.query", "saved_searches.user_id"},
    "tickets": {"ticket_transfers.email"},
    "activity": {"order_notes.text"},
    "payments": {"charges.reference", "charges.token", "refunds.reason"},
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
    "suppressions.reason",  # a word of ours
    "disputes.reason",  # a word of the card network's
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


# What an export of an account says of each table that names people, or why it says nothing.
EXPORTED = {
    "users": "profile",
    "memberships": "profile",
    "sessions": "sessions",
    "passkeys": "passkeys",
    "totp_factors": "secondFactors",
    "invitations": "invitations",
    "orders": "orders",
    "tickets": "orders",
    "ticket_transfers": "transfers",
    "messages": "messages",
    "news_consents": "news",
    "saved_searches": "savedSearches",
    "waiting_places": "waitingPlaces",
    "wait_list": "waitLists",
    "charges": "payments",
    "refunds": "payments",
    "checkins": "checkins",
    "audit_log": "auditLog",
}
_DEED: Final = "what somebody did for an organization, which the log's lines of theirs say"
NOT_GIVEN = {
    "known_devices": "a hash that says nothing; it is half a year old at most",
    **dict.fromkeys(
        ("mail_tokens", "recovery_codes", "reset_requests", "sign_in_challenges"),
        "hashes of what is good for minutes or once: to show them would be to let somebody in",
    ),
    "idempotency_keys": "answers that the person was given already, for a day",
    "suppressions": "an address that gets nothing; the messages say that it did not",
    "order_notes": "an organization's own words among its staff",
    "person_places": "how many they hold of an event, which their orders say",
    "promo_people": "which code they used, which their orders say",
    "membership_news": "ids that processes hear of, for minutes",
    **dict.fromkeys(
        (
            *("api_keys", "campaigns", "flags", "gate_devices", "rehearsals"),
            *("template_overrides", "webhook_endpoints"),
        ),
        _DEED,
    ),
}


async def test_an_export_speaks_of_every_table_that_names_people(
    client: httpx.AsyncClient,
) -> None:
    named = NAMELESS.union(*ERASED.values())
    tables = {column.partition(".")[0] for column in named}
    assert tables == EXPORTED.keys() | NOT_GIVEN.keys()
    assert not EXPORTED.keys() & NOT_GIVEN.keys()
    person = await register(client)
    made = await client.get("/api/v1/users/me/export", headers=person.headers)
    assert made.json()["data"].keys() >= set(EXPORTED.values())


async def test_an_export_says_nothing_of_who_else_did_it_nor_from_where(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person, other = await register(client), await register(client)
    for action, actor in (("test.own", person.user_id), ("test.done_to_them", other.user_id)):
        await db.execute(
            "INSERT INTO audit_log (action, actor_id, subject_id, details, session_id, key_id, "
            "address, request_id) VALUES ($1, $2, $3, '{}', gen_random_uuid(), gen_random_uuid(), "
            "'192.0.2.7', 'r-1')",
            *(action, actor, person.user_id),
        )
    given = await client.get("/api/v1/users/me/export", headers=person.headers)
    lines = {each["action"]: each for each in given.json()["data"]["auditLog"]}
    theirs = {"actorId", "actorName", "sessionId", "keyId", "address", "requestId"}
    assert lines["test.own"].keys() >= theirs
    assert lines["test.done_to_them"].keys() == lines["test.own"].keys() - theirs


@pytest.mark.asvs("V14.2.4")
async def test_what_a_card_was_charged_by_is_given_out_and_forgotten_with_the_account(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    evening = await make_evening(client, db, settings)
    fan = evening.fan
    (ticket,) = await evening.tickets()
    assert (await evening.scan(await evening.code(ticket))).status_code == 200
    await db.execute(
        "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE id = $2) "
        "WHERE id = $1",
        *(fan.user_id, (await register(client)).user_id),
    )
    (order_id,) = await db.fetch("SELECT id FROM orders WHERE user_id = $1", fan.user_id)
    await db.execute(
        "INSERT INTO charges (order_id, attempt, organization_id, amount, currency, token, "
        "status, created_at, reference) VALUES ($1, 1, $2, 4900, 'EUR', 'pm_of_theirs', "
        "'DECLINED', now(), 'of theirs')",
        *(order_id["id"], evening.world.organization_id),
    )
    given = await client.get("/api/v1/users/me/export", headers=fan.headers)
    payments = given.json()["data"]["payments"]
    assert [each["reference"] for each in payments["charges"]] == ["of theirs"]
    (scan,) = given.json()["data"]["checkins"]
    assert (scan["eventId"], scan["result"]) == (str(evening.world.event_id), "ADMITTED")
    # Nothing that they did stands in the log yet; what others did of them would.
    assert given.json()["data"]["auditLog"] == []
    gone = await client.request(
        "DELETE", "/api/v1/users/me", json={"password": PASSWORD}, headers=fan.headers
    )
    assert gone.status_code == 200, gone.text
    row = await db.fetchrow(
        "SELECT token, reference, amount FROM charges WHERE order_id = $1", order_id["id"]
    )
    assert tuple(row) == ("", None, 4900)


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
    await db.execute(
        "SELECT write_paper($1::UUID, 'INVOICE', 'order:' || $1::UUID, 1, 0, now())",
        UUID(held.json()["data"]["orderId"]),
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
