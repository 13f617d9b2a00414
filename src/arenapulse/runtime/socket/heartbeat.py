"""One pinger for all sockets: deadlines are handed out in order, so two deques are enough."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from arenapulse.core.clock import monotonic_seconds

# A sweep that comes so late was held up: what clients answered meanwhile is still to be read.
LATE_SECONDS = 1.0


class Beating(Protocol):
    """A session that can be pinged; `pong_due` is 0.0 while none is expected."""

    pong_due: float

    def is_over(self) -> bool: ...
    def ping(self) -> None: ...
    def expire(self) -> None: ...


class Heartbeat:
    """Engine.IO's heartbeat: the server pings every interval, the client answers in time.

    Nobody is put out for what kept the server itself from hearing: after a stall everybody has as
    long again. Of stalls one after the other that is once the whole time-out: who is gone goes.
    """

    def __init__(self, *, interval_seconds: float, timeout_seconds: float) -> None:
        self._interval = interval_seconds
        self._timeout = timeout_seconds
        self._pings: deque[tuple[float, Beating]] = deque()
        self._pongs: deque[tuple[float, Beating]] = deque()
        self._swept_at = monotonic_seconds()
        self._patient_since = self._patient_until = self._swept_at

    def start(self, session: Beating) -> None:
        self._pings.append((monotonic_seconds() + self._interval, session))

    def pong(self, session: Beating) -> None:
        """An answer in time; one that nobody asked for changes nothing."""
        if session.pong_due:
            session.pong_due = 0.0
            self.start(session)

    def sweep(self, now: float) -> None:
        pings, pongs = self._pings, self._pongs
        before, self._swept_at = self._swept_at, now
        late = now - before
        if late > LATE_SECONDS:
            if before >= self._patient_until or late >= self._timeout:
                self._patient_since = now
            again = now + min(late, self._timeout)
            self._patient_until = min(again, self._patient_since + self._timeout)
        while pings and pings[0][0] <= now:
            session = pings.popleft()[1]
            if session.is_over():
                continue
            session.pong_due = now + self._timeout
            pongs.append((session.pong_due, session))
            session.ping()
        while pongs and pongs[0][0] <= now and now >= self._patient_until:
            due, session = pongs.popleft()
            if session.pong_due == due and not session.is_over():
                session.expire()
