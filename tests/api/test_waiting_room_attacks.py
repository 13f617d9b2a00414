"""What people try who do not want to wait."""

from __future__ import annotations

import asyncio
import base64
from uuid import uuid4

import asyncpg
import httpx

from arenapulse.core import clock
from arenapulse.core.ids import EventId, UserId
from arenapulse.core.settings import Settings
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.redis import connect
from arenapulse.waitingroom import proof
from arenapulse.waitingroom.friction import PATIENT_SECONDS, AddressJoins
from arenapulse.waitingroom.schemas import Place, Proof
from arenapulse.waitingroom.tokens import Passes
from arenapulse.waitingroom.vitals import VitalSigns
from tests.conftest import client_of
from tests.lining import Line, lined_up
from tests.worlds import Fan, make_fans

REFUSED = (403, "QUEUE001")


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", {}).get("code", "")


async def let_in(line: Line, fan: Fan) -> str:
    place = await line.joined(fan)
    while await line.serving() < place["position"]:
        await line.step()
    return (await line.until(place["token"], phase="TURN"))["pass"]


async def orders_of(db: asyncpg.Connection, fan: Fan) -> int:
    return await db.fetchval("SELECT count(*) FROM orders WHERE user_id = $1", fan.user_id)


def minted(settings: Settings, line: Line, fan: Fan, *, expires_in: int) -> str:
    assert settings.secret is not None
    return Passes(Keyring(settings.secret)).mint(
        EventId(line.world.event_id),
        place=Place(0, 1, UserId(fan.user_id)),
        position=1,
        expires_at=int(clock.unix_seconds()) + expires_in,
    )


