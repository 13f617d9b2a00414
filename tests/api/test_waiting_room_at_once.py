"""Who joins and who waits is answered at once, and as the long way would answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from arenapulse.core import clock
from arenapulse.core.settings import Settings
from arenapulse.runtime.ratelimit import WINDOW_SECONDS
from arenapulse.waitingroom import proof
from tests.hotlines import ANSWER_SECONDS, OWN, Answer, Served, serving
from tests.hotlines import Line as Wire
from tests.lining import lined_up
from tests.worlds import Fan, make_fans

LOOKS_MAX = 100
RUSH_SECONDS = 8.0
# Of one moment and not of another.
MOMENTS = {"serverTime": None, "at": None}


@pytest.fixture(scope="module")
async def served(settings: Settings) -> AsyncIterator[Served]:
    async with serving(settings) as made:
        yield made


def request(path: str, *fields: str, method: str = "GET", body: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: a", *fields]
    if method == "POST":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", body]).encode()


def signed(fan: Fan) -> str:
    return f"Authorization: Bearer {fan.token}"


def the_long_way(asked: bytes) -> bytes:
    """The same path in other letters, which the connection leaves to the application."""
    return asked.replace(b"/queue", b"/%71ueue")


def told(answer: Answer) -> tuple[int, dict[str, str], dict[str, Any]]:
    headers = {name: value for name, value in answer.headers.items() if name not in OWN}
    return answer.status, headers, answer.body.get("error") or answer.body["data"] | MOMENTS


async def test_both_ways_say_the_same(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, served: Served
) -> None:
    async with (
        lined_up(client, db, settings, status="ON_SALE") as line,
        served.line() as wire,
    ):
        one, other, third = await make_fans(db, line.world, 3)
        await wire.ask(request(f"{line.path}/serving"))
        served.at_once.clear()
        # Joining: anew, again, and with a body.
        joined = await wire.ask(request(line.path, signed(one), method="POST"))
        again = await wire.ask(request(line.path, signed(one), method="POST"))
        with_body = await wire.ask(request(line.path, signed(other), method="POST", body="{}"))
        long = await wire.ask(the_long_way(request(line.path, signed(third), method="POST")))
        assert [each.status for each in (joined, again, with_body, long)] == [201, 200, 201, 201]
        assert joined.body["data"] | MOMENTS == again.body["data"] | MOMENTS
        assert [each.body["data"]["position"] for each in (joined, with_body, long)] == [1, 2, 3]
        assert joined.headers.keys() == long.headers.keys()
        # And being told how it stands.
        for path in (f"{line.path}/{joined.body['data']['token']}", f"{line.path}/serving"):
            for fields in ((), (signed(one),)):
                short = await wire.ask(request(path, *fields))
                long = await wire.ask(the_long_way(request(path, *fields)))
                assert told(short) == told(long)
                assert short.status == 200
        # At once where the room was read within the second, which a busy machine may miss.
        place = request(f"{line.path}/{joined.body['data']['token']}")
        for _ in range(LOOKS_MAX):
            await wire.ask(request(f"{line.path}/serving"))
            served.at_once.clear()
            await wire.ask(place)
            if served.at_once == [True]:
                break
        assert served.at_once == [True]
        for _ in range(LOOKS_MAX):
            if not served.state.tasks:
                break
            await asyncio.sleep(0.01)
        assert not served.state.tasks


@pytest.mark.parametrize(
    ("below", "fields", "status"),
    [
        ("/" + "x" * 50, (), 404),
        ("/serving", ("Authorization: Bearer nobody",), 401),
        ("/serving", ("Authorization: Basic eA==",), 401),
        ("", (), 401),
        ("", ("Authorization: Bearer nobody",), 401),
    ],
)
async def test_what_is_refused_is_refused_alike(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    settings: Settings,
    served: Served,
    below: str,
    fields: tuple[str, ...],
    status: int,
) -> None:
    async with (
        lined_up(client, db, settings, status="ON_SALE") as line,
        served.line() as wire,
    ):
        await wire.ask(request(f"{line.path}/serving"))
        asked = request(f"{line.path}{below}", *fields, method="GET" if below else "POST")
        short, long = await wire.ask(asked), await wire.ask(the_long_way(asked))
        assert (told(short), short.status) == (told(long), status)


async def test_a_draft_is_for_its_organization_alone(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, served: Served
) -> None:
    async with lined_up(client, db, settings, status="DRAFT") as line, served.line() as wire:
        (staff,) = await make_fans(db, line.world, 1, role="MANAGER")
        (fan,) = await make_fans(db, line.world, 1)
        path = f"{line.path}/serving"
        for _ in range(2):
            assert (await wire.ask(request(path, signed(staff)))).status == 200
            assert (await wire.ask(request(path))).status == 404
            joining = request(line.path, signed(fan), method="POST")
            assert (await wire.ask(joining)).status == 404


async def test_a_drawn_place_is_told_at_once_and_as_it_was_drawn(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, served: Served
) -> None:
    async with lined_up(client, db, settings, status="SCHEDULED") as line, served.line() as wire:
        fans = await make_fans(db, line.world, 4)
        tokens = [(await line.joined(fan))["token"] for fan in fans]
        await line.move("ON_SALE")
        await line.step()
        drawn = [await line.until(token, phase="WAITING") for token in tokens]
        found = [await wire.ask(request(f"{line.path}/{token}")) for token in tokens]
        assert [each.body["data"] | MOMENTS for each in found] == [d | MOMENTS for d in drawn]
        # Who comes now stands behind the four.
        (late,) = await make_fans(db, line.world, 1)
        joined = await wire.ask(request(line.path, signed(late), method="POST"))
        assert (joined.status, joined.body["data"]["position"]) == (201, 5)


async def test_an_organizers_word_is_seen_by_who_asks_again_and_again(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, served: Served
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line, served.line() as wire:
        path = request(f"{line.path}/serving")
        assert "message" not in (await wire.ask(path)).body["data"]
        await db.execute(
            "UPDATE waiting_rooms SET message = 'Ten minutes more.', is_closed = TRUE "
            "WHERE event_id = $1",
            line.world.event_id,
        )
        assert (await until(wire, path, closed=True))["message"] == "Ten minutes more."
        (fan,) = await make_fans(db, line.world, 1)
        late = await wire.ask(request(line.path, signed(fan), method="POST"))
        assert (late.status, late.body["error"]["code"]) == (409, "CONFLICT003")


async def test_of_a_crowd_nobody_waits_for_the_room_to_be_read_anew(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, served: Served
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line, served.line() as wire:
        path = request(f"{line.path}/serving")
        read_at = (await wire.ask(path)).body["data"]["at"]
        for _ in range(LOOKS_MAX):
            found = (await wire.ask(path)).body["data"]["at"]
            if found != read_at and served.at_once[-1]:
                return
            read_at = found
            await asyncio.sleep(0.05)
        raise AssertionError("whoever was told something new had to wait for it")


@pytest.mark.parametrize("field", ["Connection: keep-alive", "X: y"])
async def test_a_connection_of_http_1_0_ends_with_its_answer(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    settings: Settings,
    served: Served,
    field: str,
) -> None:
    async with lined_up(client, db, settings, status="ON_SALE") as line, served.line() as wire:
        asked = request(f"{line.path}/serving", field).replace(b"HTTP/1.1", b"HTTP/1.0")
        wire.writer.write(asked)
        async with asyncio.timeout(ANSWER_SECONDS):
            assert (await wire.reader.read()).startswith(b"HTTP/1.1 200")


async def until(wire: Wire, asked: bytes, **wanted: object) -> dict[str, Any]:
    for _ in range(LOOKS_MAX):
        found = (await wire.ask(asked)).body["data"]
        if found | wanted == found:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"never {wanted}")


async def test_in_a_rush_the_work_is_asked_for_and_judged_at_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    strict = settings.model_copy(update={"rate_limits": True})
    async with (
        lined_up(client, db, settings, status="ON_SALE") as line,
        serving(strict) as served,
        served.line() as wire,
    ):
        fans = await make_fans(db, line.world, 12)
        await wire.ask(request(f"{line.path}/serving"))
        # Who comes from one address is counted by the minute: it must not end in between.
        left = WINDOW_SECONDS - clock.unix_seconds() % WINDOW_SECONDS
        if left < RUSH_SECONDS:
            await asyncio.sleep(left)
        answers = [await wire.ask(request(line.path, signed(f), method="POST")) for f in fans]
        assert [each.status for each in answers] == [201] * 10 + [429] * 2
        asked = answers[-1].body["error"]["details"]
        number = proof.solve(asked["challenge"], bits=asked["bits"])
        body = f'{{"proof": {{"challenge": "{asked["challenge"]}", "answer": {number}}}}}'
        served.at_once.clear()
        shown = await wire.ask(request(line.path, signed(fans[-1]), method="POST", body=body))
        other = await wire.ask(request(line.path, signed(fans[-2]), method="POST", body=body))
        assert (shown.status, other.status) == (201, 429), "it is good for one person"
        assert other.headers["retry-after"] == "1"
        assert len(served.at_once) == 2
        assert await line.count() == 11
