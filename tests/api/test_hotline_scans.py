"""A scan that its connection answers is judged, refused and counted as by the handler itself."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.runtime.ratelimit import RateClass
from tests.gates import Evening, make_evening, now, scan
from tests.hotlines import Answer, Line, serving
from tests.worlds import Fan


@pytest.fixture
async def evening(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Evening:
    return await make_evening(client, db, settings)


def scanning(evening: Evening, body: Any, *, who: Fan | None = None) -> bytes:
    """A whole request."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (
        f"POST {evening.path}/checkins HTTP/1.1\r\nHost: a\r\n"
        f"Authorization: Bearer {(who or evening.staff).token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    ).encode() + content


async def known(line: Line, evening: Evening) -> None:
    """Makes the member, the event and its keys known to the process."""
    await line.ask(scanning(evening, scan("nobody's")))


def said(answer: Answer) -> tuple[int, str]:
    found = answer.body
    return answer.status, found["data"]["result"] if found["success"] else found["error"]["code"]


async def test_scans_are_judged_without_a_task(evening: Evening, settings: Settings) -> None:
    (ticket,) = await evening.tickets()
    code = await evening.code(ticket)
    altered = code[:10] + ("A" if code[10] != "A" else "B") + code[11:]
    stale = await evening.code_made(ticket, at=now().replace(year=now().year - 1))
    once = scan(code)
    cases: list[tuple[Any, tuple[int, str]]] = [
        (scan("AP1"), (404, "TICKET001")),
        (scan(altered), (404, "TICKET001")),
        (scan(stale), (409, "TICKET003")),
        (scan(None), (422, "VALIDATION001")),
        (b"{", (400, "REQUEST001")),
        (scan(code, direction="OUT"), (409, "TICKET004")),
        (once, (200, "ADMITTED")),
        (once, (200, "ADMITTED")),
        (scan(code), (409, "TICKET002")),
    ]
    async with serving(settings) as served, served.line() as line:
        await known(line, evening)
        served.at_once.clear()
        for body, expected in cases:
            assert said(await line.ask(scanning(evening, body))) == expected
        assert served.at_once == [True] * len(cases)
        # A stranger is looked for in the rows, and told nothing.
        refused = await line.ask(scanning(evening, scan(code), who=evening.fan))
        assert said(refused) == (404, "EVENT001")
        assert served.at_once[-1] is False
        assert (await line.ask(scanning(evening, scan(code), who=Fan(uuid4(), "x")))).status == 401
    assert await evening.recorded() == [("ADMITTED", "A")]


async def test_a_scan_is_counted_once_whichever_way_it_goes(
    evening: Evening, settings: Settings
) -> None:
    limited = settings.model_copy(update={"rate_limits": True})
    async with serving(limited) as served, served.line() as line:
        most = RateClass.GATE.per_account
        left: list[int] = []
        for _ in range(4):
            answer = await line.ask(scanning(evening, scan("nobody's")))
            assert answer.headers["ratelimit-limit"] == str(most)
            left.append(int(answer.headers["ratelimit-remaining"]))
        assert served.at_once == [False, True, True, True]
        # A minute may begin between two of them.
        assert all(b in {a - 1, most - 1} for a, b in pairwise(left))