async def test_a_forged_pass(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        (fan,) = await make_fans(db, line.world, 1)
        good = await let_in(line, fan)
        other_secret = settings.model_copy(update={"secret": "another-secret-" + "y" * 32})
        raw = base64.urlsafe_b64decode(good)
        later = base64.urlsafe_b64encode(raw[:37] + b"\xff\xff\xff\xff" + raw[41:]).decode()
        forged = (
            *("", "x", "A" * 76, later, good[:-1], good + "A", good[::-1], "é" * 38),
            minted(other_secret, line, fan, expires_in=600),
        )
        for attempt in forged:
            headers = {**fan.headers, "X-Queue-Pass": attempt.encode()}
            answer = await client.post("/api/v1/orders", json=line.world.order(), headers=headers)
            assert told(answer) == REFUSED, attempt
        assert await orders_of(db, fan) == 0
        assert (await line.order(fan, good)).status_code == 201


async def test_an_expired_pass(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        (fan,) = await make_fans(db, line.world, 1)
        expired = minted(settings, line, fan, expires_in=0)
        assert told(await line.order(fan, expired)) == REFUSED
        assert await orders_of(db, fan) == 0
        assert (await line.order(fan, minted(settings, line, fan, expires_in=5))).status_code == 201


async def test_an_order_is_answered_again_however_old_its_pass_is_by_now(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    """A lost answer is no reason to wait again; a key that placed nothing opens nothing."""
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        fan, friend = await make_fans(db, line.world, 2)
        good = await let_in(line, fan)
        expired = minted(settings, line, fan, expires_in=-1)

        async def order(who: Fan, given: str, key: str, **changes: object) -> httpx.Response:
            headers = {**who.headers, "X-Queue-Pass": given, "Idempotency-Key": key}
            body = line.world.order(**changes)
            return await client.post("/api/v1/orders", json=body, headers=headers)

        first = await order(fan, good, "one")
        assert first.status_code == 201
        again = await order(fan, expired, "one")
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["Idempotent-Replayed"] == "true"
        assert told(await order(fan, expired, "one", quantity=2)) == (409, "IDEMPOTENCY001")
        assert told(await order(fan, expired, "two")) == REFUSED
        assert told(await order(friend, expired, "one")) == REFUSED
        assert await orders_of(db, fan) == 1


async def test_a_clock_set_forward(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    """What a client says of the time is asked by nobody."""
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        ahead, fan = await make_fans(db, line.world, 2)
        await line.joined(ahead)
        date = {"Date": "Fri, 01 Jan 2100 00:00:00 GMT"}
        joined = await client.post(line.path, headers={**fan.headers, **date})
        token = joined.json()["data"]["token"]
        read = await client.get(f"{line.path}/{token}", headers=date)
        assert (read.json()["data"]["position"], "pass" in read.json()["data"]) == (2, False)
        expired = minted(settings, line, fan, expires_in=-1)
        headers = {**fan.headers, "X-Queue-Pass": expired, "Date": "Thu, 01 Jan 1970 00:00:00 GMT"}
        answer = await client.post("/api/v1/orders", json=line.world.order(), headers=headers)
        assert told(answer) == REFUSED


async def test_a_foreign_and_a_shared_pass(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with (
        lined_up(client, db, settings, status="ON_SALE") as line,
        lined_up(client, db, settings, status="ON_SALE") as elsewhere,
    ):
        fan, friend = await make_fans(db, line.world, 2)
        good = await let_in(line, fan)
        await elsewhere.joined(fan)
        assert told(await elsewhere.order(fan, good)) == REFUSED, "of another event"
        assert told(await line.order(friend, good)) == REFUSED, "of another person"
        assert await orders_of(db, friend) == await orders_of(db, fan) == 0


async def test_a_pass_used_after_the_event_paused(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        (fan,) = await make_fans(db, line.world, 1)
        good = await let_in(line, fan)
        await line.crowd(50)
        stands = await line.serving()
        await line.move("PAUSED")
        assert told(await line.order(fan, good)) == (409, "EVENT003")
        for _ in range(3):
            await line.step()
        assert await line.serving() == stands, "nobody goes in meanwhile"
        await line.move("ON_SALE")
        assert (await line.order(fan, good)).status_code == 201


async def test_a_join_replayed_and_a_proof_used_again(
    db: asyncpg.Connection, settings: Settings
) -> None:
    """Under load the browser works for its place; its answer is good for it alone."""
    strict = settings.model_copy(update={"rate_limits": True})
    async with (
        client_of(strict) as client,
        lined_up(client, db, settings, status="ON_SALE") as line,
    ):
        fans = await make_fans(db, line.world, 24)
        asked: list[dict[str, object]] = []
        for fan in fans:
            answer = await line.join(fan)
            if answer.status_code == 429:
                assert told(answer) == (429, "RATE001")
                asked.append(answer.json()["error"]["details"])
            else:
                assert answer.status_code == 201
        assert len(asked) == 14, "ten from one address are believed"
        hard = asked[-1]
        assert asked[0]["bits"] == proof.BITS_FIRST
        assert hard["bits"] == proof.BITS_FIRST + 1, "twice as many cost twice as much"
        last = fans[-1]
        shown = {
            "challenge": hard["challenge"],
            "answer": proof.solve(str(hard["challenge"]), bits=int(str(hard["bits"]))),
        }
        assert told(await line.join(fans[-2], proof=shown)) == (429, "RATE001"), "another's"
        wrong = {**shown, "answer": int(str(shown["answer"])) + 1}
        assert told(await line.join(last, proof=wrong)) == (429, "RATE001")
        first = await line.join(last, proof=shown)
        assert first.status_code == 201
        again = await line.join(last, proof=shown)
        assert again.status_code == 200
        assert again.json()["data"]["token"] == first.json()["data"]["token"]
        assert await line.count() == 11


async def test_a_thousand_accounts_from_one_address(
    db: asyncpg.Connection, settings: Settings
) -> None:
    """Ten stand in line; each of the others would have to work, the more the more there are.

    The first 620 of them: from 600 requests a minute on the address is refused whatever it has.
    """
    strict = settings.model_copy(update={"rate_limits": True})
    async with (
        client_of(strict) as client,
        lined_up(client, db, settings, status="SCHEDULED") as line,
    ):
        fans = await make_fans(db, line.world, 620)
        answers = [await line.join(fan) for fan in fans]
        # Where a minute ends meanwhile, ten more are free.
        assert 10 <= await line.count() <= 20
    taken = [answer for answer in answers if answer.status_code == 201]
    assert len(taken) <= 20
    refused = [answer for answer in answers if answer.status_code != 201]
    assert {told(answer) for answer in refused} == {(429, "RATE001")}
    bits = [answer.json()["error"].get("details", {}).get("bits") for answer in refused]
    asked = [few for few in bits if few is not None]
    assert len(asked) >= 580, "of 600 requests a minute, which one address has"
    assert min(asked) == proof.BITS_FIRST
    assert sum(2**few for few in asked) > 20_000_000, "hashes, and nothing for a family"


def test_a_million_who_join_cost_more_work_and_never_too_much() -> None:
    assert proof.bits_needed(joins_a_second=5_000, from_address=1) == proof.BITS_FIRST + 5
    assert proof.bits_needed(joins_a_second=1e9, from_address=10**6) == proof.BITS_MAX


def test_who_joins_ten_a_minute_for_hours_works_for_it_too() -> None:
    joins, start = AddressJoins(), 100 * PATIENT_SECONDS
    bits: list[int] = []
    for number in range(200):
        lately, long = joins.add("one", now=start + 60 * (number // 10))
        bits.append(
            proof.bits_needed(joins_a_second=1, from_address=lately, from_address_long=long)
        )
    assert bits[:40] == [0] * 40
    assert bits[40:80] == [proof.BITS_FIRST] * 39 + [proof.BITS_FIRST + 1]
    assert bits[-1] == proof.BITS_FIRST + 2
    assert joins.add("another", now=start) == (1, 1)


async def test_a_proof_that_is_late_forged_or_of_another_event() -> None:
    key, event, person = b"k" * 32, EventId(uuid4()), UserId(uuid4())
    text = proof.challenge(key, event_id=event, user_id=person, bits=8, until=1_000)
    good = Proof(text, proof.solve(text, bits=8))

    def shown(
        given: Proof = good,
        *,
        event_id: EventId = event,
        user_id: UserId = person,
        now: float = 999,
    ) -> int:
        return proof.bits_shown(key, event_id=event_id, user_id=user_id, proof=given, now=now)

    assert shown() == 8
    assert shown(now=1_001) == 0
    assert shown(event_id=EventId(uuid4())) == 0
    assert shown(user_id=UserId(uuid4())) == 0
    for forged in (
        text.replace("8.", "1.", 1),
        text.replace(".1000.", ".9999."),
        "..",
        "",
        "8.1000.",
        "²8.1000.x",
        "9" * 150,
    ):
        assert shown(Proof(forged, good.answer)) == 0, forged


async def test_redis_flushed_at_the_worst_moment(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    """Nobody jumps the line, nobody is let in by accident, the last number stands."""
    assert settings.redis_url is not None
    own_url = settings.redis_url.rpartition("/")[0] + "/11"
    own = settings.model_copy(update={"redis_url": own_url})
    redis = connect(own_url)
    shop = VitalSigns(redis)
    async with lined_up(client, db, own, status="ON_SALE", per_minute=600) as line:
        first, second = await make_fans(db, line.world, 2)
        good = await let_in(line, first)
        await line.crowd(100)
        behind = await line.joined(second)

        async def moved() -> int:
            """By how many a step of the worker moves the line, that hears the servers itself."""
            stood = await line.serving()
            await line.tick()
            return await line.serving() - stood

        await shop.report(p95_ms=20.0, pool_use=0.1)
        assert await moved() > 0
        await redis.flushdb()
        assert await shop.read() is None
        assert [await moved() for _ in range(3)] == [0, 0, 0]
        again = await line.join(second)
        assert again.status_code == 200
        assert again.json()["data"]["position"] == behind["position"]
        assert "pass" not in again.json()["data"]
        assert (await line.order(first, good)).status_code == 201, "whose turn it was has it"
        # It goes on once the servers have told again.
        await shop.report(p95_ms=20.0, pool_use=0.1)
        assert await moved() > 0
    await redis.aclose()


async def test_a_worker_that_cannot_hear_the_servers_is_blind() -> None:
    away = connect("redis://127.0.0.1:1")
    assert await VitalSigns(away).read() is None
    await away.aclose()


async def test_a_visitor_who_is_nobody_yet_has_no_place(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    """An address has twenty visitors' tokens for the asking."""
    async with lined_up(client, db, settings, status="ON_SALE") as line:
        for _ in range(3):
            made = (await client.post("/api/v1/auth/guest")).json()["data"]
            visitor = Fan(made["userId"], made["token"])
            assert told(await line.join(visitor)) == (403, "AUTH004")
        assert await line.count() == 0


async def test_nobody_gains_by_joining_again_and_again(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    async with lined_up(client, db, settings, status="SCHEDULED") as line:
        keen, calm = await make_fans(db, line.world, 2)
        await asyncio.gather(*(line.join(keen) for _ in range(50)), line.join(calm))
        await line.move("ON_SALE")
        await line.step()
        tickets = (await client.get(f"{line.path}/tickets")).content
        assert len(tickets) == 2 * 16, "one ticket each in the draw"
        assert len({tickets[:16], tickets[16:]}) == 2
