"""A ticket goes from one person to another: by mail, once, and only to whom it was meant."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from arenapulse.core.settings import Environment, Settings
from arenapulse.runtime.crypto import Keyring
from tests.answers import code as code_of
from tests.factories import another_process
from tests.gates import Evening, make_evening
from tests.worlds import Fan, make_fans


@pytest.fixture
async def evening(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Evening:
    return await make_evening(client, db, settings)


@pytest.fixture
async def friend(evening: Evening, db: asyncpg.Connection) -> Fan:
    (made,) = await make_fans(db, evening.world, 1)
    return made


def email(fan: Fan) -> str:
    return f"{fan.user_id}@fans.test"


async def offer(evening: Evening, ticket: str, to: str, *, who: Fan | None = None) -> Any:
    return await evening.client.post(
        f"/api/v1/tickets/{ticket}/transfer",
        json={"email": to},
        headers=(who or evening.fan).headers,
    )


async def accept(evening: Evening, token: str, who: Fan) -> httpx.Response:
    return await evening.client.post(
        f"/api/v1/tickets/transfers/{token}/accept", headers=who.headers
    )


async def mailed(evening: Evening, answer: httpx.Response) -> str:
    """The token as it stands in the mail that waits."""
    key = f"transfer_offered:{answer.json()['data']['transferId']}"
    row = await evening.db.fetchrow("SELECT id, sealed FROM messages WHERE key = $1", key)
    values = Keyring(evening.settings.secret or "").open(
        row["sealed"], purpose="message values", bound_to=f"messages {row['id']}"
    )
    return str(msgspec.json.decode(values)["url"].rsplit("/", 1)[-1])


async def wallet(evening: Evening, who: Fan) -> list[tuple[str, str]]:
    answer = await evening.client.get("/api/v1/tickets", headers=who.headers)
    return [(each["ticketId"], each["status"]) for each in answer.json()["data"]]


async def test_a_ticket_is_given_and_the_old_code_is_dead(evening: Evening, friend: Fan) -> None:
    (ticket,) = await evening.tickets()
    before = await evening.code(ticket)
    offered = await offer(evening, ticket, email(friend).upper())
    assert offered.status_code == 201, offered.text
    assert offered.json()["data"].keys() == {"transferId", "expiresAt"}
    # Until it is taken it is the giver's.
    assert await wallet(evening, evening.fan) == [(ticket, "VALID")]
    token = await mailed(evening, offered)
    taken = await accept(evening, token, friend)
    assert taken.status_code == 200, taken.text
    new = taken.json()["data"]["ticketId"]
    assert new != ticket
    assert await wallet(evening, evening.fan) == [(ticket, "TRANSFERRED")]
    assert await wallet(evening, friend) == [(new, "VALID")]
    assert code_of(await evening.scan(before)) == (409, "TICKET004")
    refused = await evening.client.get(
        f"/api/v1/tickets/{ticket}/code", headers=evening.fan.headers
    )
    assert code_of(refused) == (409, "TICKET004")
    assert (await evening.scan(await evening.code(new, fan=friend))).status_code == 200
    assert code_of(await accept(evening, token, friend)) == (409, "TICKET004")


async def test_only_the_account_with_that_address_takes_it(
    evening: Evening, friend: Fan, db: asyncpg.Connection
) -> None:
    (stranger,) = await make_fans(db, evening.world, 1)
    (ticket,) = await evening.tickets()
    token = await mailed(evening, await offer(evening, ticket, email(friend)))
    for who in (stranger, evening.fan):
        assert code_of(await accept(evening, token, who)) == (404, "TICKET001")
    assert code_of(await accept(evening, "x" * 32, friend)) == (404, "TICKET001")
    assert await wallet(evening, evening.fan) == [(ticket, "VALID")]
    assert await wallet(evening, stranger) == []


async def test_in_production_only_who_proved_their_address_gives_a_ticket_away(
    evening: Evening, friend: Fan, db: asyncpg.Connection
) -> None:
    (ticket,) = await evening.tickets()
    production = {"environment": Environment.PRODUCTION, "public_url": "https://arena.test"}
    giver = evening.fan

    async def given(client: httpx.AsyncClient) -> httpx.Response:
        path = f"/api/v1/tickets/{ticket}/transfer"
        return await client.post(path, json={"email": email(friend)}, headers=giver.headers)

    async with another_process(evening.settings, **production) as client:
        await db.execute("UPDATE users SET email_verified_at = NULL WHERE id = $1", giver.user_id)
        assert code_of(await given(client)) == (409, "CONFLICT003")
        assert not await db.fetchval(
            "SELECT count(*) FROM ticket_transfers WHERE giver_id = $1", giver.user_id
        )
        await db.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", giver.user_id)
        assert (await given(client)).status_code == 201


async def test_who_takes_it_has_proved_the_address_by_the_mail(
    evening: Evening, friend: Fan, db: asyncpg.Connection
) -> None:
    proved = "SELECT email_verified_at IS NOT NULL FROM users WHERE id = $1"
    await db.execute("UPDATE users SET email_verified_at = NULL WHERE id = $1", friend.user_id)
    before = (await evening.client.get("/api/v1/users/me", headers=friend.headers)).json()
    assert before["data"]["emailVerified"] is False
    (ticket,) = await evening.tickets()
    token = await mailed(evening, await offer(evening, ticket, email(friend)))
    assert not await db.fetchval(proved, friend.user_id)
    assert (await accept(evening, token, friend)).status_code == 200
    assert await db.fetchval(proved, friend.user_id)
    after = (await evening.client.get("/api/v1/users/me", headers=friend.headers)).json()
    assert after["data"]["emailVerified"] is True
    export = await evening.client.get("/api/v1/users/me/export", headers=friend.headers)
    (kept,) = export.json()["data"]["transfers"]
    assert (kept["side"], kept["outcome"], kept["email"]) == ("TAKEN", "TAKEN", None)


async def test_one_offer_at_a_time_and_one_that_is_withdrawn_is_dead(
    evening: Evening, friend: Fan
) -> None:
    (ticket,) = await evening.tickets()
    path = f"/api/v1/tickets/{ticket}/transfer"
    nothing = await evening.client.delete(path, headers=evening.fan.headers)
    assert code_of(nothing) == (409, "TICKET004")
    token = await mailed(evening, await offer(evening, ticket, email(friend)))
    assert code_of(await offer(evening, ticket, "other@fans.test")) == (409, "TICKET004")
    waits = await evening.client.get(path, headers=evening.fan.headers)
    assert waits.json()["data"]["transferId"]
    assert (await evening.client.delete(path, headers=evening.fan.headers)).status_code == 200
    assert code_of(await accept(evening, token, friend)) == (404, "TICKET001")
    assert (await evening.client.get(path, headers=evening.fan.headers)).json()["data"] is None
    assert (await offer(evening, ticket, email(friend))).status_code == 201


async def test_a_ticket_that_is_offered_again_and_again_writes_to_nobody_any_more(
    evening: Evening,
) -> None:
    first, second = await evening.tickets(2)
    path = f"/api/v1/tickets/{first}/transfer"
    for n in range(5):
        assert (await offer(evening, first, f"{n}@strangers.test")).status_code == 201
        assert (await evening.client.delete(path, headers=evening.fan.headers)).status_code == 200
    mails = "SELECT count(*) FROM messages WHERE template = 'transfer_offered' AND event_id = $1"
    told = await evening.db.fetchval(mails, evening.world.event_id)
    refused = await offer(evening, first, "5@strangers.test")
    assert code_of(refused) == (429, "RATE001")
    assert refused.headers["Retry-After"]
    assert await evening.db.fetchval(mails, evening.world.event_id) == told == 5
    # Another ticket is given as before, and this one again tomorrow.
    assert (await offer(evening, second, "6@strangers.test")).status_code == 201
    await evening.db.execute(
        "UPDATE ticket_transfers SET created_at = created_at - interval '25 h' WHERE event_id = $1",
        evening.world.event_id,
    )
    assert (await offer(evening, first, "7@strangers.test")).status_code == 201


async def test_an_offer_that_is_over_gives_nothing(evening: Evening, friend: Fan) -> None:
    (ticket,) = await evening.tickets()
    token = await mailed(evening, await offer(evening, ticket, email(friend)))
    await evening.db.execute(
        "UPDATE ticket_transfers SET created_at = now() - INTERVAL '8 days', "
        "expires_at = now() - INTERVAL '1 second' WHERE ended_at IS NULL"
    )
    assert code_of(await accept(evening, token, friend)) == (404, "TICKET001")
    # Another offer takes its place.
    assert (await offer(evening, ticket, email(friend))).status_code == 201


async def test_who_went_in_meanwhile_gives_nothing_away(evening: Evening, friend: Fan) -> None:
    (ticket,) = await evening.tickets()
    token = await mailed(evening, await offer(evening, ticket, email(friend)))
    assert (await evening.scan(await evening.code(ticket))).status_code == 200
    assert code_of(await accept(evening, token, friend)) == (409, "TICKET004")
    assert code_of(await offer(evening, ticket, email(friend))) == (409, "TICKET004")
    assert await wallet(evening, friend) == []


async def test_taking_and_going_in_at_once_lets_one_of_them(evening: Evening, friend: Fan) -> None:
    (ticket,) = await evening.tickets()
    token = await mailed(evening, await offer(evening, ticket, email(friend)))
    code = await evening.code(ticket)
    taken, scanned = await asyncio.gather(accept(evening, token, friend), evening.scan(code))
    assert sorted((taken.status_code, scanned.status_code)) == [200, 409]


async def test_a_place_goes_through_many_hands_and_back(evening: Evening, friend: Fan) -> None:
    (ticket,) = await evening.tickets()
    hands = [evening.fan, friend, evening.fan, friend]
    for giver, to in itertools.pairwise(hands):
        token = await mailed(evening, await offer(evening, ticket, email(to), who=giver))
        ticket = (await accept(evening, token, to)).json()["data"]["ticketId"]
    assert dict(await wallet(evening, friend))[ticket] == "VALID"
    rows = await evening.db.fetch(
        "SELECT number, status::TEXT, holder_id, from_number FROM tickets WHERE event_id = $1 "
        "ORDER BY number",
        evening.world.event_id,
    )
    assert [(row["status"], row["from_number"]) for row in rows] == [
        ("TRANSFERRED", None),
        ("TRANSFERRED", 1),
        ("TRANSFERRED", 2),
        ("VALID", 3),
    ]
    # One place was sold, and one is: cancelled it is free again, whoever held it.
    sold = "SELECT sold FROM stock WHERE event_id = $1"
    assert await evening.db.fetchval(sold, evening.world.event_id) == 1
    order = f"{int(ticket.replace('-', ''), 16) & ~0xFFF:032x}"
    told = await evening.client.post(f"/api/v1/orders/{order}/cancel", headers=evening.fan.headers)
    assert told.status_code == 200, told.text
    assert len(told.json()["data"]["tickets"]) == 1
    assert await evening.db.fetchval(sold, evening.world.event_id) == 0
    assert dict(await wallet(evening, friend))[ticket] == "VOID"


async def test_what_is_given_counts_for_no_cap(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    evening = await make_evening(client, db, settings)
    await db.execute(
        "UPDATE events SET capacity_config = capacity_config || "
        "'{\"maxTicketsPerPerson\": 2}'::JSONB WHERE id = $1",
        evening.world.event_id,
    )
    (friend,) = await make_fans(db, evening.world, 1)
    tickets = await evening.tickets(2)
    await evening.tickets(2, fan=friend)
    token = await mailed(evening, await offer(evening, tickets[0], email(friend)))
    assert (await accept(evening, token, friend)).status_code == 200
    over = await client.post(
        "/api/v1/orders",
        json=evening.world.order(paymentMethod={"type": "free"}),
        headers=evening.fan.headers,
    )
    assert code_of(over) == (422, "ORDER003")


async def test_to_oneself_and_to_no_address(evening: Evening) -> None:
    (ticket,) = await evening.tickets()
    for address in (email(evening.fan), "nobody", "a@b"):
        assert code_of(await offer(evening, ticket, address)) == (422, "VALIDATION001"), address


async def test_a_key_asks_twice_and_one_offer_is_made(evening: Evening, friend: Fan) -> None:
    (ticket,) = await evening.tickets()
    headers = evening.fan.headers | {"Idempotency-Key": "once"}
    answers = [
        await evening.client.post(
            f"/api/v1/tickets/{ticket}/transfer", json={"email": email(friend)}, headers=headers
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
