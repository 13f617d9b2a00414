"""`arenapulse queue verify`: computes a draw again from what a running service publishes."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from typing import Any, Final

import httpx

from arenapulse.waitingroom import draw

PAGE: Final = 65_536
SECONDS_MAX: Final = 30.0


def main(argv: Sequence[str]) -> int:
    """0 where all fits, 1 after a line that says what does not."""
    parser = argparse.ArgumentParser(prog="arenapulse queue", description=__doc__)
    parser.add_argument("deed", choices=("verify",))
    parser.add_argument("event", help="id of the event")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the service runs")
    parser.add_argument("--lane", type=int, default=0)
    parser.add_argument("--ticket", help="in hex: its place is printed")
    parser.add_argument("--place", type=int, help="the place you were told, to be compared")
    given = parser.parse_args(argv)
    try:
        return _verify(given)
    except httpx.HTTPError as failure:
        print(f"the service cannot be asked: {type(failure).__name__}", file=sys.stderr)
        return 1


def _verify(given: argparse.Namespace) -> int:
    base = f"{given.url.rstrip('/')}/api/v1/events/{given.event}/queue"
    with httpx.Client(timeout=SECONDS_MAX) as client:
        told: dict[str, Any] = client.get(f"{base}/draw").raise_for_status().json()["data"]
        if "seed" not in told:
            print("nothing was drawn yet: the seed is opened when the sale starts", file=sys.stderr)
            return 1
        lane = next((each for each in told["lanes"] if each["lane"] == given.lane), None)
        if lane is None:
            print("nobody was drawn in this lane", file=sys.stderr)
            return 1
        tickets = b"".join(
            client.get(f"{base}/tickets", params={"lane": given.lane, "first": first})
            .raise_for_status()
            .content
            for first in range(0, lane["entrants"], PAGE)
        )
    return _judge(given, told, lane, tickets)


def _judge(
    given: argparse.Namespace, told: dict[str, Any], lane: dict[str, Any], tickets: bytes
) -> int:
    seed = bytes.fromhex(told["seed"])
    if draw.seal(seed).hex() != told["seal"]:
        print("WRONG: the seed is not the one that was sealed", file=sys.stderr)
        return 1
    if hashlib.sha256(tickets).hexdigest() != lane["ticketsHash"]:
        print("WRONG: the list is not the one that was drawn", file=sys.stderr)
        return 1
    print(f"the seed is the sealed one; the list has {lane['entrants']} tickets")
    if given.ticket is None:
        return 0
    try:
        own = bytes.fromhex(given.ticket)
    except ValueError:
        print("a ticket is 32 hex digits", file=sys.stderr)
        return 1
    key = draw.draw_key(seed, lane=given.lane, tickets=tickets)
    place = draw.place_of(own, tickets=tickets, key=key)
    if place is None:
        print("this ticket is not in the list: it joined after the draw, or never", file=sys.stderr)
        return 1
    print(f"place {place} of {lane['entrants']}")
    if given.place is not None and given.place != place:
        print(f"WRONG: you were told {given.place}", file=sys.stderr)
        return 1
    return 0
