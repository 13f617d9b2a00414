"""The doors of one process: how many connections may be open, and how long one may keep us waiting.

A connection that owes us something (its first head, the rest of a head, the rest of a body) has a
deadline, and is the first to go where there are too many of them: whoever means well sends a head
within a moment. A connection between two requests may be silent for a while, shorter when it gets
crowded. One that does not read its answer is cut. While a request is being answered nothing here
ends it: a poll may take as long as it takes. Websockets leave these doors for their own gate.
"""

from __future__ import annotations

import asyncio
import enum
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from prometheus_client import Counter, Gauge

from arenapulse.core.addresses import TrustedProxies
from arenapulse.core.clock import monotonic_seconds
from arenapulse.core.errors import Refusal, TooManyRequests, Unavailable

SWEEP_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 5
# Of the connections that may be open, in all and by address, this share may owe us something.
OWING_SHARE: Final = 0.5
# From this share on silence is bought dearly.
CROWDED_SHARE: Final = 0.8
# Who is told to go may stay a moment, or what is still on its way here would take the answer along
# (RFC 9112, 9.6). They count no more, and there may be so many of them beside the others.
LINGERING_SECONDS: Final = 1.0
LINGERING_SHARE: Final = 0.25
CROWDED_IDLE_SECONDS: Final = 5.0
# A body that keeps coming at this rate is waited for.
BODY_BYTES_A_SECOND_MIN: Final = 16_384

OPEN = Gauge("arenapulse_connections_open", "HTTP connections open at this process")
TURNED_AWAY = Counter("arenapulse_connections_turned_away", "Connections ended by us", ["why"])


class Stage(enum.Enum):
    """What a connection is doing, as far as its peer is concerned."""

    HEAD = "owes a head"
    BODY = "owes a body"
    SERVED = "waits for us"
    IDLE = "between requests"
    LEAVING = "told to go"


# Before Python 3.12 a member looked up on its class costs as much as the whole rest of a move.
HEAD, BODY, SERVED, IDLE, LEAVING = Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    """Of one process."""

    connections_max: int = 16_384
    connections_per_address_max: int = 4_000
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    idle_seconds: float = 75.0
    answer_seconds: float = 30.0
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    """Their connections are many people's: the cap by address is not for them."""


class Visitor(Protocol):
    """One connection."""

    address: str
    stage: Stage
    since: float
    received: int
    """Bytes of the body so far."""
    unread: int
    unread_since: float

    def waiting_bytes(self) -> int: ...
    def time_out(self) -> None: ...
    def cut(self) -> None: ...


@dataclass(slots=True)
class _Crowd:
    """The connections of one address."""

    count: int = 0
    owing: OrderedDict[Visitor, None] = field(default_factory=OrderedDict["Visitor", None])


