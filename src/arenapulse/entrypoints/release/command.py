"""`arenapulse release COLOUR`: by steps, each watched; back at once where the new one is worse.

    arenapulse release green --proxy /run/haproxy/admin.sock
    arenapulse release status --proxy /run/haproxy/admin.sock

Both versions run beside each other on one database, so migrations come before and are `pre` alone.
Ends with 0 where the new version has everything, and with 1 where it was taken back, with a line
that says why. What is interrupted is taken back too. Where the other version is down there is
nobody to go back to: the new one keeps what it has, and the line says what is wrong with it.
"""

from __future__ import annotations

import argparse
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from arenapulse.core import clock
from arenapulse.entrypoints.crew import StopAsked, stop_signals
from arenapulse.entrypoints.release.haproxy import COLOURS, Proxy, ProxyAway
from arenapulse.entrypoints.release.judging import (
    Buckets,
    Limits,
    Seen,
    added,
    fault,
    read_buckets,
    summed,
)

LOOK_SECONDS: Final = 0.5
METRICS_SECONDS_MAX: Final = 2.0
METRICS_BYTES_MAX: Final = 4_000_000
# A version may be several ports behind one address: each look may meet another.
LOOKS_AT_ONCE: Final = 3
STEPS_MAX: Final = 20
WHOLE: Final = 100


@dataclass
class Watch:
    """What one version did since the watch began."""

    proxy: Proxy
    colour: str
    token: str | None
    base: tuple[int, int] = (0, 0)
    first: dict[str, Buckets] = field(default_factory=dict[str, Buckets])
    last: dict[str, Buckets] = field(default_factory=dict[str, Buckets])

    def begin(self) -> None:
        counts = self.proxy.counts()["api", self.colour]
        self.base = (counts.requests, counts.errors)
        self.first, self.last = {}, {}
        self.look()

    def look(self) -> Seen:
        counts = self.proxy.counts()["api", self.colour]
        for _ in range(LOOKS_AT_ONCE):
            told = _metrics(counts.address, token=self.token)
            for process, buckets in ({} if told is None else read_buckets(told)).items():
                # Who is met for the first time is measured from there.
                self.first.setdefault(process, buckets)
                self.last[process] = buckets
        return Seen(
            requests=counts.requests - self.base[0],
            errors=counts.errors - self.base[1],
            buckets=summed(*(added(self.first[p], last) for p, last in self.last.items())),
            is_up=counts.is_up,
        )


def _metrics(address: str, *, token: str | None) -> str | None:
    page = urllib.request.Request(f"http://{address}/metrics")
    if token is not None:
        page.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(page, timeout=METRICS_SECONDS_MAX) as answer:  # noqa: S310
            return answer.read(METRICS_BYTES_MAX).decode()
    except (OSError, ValueError):
        return None


class TakenBack(Exception):
    """The new version is not fit; the message says why."""


