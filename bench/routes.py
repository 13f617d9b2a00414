"""p95 of every route of the API, all of them at once, at 500 requests a second.

    python -m bench.routes [--rate 500] [--seconds 60] [--slow]

Four fifths are what an on-sale asks: orders, and an event's page, availability and discover, by
visitors and by people who are signed in. The others are every route of the OpenAPI document in
turn, by whoever may call it with a body that is right, as `tests/hostile.py` says. What would end
what others need (DELETE, cancel) names what is nobody's, so that it is looked for in vain; what
ends who asks (log out) is asked by somebody else each time. Open loop: a stall counts.
`serve --processes 2`, a worker, PostgreSQL and Valkey beside, on this machine. `--slow` shows only
those past 200 ms. Exit 1 where an answer is a 5xx, or a route of the document was not asked.
Loopback only; ends by itself.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import asyncpg
import httpx
import uvloop

from arenapulse.entrypoints.openapi import document
from bench.load import NextRequest, open_loop
from bench.orders import USUALLY, requests
from bench.stack import Stack, free_port, running_stack, start_server
from tests.hostile import RULES
from tests.hostile_kinds import Rule, Who
from tests.stage import API, set_stage
from tests.stage import Stage as People
from tests.worlds import Fan, Place, World, make_fans, make_world

GOAL_MS = 200.0
PLENTY = 1_000_000
FANS = 200
CONNECTIONS = 64
ENDING = ("/cancel", "/logout", "/stop", "/revoke", "/refund", "/sessions", "/retire", "/decline")
ENDS_WHO_ASKS = (
    *("POST /auth/logout", "POST /auth/logout-all", "DELETE /users/me", "DELETE /auth/mfa/totp"),
)
# Each asks once where it ends with it.
LEAVING = 60
HOT = ("GET /events/{event_id}", "GET /events/{event_id}/availability", "GET /events")


@dataclass
class Times:
    ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def at(self, share: float) -> float:
        ordered = sorted(self.ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def who_may(people: People, rule: Rule) -> Fan | None:
    return {
        Who.PERSON: people.owner,
        Who.MAYBE: people.owner,
        Who.ADMIN: people.admin,
        Who.GUEST: people.guest,
    }.get(rule.who)


def ends(name: str) -> bool:
    is_ending = name.startswith("DELETE") or any(word in name for word in ENDING)
    return is_ending and not name.startswith("GET")


def raw(people: People, name: str, rule: Rule, *, by: Fan | None = None) -> bytes:
    """The whole request, of whoever may or of somebody."""
    method, path = name.split(" ", maxsplit=1)
    nobody = {key: uuid4() for key in re.findall(r"{(\w+)}", path)}
    if not ends(name):
        nobody = {key: value for key, value in nobody.items() if key not in people.ids}
    lines = [f"{method} {people.path(name, nobody)} HTTP/1.1", "Host: arena"]
    able = who_may(people, rule) if by is None else by
    headers = dict(rule.headers) | ({} if able is None else able.headers)
    if method == "POST":
        headers |= {"Idempotency-Key": f"routes-{uuid4()}"}
    body = b""
    if rule.body is not None:
        body = json.dumps(people.body(rule.body)).encode()
        headers |= {"Content-Type": "application/json"}
    lines += [f"{key}: {value}" for key, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def as_crowd(world: World, name: str, who: Fan | None) -> bytes:
    """A page of the event on sale, for a visitor or for somebody who is in no organization."""
    path = name.removeprefix("GET ").replace("{event_id}", str(world.event_id))
    lines = [f"GET /api/v1{path} HTTP/1.1", "Host: arena"]
    lines += [f"{key}: {value}" for key, value in ({} if who is None else who.headers).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def mixed(
    names: dict[bytes, str], orders: NextRequest, *, world: World, crowd: Sequence[Fan]
) -> NextRequest:
    """Four of what an on-sale asks, one of all routes, in turn."""
    each: dict[str, list[bytes]] = defaultdict(list)
    for request, name in names.items():
        each[name].append(request)
    every = [itertools.cycle(requests) for requests in each.values()]
    random.Random(1).shuffle(every)
    asked: list[bytes | None] = []
    # A visitor, and then one who is signed in; each orders after having looked.
    for fan in crowd:
        for who in (None, fan):
            looks = {as_crowd(world, name, who): name for name in HOT}
            names |= looks
            asked += [*looks, None]
    first = itertools.cycle(asked)
    second = itertools.cycle(every)
    turn = itertools.cycle((True, True, True, True, False))

    def next_request() -> bytes:
        chosen = next(first) if next(turn) else next(next(second))
        return orders() if chosen is None else chosen

    return next_request


async def measure(stack: Stack, given: argparse.Namespace) -> list[str]:
    port = free_port()
    stack.processes["servers"] = start_server(
        port,
        environment=stack.environment,
        words=("--processes", "2"),
    )
    url = stack.settings.database_url or ""
    db = await asyncpg.connect(url)
    world = await make_world(db, stack.settings, sections=(Place(PLENTY),) * 4)
    crowd = await make_fans(db, world, FANS)
    leaving = await make_fans(db, world, LEAVING)
    orders = requests(world, crowd, USUALLY[0])
    await db.close()
    times: dict[str, Times] = defaultdict(Times)
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
        set_stage(client, settings=stack.settings, database_url=url) as people,
    ):
        names = {
            raw(people, name, rule, by=by): name
            for name, rule in RULES.items()
            for by in (leaving if name in ENDS_WHO_ASKS else [None])
        }

        def seen(request: bytes, status: int, ms: float) -> None:
            at = times[names.get(request, "POST /orders")]
            at.ms.append(ms)
            at.statuses[status] += 1

        make = mixed(names, orders, world=world, crowd=crowd)
        # Plans are made and pages are warm before it counts.
        await open_loop(port, make, rate=50, connections=CONNECTIONS, seconds=5)
        before = stack.cpu_seconds()
        result = await open_loop(
            port,
            make,
            rate=given.rate,
            connections=CONNECTIONS,
            seconds=given.seconds,
            time_each=seen,
        )
        cores = {
            name: (seconds - before.get(name, 0.0)) / result.seconds
            for name, seconds in stack.cpu_seconds().items()
        }
    show(times, slow_only=given.slow)
    slow = [name for name, at in times.items() if at.at(0.95) > GOAL_MS]
    print(
        f"\n{len(times)} of {len(every_route())} routes, "
        f"{sum(result.statuses.values()):,} requests at "
        f"{sum(result.statuses.values()) / result.seconds:.0f}/s, p95 of all "
        f"{result.percentile(0.95):.0f} ms; past {GOAL_MS:.0f} ms: {len(slow)}"
    )
    print("cores taken: " + ", ".join(f"{name} {each:.2f}" for name, each in sorted(cores.items())))
    return [f"{name}: not asked" for name in sorted(every_route() - times.keys())] + [
        f"{name}: {dict(at.statuses)}"
        for name, at in times.items()
        if any(status >= 500 or status == 0 for status in at.statuses)
    ]


def every_route() -> set[str]:
    """As the document has them: one that nobody wrote a request for is missed here."""
    return {
        f"{method.upper()} {path.removeprefix(API)}"
        for path, item in document()["paths"].items()
        for method in item
    }


def show(times: dict[str, Times], *, slow_only: bool) -> None:
    print("| route | requests | answers | p50 ms | p95 | slowest |\n| - | - | - | - | - | - |")
    for name, at in sorted(times.items(), key=lambda pair: -pair[1].at(0.95)):
        if slow_only and at.at(0.95) <= GOAL_MS:
            continue
        answers = ", ".join(f"{status}: {count}" for status, count in sorted(at.statuses.items()))
        print(
            f"| {name} | {len(at.ms)} | {answers} | {at.at(0.5):.1f} | {at.at(0.95):.1f} "
            f"| {at.at(1):.0f} |"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--slow", action="store_true")
    given = parser.parse_args()
    with running_stack(servers=0) as stack:
        faults = uvloop.run(measure(stack, given))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
