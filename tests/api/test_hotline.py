"""A hot request that its connection answers is answered as the application would answer it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from arenapulse.core.settings import Settings
from arenapulse.runtime.ratelimit import RateClass
from tests.hotlines import ANSWER_SECONDS, OWN, Answer, Served, serving
from tests.worlds import Fan, Place, World, make_fans, make_world

ORIGIN = "https://club.test"


@pytest.fixture(scope="module")
async def served(settings: Settings) -> AsyncIterator[Served]:
    async with serving(settings.model_copy(update={"cors_origins": ORIGIN})) as made:
        yield made


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    places = (Place(100), Place(50, amount=0, fee=0), Place(rows=(("A", 6),)))
    return await make_world(db, settings, sections=places)


@pytest.fixture
async def fan(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1))[0]


def ordering(fan: Fan, order: object, *, key: str | None = None, **more: str) -> bytes:
    """A whole request."""
    body = json.dumps(order).encode()
    fields = {
        "Host": "arena",
        "Authorization": f"Bearer {fan.token}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **({} if key is None else {"Idempotency-Key": key}),
        **more,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST /api/v1/orders HTTP/1.1\r\n{lines}\r\n".encode() + body


def the_long_way(request: bytes) -> bytes:
    """The same request with its body in a chunk, or its path in other letters."""
    head, body = request.split(b"\r\n\r\n", 1)
    if not body:
        return request.replace(b"availability", b"%61vailability")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    head = b"\r\n".join([*lines, b"Transfer-Encoding: chunked"])
    return head + b"\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def told(answer: Answer) -> tuple[int, dict[str, str], object]:
    """What both ways must say alike."""
    headers = {name: value for name, value in answer.headers.items() if name not in OWN}
    error = answer.body.get("error")
    return answer.status, headers, error or sorted(answer.body["data"])


async def test_both_ways_say_the_same(
    served: Served, world: World, fan: Fan, db: asyncpg.Connection
) -> None:
    stranger = Fan(uuid4(), "no.such.token")
    seats = [{"row": "A", "seat": 1}, {"row": "A", "seat": 2}]
    taken = world.order(2, quantity=2, seats=seats)
    other = (await make_fans(db, world, 1))[0]
    free = {"paymentMethod": {"type": "free"}}
    availability = f"GET /api/v1/events/{world.event_id}/availability HTTP/1.1\r\nHost: a\r\n\r\n"
    requests = {
        "a hold": (ordering(fan, world.order(quantity=2)), 201),
        "with an origin": (ordering(fan, world.order(), Origin=ORIGIN), 201),
        "another's origin": (ordering(fan, world.order(), Origin="https://evil.test"), 201),
        "free": (ordering(fan, world.order(1, **free)), 201),
        "not free": (ordering(fan, world.order(**free)), 422),
        "the best available": (ordering(fan, world.order(2)), 201),
        "too many": (ordering(fan, world.order(quantity=11)), 422),
        "sold out": (ordering(fan, world.order(1, quantity=10)), 201),
        "no token": (ordering(stranger, world.order()), 401),
        "no such level": (
            ordering(fan, world.order(tickets=[world.order()["tickets"][0] | {"priceLevel": "X"}])),
            422,
        ),
        "no such event": (ordering(fan, world.order(eventId=str(uuid4()))), 404),
        "no JSON": (ordering(fan, world.order()).replace(b'{"eventId', b"{{eventId"), 400),
        "another type": (
            ordering(fan, world.order()).replace(b"application/json", b"text/html"),
            415,
        ),
        "a key that is none": (ordering(fan, world.order(), key="a b"), 422),
        "for the organization": (
            ordering(fan, world.order(paymentMethod={"type": "box_office"})),
            403,
        ),
        "availability": (availability.encode(), 200),
    }
    async with served.line() as line:
        # The first sight of a token and of an event goes by the handler itself.
        assert (await line.ask(ordering(other, taken))).status == 201
        assert (await line.ask(ordering(fan, world.order()))).status == 201
        for name, (request, status) in requests.items():
            served.short.clear()
            short, long = await line.ask(request), await line.ask(the_long_way(request))
            assert served.short == [True, False], name
            assert short.status == status, (name, short.body)
            assert told(short) == told(long), name
        served.short.clear()
        request = ordering(fan, taken)
        short, long = await line.ask(request), await line.ask(the_long_way(request))
        assert served.short == [True, False]
        for answer in (short, long):
            error = answer.body["error"]
            assert (answer.status, error["code"]) == (409, "SEAT001")
            assert len(error["details"]["nearest"]) == 2
    held = await db.fetchval("SELECT sum(held) FROM stock WHERE event_id = $1", world.event_id)
    reserved = await db.fetchval(
        "SELECT count(*) FROM tickets WHERE event_id = $1 AND status = 'RESERVED'", world.event_id
    )
    assert held == reserved


async def test_a_key_is_one_order_whichever_way_it_comes(
    served: Served, world: World, fan: Fan, db: asyncpg.Connection
) -> None:
    request = ordering(fan, world.order(), key="mine")
    async with served.line() as line, served.line() as other:
        both = await asyncio.gather(line.ask(request), other.ask(request))
        again = await line.ask(request)
        long = await line.ask(the_long_way(request))
        reused = await line.ask(ordering(fan, world.order(quantity=2), key="mine"))
    assert {answer.status for answer in (*both, again, long)} == {201}
    assert len({answer.body["data"]["orderId"] for answer in (*both, again, long)}) == 1
    assert again.headers["idempotent-replayed"] == long.headers["idempotent-replayed"] == "true"
    assert (reused.status, reused.body["error"]["code"]) == (409, "IDEMPOTENCY001")
    stored = await db.fetchval("SELECT count(*) FROM orders WHERE user_id = $1", fan.user_id)
    assert stored == 1


async def test_a_body_in_pieces_and_requests_behind_each_other(
    served: Served, world: World, fan: Fan
) -> None:
    request = ordering(fan, world.order())
    async with served.line() as line:
        pieces = [request[:40], request[40:-60], request[-60:-20], request[-20:]]
        assert (await line.ask(*pieces)).status == 201
        three = [ordering(fan, world.order(quantity=n)) for n in (1, 2, 3)]
        line.writer.write(b"".join(three))
        sizes = [len((await line.answer()).body["data"]["tickets"]) for _ in three]
        assert sizes == [1, 2, 3]
        assert (await line.ask(request)).status == 201


async def test_who_hangs_up_has_the_order_all_the_same(
    served: Served, world: World, fan: Fan, db: asyncpg.Connection
) -> None:
    async with served.line() as line:
        assert (await line.ask(ordering(fan, world.order()))).status == 201
    async with served.line() as line:
        line.writer.write(ordering(fan, world.order(), key="gone"))
    stored = "SELECT id FROM orders WHERE user_id = $1 AND idempotency_key = 'gone'"
    async with asyncio.timeout(ANSWER_SECONDS):
        while (order_id := await db.fetchval(stored, fan.user_id)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    async with served.line() as line:
        again = await line.ask(ordering(fan, world.order(), key="gone"))
    assert again.body["data"]["orderId"] == str(order_id)
    assert not served.state.tasks


async def test_an_order_is_counted_once_whichever_way_it_goes(
    settings: Settings, world: World, fan: Fan
) -> None:
    async with (
        serving(settings.model_copy(update={"rate_limits": True})) as served,
        served.line() as line,
    ):
        order, unknown = world.order(), world.order(eventId=str(uuid4()))
        left = RateClass.ORDER.per_account
        for n, body in enumerate([order, order, unknown, order]):
            request = ordering(fan, body)
            answer = await line.ask(the_long_way(request) if n == 3 else request)
            assert answer.headers["ratelimit-limit"] == str(RateClass.ORDER.per_account)
            left -= 1
            # A minute may begin between two of them.
            assert int(answer.headers["ratelimit-remaining"]) in {
                left,
                RateClass.ORDER.per_account - 1,
            }
            left = int(answer.headers["ratelimit-remaining"])
