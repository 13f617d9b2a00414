"""Check-ins a second over HTTP, durable, and what a manifest of a full stadium costs.

    python -m bench.checkins [--quick] [--seconds 8] [--tickets 60000] [--servers 2]

One event whose tickets 6,000 people hold; 64 connections, each scan another ticket. First the
manifest of all tickets, as the staff's browsers and as registered devices get it (with names). Then
POST …/checkins, and POST /orders (free) in the same run, as a ratio: each is warmed up as in
bench.orders, and begins when what the sale before left to do (receipts) is done. The codes are made
before, so that the load costs what that of orders costs; what a phone and a gate each make anew in
15 seconds is not the server's work. Beneath each rate: processor time for each answer, by process.
Exit 1 only where the books disagree: a ticket in twice, or an answer without a row.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import httpx
import uvloop

from arenapulse.runtime.crypto import Keyring
from arenapulse.tickets import ticketcode
from arenapulse.tickets.ticketcode import EventKeys, Payload
from bench.load import NextRequest, Result, closed_loop
from bench.orders import all_ports
from bench.stack import Stack, running_stack
from tests.worlds import Fan, Place, World, make_fans, make_world

CONNECTIONS = 64
PER_ORDER = 10
WARM_SECONDS = 1.5
WARM_SCANS = 8_000
SETTLED_SECONDS_MAX = 240.0
SCANS_PER_SECOND_MAX = 8_000
"""So many codes are made for each second of the run; what is over is scanned twice."""


def request(path: str, body: object, fan: Fan) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"POST /api/v1{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {fan.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def sell(stack: Stack, world: World, fans: Sequence[Fan], *, tickets: int) -> list[str]:
    """Ids of so many tickets, taken for nothing by these people in turn."""
    base = f"http://127.0.0.1:{stack.ports[0]}/api/v1"
    found: list[str] = []
    holders = itertools.cycle(fans)
    async with httpx.AsyncClient(base_url=base, timeout=30) as client:

        async def buy(fan: Fan) -> None:
            order = world.order(quantity=PER_ORDER, paymentMethod={"type": "free"})
            answer = await client.post("/orders", json=order, headers=fan.headers)
            answer.raise_for_status()
            found.extend(each["ticketId"] for each in answer.json()["data"]["tickets"])

        first = next(holders)
        await buy(first)
        for _ in range(PER_ORDER, tickets, PER_ORDER * CONNECTIONS):
            async with asyncio.TaskGroup() as group:
                for _ in range(CONNECTIONS):
                    group.create_task(buy(next(holders)))
        # Makes the event's keys.
        (await client.get(f"/tickets/{found[0]}/code", headers=first.headers)).raise_for_status()
    return found[:tickets]


async def keys_of(db: asyncpg.Connection, stack: Stack, world: World) -> EventKeys:
    sealed = await db.fetchval("SELECT sealed FROM event_keys WHERE event_id = $1", world.event_id)
    both = Keyring(stack.settings.secret or "").open(
        sealed, purpose="ticket codes", bound_to=f"event_keys {world.event_id}"
    )
    return EventKeys(seed=both[:32], gate_key=both[32:])


async def settled(db: asyncpg.Connection) -> None:
    """What was left to do is done: no job waits, and no message."""
    began = time.monotonic()
    while await db.fetchval(
        "SELECT EXISTS (SELECT 1 FROM pgqueuer WHERE status IN ('queued', 'picked')"
        " AND execute_after <= now())"
        " OR EXISTS (SELECT 1 FROM messages WHERE due_at <= now() AND stuck_at IS NULL)"
    ):
        if time.monotonic() - began > SETTLED_SECONDS_MAX:
            print("    (receipts of the sale are still sent beside)")
            return
        await asyncio.sleep(0.5)
    print(f"    (what the load before left to do took another {time.monotonic() - began:.0f} s)")


class Scans:
    """Prepared requests, each once; what is asked for beyond them is the first again."""

    def __init__(self, made: Sequence[bytes]) -> None:
        self.made = made
        self.sent = 0

    def __call__(self) -> bytes:
        if self.sent == len(self.made):
            return self.made[0]
        self.sent += 1
        return self.made[self.sent - 1]


def rate(result: Result) -> float:
    return sum(result.statuses.values()) / result.seconds


def scans_of(
    sold: Sequence[str], *, world: World, keys: EventKeys, staff: Fan, since: int
) -> Scans:
    """The requests, ready to send; a code lives for 45 seconds."""
    path, unix = f"/events/{world.event_id}/checkins", time.time()
    made: list[bytes] = []
    for number, ticket in enumerate(sold, start=since):
        payload = Payload(UUID(ticket), world.event_id, 0)
        code = ticketcode.code_at(payload, keys=keys, unix=unix)
        scan = {"code": code, "gate": "A", "deviceId": "bench", "clientId": f"b{number}"}
        made.append(request(path, scan, staff))
    return Scans(made)


async def run(stack: Stack, name: str, make: NextRequest, *, seconds: float) -> Result:
    before = stack.cpu_seconds()
    result = await all_ports(stack, make, connections=CONNECTIONS, seconds=seconds)
    print(
        f"{name:24} {rate(result):9,.0f}/s   p50 {result.percentile(0.5):6.1f} ms   "
        f"p95 {result.percentile(0.95):6.1f} ms   {dict(result.statuses)}"
    )
    tell_cpu(stack, before, answers=sum(result.statuses.values()))
    return result


def tell_cpu(stack: Stack, before: dict[str, float], *, answers: int) -> None:
    """Microseconds of processor for each answer, by process."""
    spent: Counter[str] = Counter()
    for name, now in stack.cpu_seconds().items():
        spent["servers" if name.startswith("server") else name] += now - before.get(name, 0.0)
    parts = "   ".join(
        f"{name} {1e6 * each / answers:,.0f}" for name, each in spent.most_common() if each > 0.01
    )
    print(f"    µs each: {parts}   in all {1e6 * spent.total() / answers:,.0f}")


async def measure(stack: Stack, asked: argparse.Namespace) -> bool:
    db = await asyncpg.connect(stack.settings.database_url)
    place = Place(5_000_000, amount=0, fee=0)
    world = await make_world(db, stack.settings, status="LIVE", sections=(place,))
    (staff,) = await make_fans(db, world, 1, role="STAFF")
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    fans = await make_fans(db, world, max(CONNECTIONS, asked.tickets // PER_ORDER))
    # Names that pack no better than real ones.
    await db.execute(
        "UPDATE users SET full_name = initcap(translate(md5(id::TEXT), '0189', ' aei'))"
    )
    sold = await sell(stack, world, fans, tickets=asked.tickets)
    await settled(db)
    await manifest(stack, "manifest, staff", world, {**staff.headers}, seconds=asked.seconds)
    secret = await registered(stack, world, manager)
    device = {**staff.headers, "X-Gate-Device": secret}
    await manifest(stack, "manifest, device", world, device, seconds=asked.seconds)

    keys = await keys_of(db, stack, world)
    warm = min(WARM_SCANS, len(sold) // 3)
    first = scans_of(sold[:warm], world=world, keys=keys, staff=staff, since=0)
    heated = await all_ports(
        stack, first, connections=CONNECTIONS, seconds=min(WARM_SECONDS, warm / 6_000)
    )
    many = int(asked.seconds * SCANS_PER_SECOND_MAX)
    rest = scans_of(sold[warm : warm + many], world=world, keys=keys, staff=staff, since=warm)
    admitted = await run(stack, "POST …/checkins", rest, seconds=asked.seconds)
    used = await db.fetchval(
        "SELECT count(*) FROM tickets WHERE event_id = $1 AND status = 'CHECKED_IN'", world.event_id
    )
    recorded = await db.fetchval(
        "SELECT count(*) FROM checkins WHERE event_id = $1 AND result = 'ADMITTED'", world.event_id
    )
    inside = await db.fetchval("SELECT inside FROM event_gates WHERE event_id = $1", world.event_id)

    await settled(db)
    order = request("/orders", world.order(paymentMethod={"type": "free"}), fans[0])
    await all_ports(
        stack, lambda: order, connections=CONNECTIONS, seconds=min(WARM_SECONDS, asked.seconds)
    )
    orders = await run(stack, "POST /orders", lambda: order, seconds=asked.seconds)
    print(f"{'ratio':24} {rate(admitted) / rate(orders):9.2f}")
    await db.close()
    answers = heated.statuses | admitted.statuses
    return set(answers) == {200} and used == recorded == inside == first.sent + rest.sent


async def registered(stack: Stack, world: World, manager: Fan) -> str:
    """The secret of a device at a gate."""
    base = f"http://127.0.0.1:{stack.ports[0]}/api/v1"
    async with httpx.AsyncClient(base_url=base, timeout=30) as client:
        path = f"/events/{world.event_id}/gates/devices"
        made = await client.post(path, json={"name": "Lane 1"}, headers=manager.headers)
        made.raise_for_status()
        code = {"code": made.json()["data"]["code"]}
        answer = await client.post("/gate-devices", json=code)
        answer.raise_for_status()
        return str(answer.json()["data"]["secret"])


async def manifest(
    stack: Stack, name: str, world: World, headers: dict[str, str], *, seconds: float
) -> None:
    """One after the other for so long, each built anew."""
    head = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    ask = (
        f"GET /api/v1/events/{world.event_id}/checkins/manifest HTTP/1.1\r\nHost: bench\r\n"
        f"Accept-Encoding: gzip\r\n{head}\r\n"
    ).encode()
    heard: list[bytes] = []
    before = stack.cpu_seconds()
    result = await closed_loop(
        stack.ports[0],
        lambda: ask,
        connections=1,
        seconds=seconds,
        hear=lambda _ask, _status, body: heard.append(body),
    )
    many = len(json.loads(gzip.decompress(heard[-1]))["data"]["tickets"])
    print(
        f"{name:24} {many:9,} tickets in {result.percentile(0.5) / 1000:.2f} s, at most "
        f"{max(result.latencies_ms) / 1000:.2f}, {len(heard[-1]) / 1e6:.2f} MB packed"
    )
    tell_cpu(stack, before, answers=len(heard))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--tickets", type=int, default=60_000)
    parser.add_argument("--servers", type=int, default=2)
    asked = parser.parse_args()
    if asked.quick:
        asked.tickets, asked.seconds = 18_000, 2.0
    with running_stack(servers=asked.servers) as stack:
        is_right = uvloop.run(measure(stack, asked))
    print("the books agree" if is_right else "THE BOOKS DISAGREE")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
