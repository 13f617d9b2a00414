"""Simulated fans who browse, listen and buy through the public API, so that the place breathes.

    arenapulse crowd --fans 500 --rate 50 --seconds 120

Each fan has an address of their own (X-Forwarded-For, which counts in development from 127.0.0.1),
registers, opens a socket on an event, and now and then holds, pays, or lets go.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import random
import secrets
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,  # pyright: ignore[reportUnknownVariableType] - untyped keywords
)
from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table

from arenapulse.core import clock

REGISTRATIONS_AT_ONCE: Final = 4
REQUEST_SECONDS_MAX: Final = 30.0
EVENTS_MAX: Final = 20
REFRESHES_PER_SECOND: Final = 4
CARDS: Final = ("pm_card_visa",) * 8 + (
    "pm_card_chargeDeclined",
    "pm_card_chargeDeclinedInsufficientFunds",
)


@dataclass
class Show:
    """An event of the programme, with what the crowd heard of it last."""

    event_id: str
    name: str
    capacity: int
    offers: list[tuple[str, str]]
    left: int
    frames: int = 0


@dataclass
class Tally:
    outcomes: Counter[str] = field(default_factory=Counter[str])
    fans: int = 0
    listening: int = 0
    milliseconds: list[float] = field(default_factory=list[float])

    def p95(self) -> float:
        recent = sorted(self.milliseconds[-500:])
        return recent[int(len(recent) * 0.95)] if recent else 0.0


class Ear(WSListener):
    """A Socket.IO client that follows one event."""

    def __init__(self, show: Show, tally: Tally) -> None:
        self._show = show
        self._tally = tally

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._tally.listening += 1
        transport.send(WSMsgType.TEXT, b"40")

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        del transport
        self._tally.listening -= 1

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        text = frame.get_payload_as_utf8_text()
        if text == "2":
            transport.send(WSMsgType.TEXT, b"3")
        elif text.startswith("40"):
            request = ["event:subscribe", {"eventId": self._show.event_id}]
            transport.send(WSMsgType.TEXT, b"421" + json.dumps(request).encode())
        elif text.startswith('42["event:capacity"'):
            self._show.left = json.loads(text[2:])[1]["currentCapacity"]
            self._show.frames += 1


class Crowd:
    def __init__(self, url: str, *, chance: random.Random) -> None:
        self._url = url
        self._chance = chance
        self._client = httpx.AsyncClient(
            base_url=f"{url}/api/v1",
            timeout=REQUEST_SECONDS_MAX,
            limits=httpx.Limits(max_connections=200),
        )
        self.tally = Tally()
        self.shows: list[Show] = []
        self._fans: list[dict[str, str]] = []

    async def close(self) -> None:
        await self._client.aclose()

    async def read_programme(self, event_id: str | None) -> None:
        """The events on sale, or one, with what each section costs; `SystemExit` without any."""
        query = {"status": "ON_SALE", "limit": EVENTS_MAX}
        answer = await self._client.get("/events", params=query)
        found = answer.json()["data"]
        if event_id is not None:
            one = await self._client.get(f"/events/{event_id}")
            found = [one.json()["data"]] if one.is_success else []
        for event in found:
            left = await self._client.get(f"/events/{event['id']}/availability")
            offers = [
                (section, tier["priceLevel"])
                for tier in event["pricingTiers"]
                for section in tier["sectionIds"]
            ]
            view = left.json()["data"]
            capacity = sum(section["capacity"] for section in view["sections"])
            self.shows.append(
                Show(event["id"], event["name"], capacity, offers, view["currentCapacity"])
            )
        if not self.shows:
            raise SystemExit("nothing is on sale: run `arenapulse seed` first")

    async def join(self, number: int, *, sockets: contextlib.AsyncExitStack) -> None:
        """One more fan: an account, an address and an open ear."""
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        headers = {"X-Forwarded-For": address}
        answer = await self._client.post(
            "/auth/register",
            headers=headers,
            json={
                "email": f"fan-{secrets.token_hex(8)}@crowd.test",
                "password": secrets.token_urlsafe(16),
                "fullName": f"Fan {number}",
            },
        )
        if answer.status_code != 201:
            self.tally.outcomes["could not register"] += 1
            return
        headers["Authorization"] = f"Bearer {answer.json()['data']['token']}"
        show = self._chance.choice(self.shows)
        target = f"{self._url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
        transport, _ = await ws_connect(
            lambda: Ear(show, self.tally), target, extra_headers={"X-Forwarded-For": address}
        )
        sockets.callback(transport.disconnect)
        self._fans.append(headers)
        self.tally.fans += 1

    async def act(self) -> None:
        """One visit: look, hold, and then pay, let go, or walk away."""
        if not self._fans:
            return
        headers, show = self._chance.choice(self._fans), self._chance.choice(self.shows)
        section, level = self._chance.choice(show.offers)
        line = {
            "sectionId": section,
            "quantity": self._chance.randint(1, 4),
            "priceLevel": level,
        }
        began = clock.monotonic_seconds()
        answer = await self._client.post(
            "/orders",
            headers=headers | {"Idempotency-Key": secrets.token_hex(8)},
            json={
                "eventId": show.event_id,
                "tickets": [line],
                "paymentMethod": {"type": "card"},
            },
        )
        self.tally.milliseconds.append((clock.monotonic_seconds() - began) * 1000)
        shape = answer.json()
        if answer.status_code != 201:
            self.tally.outcomes[shape["error"]["code"]] += 1
            return
        self.tally.outcomes["held"] += 1
        await asyncio.sleep(self._chance.uniform(0.5, 4))
        await self._decide(shape["data"], headers)

    async def _decide(self, order: dict[str, Any], headers: dict[str, str]) -> None:
        path, mood = f"/orders/{order['orderId']}", self._chance.random()
        if mood < 0.75:
            token = self._chance.choice(CARDS)
            body = {"paymentMethod": {"type": "card", "token": token}}
            answer = await self._client.post(f"{path}/payment", headers=headers, json=body)
            self.tally.outcomes["paying" if answer.status_code == 202 else "not paid"] += 1
        elif mood < 0.9:
            await self._client.post(f"{path}/cancel", headers=headers)
            self.tally.outcomes["given back"] += 1
        else:
            self.tally.outcomes["walked away"] += 1

    def picture(self, *, seconds: float) -> Panel:
        """What the console shows."""
        table = Table(expand=True, box=None)
        for column in ("event", "left", "", "frames"):
            table.add_column(column, justify="right" if column in ("left", "frames") else "left")
        for show in self.shows:
            gone = ProgressBar(total=show.capacity, completed=show.capacity - show.left, width=30)
            table.add_row(show.name, f"{show.left:,}", gone, f"{show.frames:,}")
        happened = " · ".join(f"{n:,} {what}" for what, n in self.tally.outcomes.most_common(8))
        line = f"{self.tally.fans} fans, {self.tally.listening} listening · {happened}"
        title = f"{seconds:.0f} s · orders p95 {self.tally.p95():.0f} ms"
        return Panel(Group(table, line), title=title)


async def run(
    url: str,
    *,
    fans: int,
    rate: float,
    seconds: float,
    seed: int | None,
    event_id: str | None = None,
) -> Tally:
    """Lets the crowd loose for `seconds`, on all that is sold or on one; returns what happened."""
    crowd = Crowd(url, chance=random.Random(seed))  # noqa: S311 - fans, not secrets
    visits: set[asyncio.Task[None]] = set()
    async with contextlib.AsyncExitStack() as sockets:
        sockets.push_async_callback(crowd.close)
        await crowd.read_programme(event_id)
        arrivals = asyncio.create_task(_arrive(crowd, fans, sockets=sockets))
        began = clock.monotonic_seconds()
        with Live(crowd.picture(seconds=0), refresh_per_second=REFRESHES_PER_SECOND) as screen:
            for n in itertools.count():
                now = clock.monotonic_seconds() - began
                if now >= seconds:
                    break
                task = asyncio.create_task(crowd.act())
                visits.add(task)
                task.add_done_callback(visits.discard)
                await asyncio.sleep(max(0.0, (n + 1) / rate - now))
                screen.update(crowd.picture(seconds=now))
        arrivals.cancel()
        await asyncio.gather(arrivals, *visits, return_exceptions=True)
    return crowd.tally


async def _arrive(crowd: Crowd, fans: int, *, sockets: contextlib.AsyncExitStack) -> None:
    # A few at a time: each registration costs the server a deliberate 20 ms of hashing.
    gate = asyncio.Semaphore(REGISTRATIONS_AT_ONCE)

    async def one(number: int) -> None:
        async with gate:
            await crowd.join(number, sockets=sockets)

    await asyncio.gather(*(one(number) for number in range(1, fans + 1)))


def main(argv: Sequence[str] | None = None, *, port: int = 8000) -> int:
    """`port` is where `arenapulse up` serves by the same environment."""
    parser = argparse.ArgumentParser(prog="arenapulse crowd", description="Simulated fans.")
    parser.add_argument("--url", default=f"http://127.0.0.1:{port}")
    parser.add_argument("--fans", type=int, default=500)
    parser.add_argument("--rate", type=float, default=50.0, help="visits a second")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=None, help="the same crowd again")
    parser.add_argument("--event", default=None, help="the id of the only one they want")
    given = parser.parse_args(argv)
    work = run(
        given.url,
        fans=given.fans,
        rate=given.rate,
        seconds=given.seconds,
        seed=given.seed,
        event_id=given.event,
    )
    try:
        tally = asyncio.run(work)
    except httpx.TransportError:
        told = f"arenapulse: nobody answers at {given.url}: start `arenapulse up`, or give --url"
        print(told, file=sys.stderr)
        return 1
    print(", ".join(f"{n} {what}" for what, n in tally.outcomes.most_common()))
    return 0
