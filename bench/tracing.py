"""What tracing costs the hot path: orders with it and without, in turns.

    python -m bench.tracing [--turns 6] [--seconds 5] [--ratio 0.01]

Two servers on one database, alike but for `ARENAPULSE_OTLP_URL`, which leads to a sink on the
loopback that takes everything in. A turn loads one and then the other, the first of them by turns.
Judged by the processor time of the server for an order, which says the same on a busy machine;
orders a second stand beside. Exit 1 where the medians differ by more than three per cent.
"""

from __future__ import annotations

import argparse
import http.server
import statistics
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvloop

from bench.load import NextRequest, closed_loop
from bench.orders import USUALLY, prepare, requests, wrong_totals
from bench.stack import Stack, free_port, running_stack, start_server

COST_MAX = 0.03
CONNECTIONS = 64


@dataclass
class Side:
    """One server with what it showed."""

    name: str
    port: int
    micros: list[float] = field(default_factory=list[float])
    rates: list[float] = field(default_factory=list[float])


@contextmanager
def sink() -> Generator[str]:
    """Takes traces in, and looks at none."""

    class Takes(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Takes) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def started(stack: Stack, name: str, **more: str) -> Side:
    port = free_port()
    stack.processes[name] = start_server(port, environment=stack.environment, **more)
    return Side(name, port)


async def load(stack: Stack, side: Side, make: NextRequest, *, seconds: float) -> int:
    before = stack.cpu_seconds()[side.name]
    result = await closed_loop(side.port, make, connections=CONNECTIONS, seconds=seconds)
    sold = result.statuses[201]
    side.micros.append((stack.cpu_seconds()[side.name] - before) / sold * 1e6)
    side.rates.append(sold / result.seconds)
    return sold


async def measure(stack: Stack, given: argparse.Namespace, *, url: str) -> list[str]:
    sides = [
        started(stack, "without"),
        started(stack, "with", ARENAPULSE_OTLP_URL=url, ARENAPULSE_TRACE_RATIO=str(given.ratio)),
    ]
    world, fans = await prepare(stack, USUALLY[0])
    make = requests(world, fans, USUALLY[0])
    sold = 0
    for side in sides:
        warm = await closed_loop(side.port, make, connections=CONNECTIONS, seconds=1.5)
        sold += warm.statuses[201]
    for turn in range(given.turns):
        for side in sides[:: 1 if turn % 2 == 0 else -1]:
            sold += await load(stack, side, make, seconds=given.seconds)
    print("| tracing | µs of the server an order | orders a second |\n| --- | --- | --- |")
    for side in sides:
        micros, rate = statistics.median(side.micros), statistics.median(side.rates)
        print(f"| {side.name} | {micros:.1f} | {rate:.0f} |")
    plain, traced = (statistics.median(side.micros) for side in sides)
    cost = traced / plain - 1
    print(f"\n{cost:+.1%} of processor time at a ratio of {given.ratio}")
    faults = await wrong_totals(stack, world, acknowledged=sold)
    return [*faults, *([f"{cost:.1%} is past {COST_MAX:.0%}"] if cost > COST_MAX else [])]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--ratio", type=float, default=0.01)
    given = parser.parse_args()
    with sink() as url, running_stack(servers=0) as stack:
        faults = uvloop.run(measure(stack, given, url=url))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
