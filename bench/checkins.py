"""Check-ins a second over HTTP, durable, and what a manifest of a full stadium costs.

    python -m bench.checkins [--quick] [--seconds 8] [--tickets 60000] [--servers 2] [--profile]

One event, 64 connections, each scan another ticket: POST …/checkins beside POST /orders (free) in
the same run, as a ratio. The codes are made just before, so that the load costs what that of orders
costs; what a phone and a gate each make anew in 15 seconds is not the server's work. Then the
manifest of all tickets: how long it takes and how large it is packed. Exit 1 only where the books
disagree: a ticket in twice, or an answer without a row.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import itertools
import json
import sys
import time
from collections.abc import Iterator, Sequence
from uuid import UUID

import asyncpg
import httpx
import uvloop

from arenapulse.runtime.crypto import Keyring
from arenapulse.tickets import ticketcode
from arenapulse.tickets.ticketcode import EventKeys, Payload
from bench.load import Result
from bench.orders import all_ports, show_profile
from bench.stack import Stack, running_stack
from tests.worlds import Fan, Place, World, make_fans, make_world

CONNECTIONS = 64
PER_ORDER = 10
SCANS_PER_SECOND_MAX = 4_000
"""So many codes are made for each second of the run; what is over is scanned twice."""


def request(path: str, body: object, fan: Fan) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"POST /api/v1{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {fan.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def sell(stack: Stack, world: World, fan: Fan, *, tickets: int) -> list[str]:
    """Ids of so many tickets, taken for nothing."""
    base = f"http://127.0.0.1:{stack.ports[0]}/api/v1"
    found: list[str] = []
    async with httpx.AsyncClient(base_url=base, headers=fan.headers, timeout=30) as client:

        async def buy() -> None:
            order = world.order(quantity=PER_ORDER, paymentMethod={"type": "free"})
            answer = await client.post("/orders", json=order)
            answer.raise_for_status()
            found.extend(each["ticketId"] for each in answer.json()["data"]["tickets"])

        for _ in range(0, tickets, PER_ORDER * CONNECTIONS):
            async with asyncio.TaskGroup() as group:
                for _ in range(CONNECTIONS):
                    group.create_task(buy())
        (await client.get(f"/tickets/{found[0]}/code")).raise_for_status()
    return found[:tickets]


async def keys_of(db: asyncpg.Connection, stack: Stack, world: World) -> EventKeys:
    sealed = await db.fetchval("SELECT sealed FROM event_keys WHERE event_id = $1", world.event_id)
    both = Keyring(stack.settings.secret or "").open(
        sealed, purpose="ticket codes", bound_to=f"event_keys {world.event_id}"
    )
    return EventKeys(seed=both[:32], gate_key=both[32:])


def rate(result: Result) -> float:
    return sum(result.statuses.values()) / result.seconds


def said(name: str, result: Result) -> None:
    print(
        f"{name:24} {rate(result):9,.0f}/s   p50 {result.percentile(0.5):6.1f} ms   "
        f"p95 {result.percentile(0.95):6.1f} ms   {dict(result.statuses)}"
    )


def scans_of(
    sold: Sequence[str], *, world: World, keys: EventKeys, staff: Fan, many: int
) -> Iterator[bytes]:
    """The requests, ready to send; a code lives for 45 seconds."""
    path, unix = f"/events/{world.event_id}/checkins", time.time()
    made: list[bytes] = []
    for number, ticket in enumerate(sold[:many]):
        payload = Payload(UUID(ticket), world.event_id, 0)
        code = ticketcode.code_at(payload, keys=keys, unix=unix)
        scan = {"code": code, "gate": "A", "deviceId": "bench", "clientId": f"b{number}"}
        made.append(request(path, scan, staff))
    return itertools.chain(made, itertools.repeat(made[0]))


async def run(
    stack: Stack, name: str, requests: Iterator[bytes], asked: argparse.Namespace
) -> Result:
    before = stack.cpu_seconds()
    result = await all_ports(
        stack, requests.__next__, connections=CONNECTIONS, seconds=asked.seconds
    )
    said(name, result)
    if asked.profile:
        show_profile(stack, before, result.seconds)
    return result


async def measure(stack: Stack, asked: argparse.Namespace) -> bool:
    db = await asyncpg.connect(stack.settings.database_url)
    place = Place(5_000_000, amount=0, fee=0)
    world = await make_world(db, stack.settings, status="LIVE", sections=(place,))
    (staff,) = await make_fans(db, world, 1, role="STAFF")
    (fan,) = await make_fans(db, world, 1)
    sold = await sell(stack, world, fan, tickets=asked.tickets)
    await manifest(stack.ports[0], world, staff)
    order = request("/orders", world.order(paymentMethod={"type": "free"}), fan)
    orders = await run(stack, "POST /orders", itertools.repeat(order), asked)
    scans = scans_of(
        sold,
        world=world,
        keys=await keys_of(db, stack, world),
        staff=staff,
        many=int(asked.seconds * SCANS_PER_SECOND_MAX * len(stack.ports)),
    )
    admitted = await run(stack, "POST …/checkins", scans, asked)
    print(f"{'ratio':24} {rate(admitted) / rate(orders):9.2f}")
    used = await db.fetchval(
        "SELECT count(*) FROM tickets WHERE event_id = $1 AND status = 'CHECKED_IN'", world.event_id
    )
    recorded = await db.fetchval(
        "SELECT count(*) FROM checkins WHERE event_id = $1 AND result = 'ADMITTED'", world.event_id
    )
    await db.close()
    return used == recorded == admitted.statuses[200]


async def manifest(port: int, world: World, staff: Fan) -> None:
    address = f"http://127.0.0.1:{port}/api/v1/events/{world.event_id}/checkins/manifest"
    async with httpx.AsyncClient(headers=staff.headers, timeout=30) as client:
        began = time.perf_counter()
        answer = await client.get(address)
        took = time.perf_counter() - began
        many = len(answer.json()["data"]["tickets"])
        packed = int(answer.headers.get("content-length", 0)) or len(gzip.compress(answer.content))
    print(f"{'manifest':24} {many:9,} tickets in {took:.2f} s, {packed / 1e6:.2f} MB packed")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--tickets", type=int, default=60_000)
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("--profile", action="store_true", help="print CPU by process")
    asked = parser.parse_args()
    if asked.quick:
        asked.tickets, asked.seconds = 3_200, 1.0
    with running_stack(servers=asked.servers) as stack:
        is_right = uvloop.run(measure(stack, asked))
    print("the books agree" if is_right else "THE BOOKS DISAGREE")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