class Release:
    def __init__(
        self,
        proxy: Proxy,
        *,
        to: str,
        limits: Limits,
        watch_seconds: float,
        state: Path,
        token: str | None,
    ) -> None:
        """`token` shows us the versions' `/metrics`; `state` is where the proxy's is kept."""
        self._proxy = proxy
        self._token = token
        self._state = state
        self._to = to
        (self._from,) = (colour for colour in COLOURS if colour != to)
        self._limits = limits
        self._watch_seconds = watch_seconds

    def run(self, steps: Sequence[int]) -> int:
        """0 where all went over; 1 where it was taken back."""
        before = self._proxy.counts()
        if before["api", self._to].is_closed:
            self._proxy.open(self._to)
        if not before["api", self._from].is_up:
            # Nobody to share with.
            steps = ()
        begun = clock.monotonic_seconds()
        try:
            self._await_up()
            for share in (*steps, WHOLE):
                self._weigh(share)
                self._watch(share)
        except (TakenBack, ProxyAway, StopAsked) as reason:
            self._end_badly(str(reason) or "it was interrupted", begun=begun)
            return 1
        self._proxy.close(self._from)
        self._proxy.keep_state(self._state)
        _say(f"{self._to} has everything; {self._from} takes nobody new and may be stopped")
        return 0

    def _await_up(self) -> None:
        deadline = clock.monotonic_seconds() + self._watch_seconds + METRICS_SECONDS_MAX
        while not self._proxy.counts()["api", self._to].is_up:
            if clock.monotonic_seconds() > deadline:
                raise TakenBack("it does not answer its health check")
            time.sleep(LOOK_SECONDS)

    def _weigh(self, share: int) -> None:
        self._proxy.weigh(colour=self._to, weight=share)
        self._proxy.weigh(colour=self._from, weight=WHOLE - share)

    def _watch(self, share: int) -> None:
        new = Watch(self._proxy, self._to, self._token)
        old = Watch(self._proxy, self._from, self._token)
        new.begin()
        if not new.first:
            raise TakenBack("its /metrics cannot be read: is ARENAPULSE_METRICS_TOKEN set here?")
        old.begin()
        until = clock.monotonic_seconds() + self._watch_seconds
        while True:
            time.sleep(LOOK_SECONDS)
            seen, other = new.look(), old.look()
            wrong = fault(seen, old=other, limits=self._limits)
            if wrong is not None:
                raise TakenBack(wrong)
            if clock.monotonic_seconds() >= until:
                break
        few = "" if seen.requests >= self._limits.requests_min else ", too few to judge"
        _say(
            f"{self._to} at {share} %: {seen.requests} requests{few}, {seen.errors} errors, "
            f"p95 {seen.p95_seconds * 1000:.0f} ms ({self._from} {other.p95_seconds * 1000:.0f})"
        )

    def _end_badly(self, why: str, *, begun: float) -> None:
        counts = self._proxy.counts()
        if counts["api", self._from].is_up:
            self._take_back(why, begun=begun)
            return
        # Whoever is there serves, however badly: to go back would be to serve nobody.
        if counts["api", self._to].is_up:
            self._weigh(WHOLE)
            _say(f"{self._to} keeps everything, since {self._from} is down: {why}")
        else:
            for colour in COLOURS:
                self._proxy.weigh(colour=colour, weight=WHOLE)
            _say(f"neither answers, whoever comes up first has everything: {why}")
        self._proxy.keep_state(self._state)

    def _take_back(self, why: str, *, begun: float) -> None:
        self._proxy.weigh(colour=self._from, weight=WHOLE)
        self._proxy.weigh(colour=self._to, weight=0)
        self._proxy.close(self._to)
        self._proxy.hang_up_sockets(self._to)
        self._proxy.keep_state(self._state)
        took = clock.monotonic_seconds() - begun
        _say(f"taken back to {self._from} after {took:.1f} s: {why}")


def _say(line: str) -> None:
    print(line, flush=True)


def _status(proxy: Proxy) -> int:
    for (backend, colour), counts in sorted(proxy.counts().items()):
        state = "closed" if counts.is_closed else "up" if counts.is_up else "down"
        _say(
            f"{backend}/{colour} at {counts.address}: {state}, weight {counts.weight}, "
            f"{counts.open} open, {counts.requests} requests, {counts.errors} errors"
        )
    return 0


def _steps(text: str) -> list[int]:
    steps = [int(part) for part in text.split(",")]
    if len(steps) > STEPS_MAX or steps != sorted(set(steps)) or not all(0 < n < 100 for n in steps):
        raise argparse.ArgumentTypeError("rising numbers between 1 and 99, as 5,25,50")
    return steps


def main(given: Sequence[str], *, token: str | None) -> int:
    parser = argparse.ArgumentParser(
        prog="arenapulse release", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("to", choices=(*COLOURS, "status"))
    parser.add_argument("--proxy", type=Path, required=True, help="HAProxy's stats socket")
    parser.add_argument("--state", type=Path, help="its server-state-file; beside the socket")
    parser.add_argument("--steps", type=_steps, default=_steps("5,25,50"), help="per cent, 5,25,50")
    parser.add_argument("--watch", type=float, default=15.0, help="seconds a step")
    parser.add_argument("--errors", type=float, default=0.01, help="share of answers, 0.01")
    parser.add_argument("--p95", type=float, default=0.2, help="seconds, 0.2")
    parser.add_argument("--requests", type=int, default=50, help="fewer are no ground to judge")
    options = parser.parse_args(given)
    proxy = Proxy(options.proxy)
    try:
        if options.to == "status":
            return _status(proxy)
        limits = Limits(
            error_ratio=options.errors, p95_seconds=options.p95, requests_min=options.requests
        )
        release = Release(
            proxy,
            to=options.to,
            limits=limits,
            watch_seconds=options.watch,
            state=options.state or options.proxy.with_suffix(".state"),
            token=token,
        )
        with stop_signals():
            return release.run(options.steps)
    except ProxyAway as failure:
        _say(str(failure))
        return 1