class Doors:
    """All methods belong to the event loop's thread."""

    def __init__(
        self, limits: DoorLimits, *, clock: Callable[[], float] = monotonic_seconds
    ) -> None:
        self.now = clock()
        """As of the last sweep, which is exact enough for what takes seconds."""
        self._limits = limits
        self._clock = clock
        self._open: dict[Visitor, None] = {}
        # In the order in which they began to owe; a plain dict forgets its first ones slowly.
        self._owing: OrderedDict[Visitor, None] = OrderedDict()
        self._leaving: OrderedDict[Visitor, None] = OrderedDict()
        self._crowds: dict[str, _Crowd] = {}
        self._owing_max = int(limits.connections_max * OWING_SHARE)
        self._owing_per_address_max = int(limits.connections_per_address_max * OWING_SHARE)
        self._is_ticking = False

    def enter(self, visitor: Visitor) -> Refusal | None:
        """Counts a connection that has just come; why it may not stay, if so."""
        if not self._is_ticking:
            self._tick()
        refusal = self._refusal(visitor.address)
        self._open[visitor] = None
        self._crowds.setdefault(visitor.address, _Crowd()).count += 1
        OPEN.inc()
        self.move(visitor, Stage.HEAD)
        return refusal

    def _refusal(self, address: str) -> Refusal | None:
        limits = self._limits
        if self._staying() >= limits.connections_max:
            TURNED_AWAY.labels("full").inc()
            return Unavailable(retry_after_seconds=RETRY_SECONDS)
        crowd = self._crowds.get(address)
        if (
            crowd is not None
            and crowd.count >= limits.connections_per_address_max
            and not limits.proxies.covers(address)
        ):
            TURNED_AWAY.labels("address").inc()
            return TooManyRequests(retry_after_seconds=RETRY_SECONDS)
        return None

    def _staying(self) -> int:
        return len(self._open) - len(self._leaving)

    def leave(self, visitor: Visitor) -> None:
        """It has gone, or is no HTTP any more; a second call changes nothing."""
        if self._open.pop(visitor, self) is not None:
            return
        OPEN.dec()
        if self._leaving.pop(visitor, self) is not None:
            self._forget(visitor)

    def _forget(self, visitor: Visitor) -> None:
        """It counts no more."""
        self._owing.pop(visitor, None)
        crowd = self._crowds[visitor.address]
        crowd.owing.pop(visitor, None)
        crowd.count -= 1
        if not crowd.count:
            del self._crowds[visitor.address]

    def move(self, visitor: Visitor, stage: Stage) -> None:
        """Its clock starts anew; where too many are like it, the first of them makes room."""
        if visitor.stage is LEAVING or visitor not in self._open:
            return
        visitor.stage, visitor.since = stage, self.now
        if stage is LEAVING:
            self._forget(visitor)
            self._leaving[visitor] = None
            if len(self._leaving) > self._limits.connections_max * LINGERING_SHARE:
                next(iter(self._leaving)).cut()
        elif stage is HEAD or stage is BODY:
            owing = self._crowds[visitor.address].owing
            self._owing[visitor] = owing[visitor] = None
            if not self._limits.proxies.covers(visitor.address):
                self._make_room(owing, most=self._owing_per_address_max)
            self._make_room(self._owing, most=self._owing_max)
        elif self._owing.pop(visitor, self) is None:
            del self._crowds[visitor.address].owing[visitor]

    def _make_room(self, owing: OrderedDict[Visitor, None], *, most: int) -> None:
        if len(owing) > most:
            self._end(next(iter(owing)), why="crowd")

    def _tick(self) -> None:
        self._is_ticking = True
        self.sweep()
        asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._tick)

    def sweep(self) -> None:
        """Ends whoever has kept us waiting for too long."""
        now = self.now = self._clock()
        limits = self._limits
        crowded = self._staying() > limits.connections_max * CROWDED_SHARE
        seconds = {
            Stage.HEAD: limits.head_seconds,
            Stage.BODY: limits.body_seconds,
            Stage.IDLE: min(limits.idle_seconds, CROWDED_IDLE_SECONDS)
            if crowded
            else limits.idle_seconds,
            Stage.LEAVING: LINGERING_SECONDS,
        }
        for visitor in list(self._open):
            if self._is_unread(visitor, now=now):
                TURNED_AWAY.labels("unread").inc()
                visitor.cut()
                continue
            allowed = seconds.get(visitor.stage)
            if allowed is None or now - visitor.since < allowed:
                continue
            if (
                visitor.stage is Stage.BODY
                and now - visitor.since < allowed + visitor.received / BODY_BYTES_A_SECOND_MIN
            ):
                continue
            if visitor.stage is Stage.LEAVING:
                visitor.cut()
            else:
                self._end(visitor, why=visitor.stage.value)

    def _is_unread(self, visitor: Visitor, *, now: float) -> bool:
        """Whether its peer has taken nothing of its answer for too long."""
        waiting = visitor.waiting_bytes()
        before, visitor.unread = visitor.unread, waiting
        if not waiting or not before or waiting < before:
            visitor.unread_since = now
            return False
        return now - visitor.unread_since >= self._limits.answer_seconds

    def _end(self, visitor: Visitor, *, why: str) -> None:
        TURNED_AWAY.labels(why).inc()
        # Whatever it answers, its turn to make room is over.
        self.move(visitor, Stage.SERVED)
        visitor.time_out()
