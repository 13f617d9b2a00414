"""The heartbeat of sockets: who is silent is put out, but not for what held the server up."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from arenapulse.core.clock import monotonic_seconds
from arenapulse.runtime.socket.heartbeat import Heartbeat

TICK = 0.25


@dataclass(eq=False)
class Session:
    pong_due: float = 0.0
    pinged: int = 0
    is_expired: bool = False

    def is_over(self) -> bool:
        return self.is_expired

    def ping(self) -> None:
        self.pinged += 1

    def expire(self) -> None:
        self.is_expired = True


@dataclass
class Day:
    heartbeat: Heartbeat
    now: float

    def sweep_for(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            self.now += TICK
            self.heartbeat.sweep(self.now)


@pytest.fixture
def day() -> Day:
    return Day(Heartbeat(interval_seconds=25.0, timeout_seconds=20.0), monotonic_seconds())


def test_who_does_not_answer_a_ping_in_time_is_put_out(day: Day) -> None:
    silent, alive = Session(), Session()
    for session in (silent, alive):
        day.heartbeat.start(session)
    day.sweep_for(26.0)
    assert (silent.pinged, alive.pinged) == (1, 1)
    day.heartbeat.pong(alive)
    day.sweep_for(18.0)
    assert not silent.is_expired
    day.sweep_for(1.5)
    assert (silent.is_expired, alive.is_expired) == (True, False)


def test_after_a_stall_of_the_server_there_is_time_to_read_what_was_answered(day: Day) -> None:
    session, silent = Session(), Session()
    for each in (session, silent):
        day.heartbeat.start(each)
    day.sweep_for(26.0)
    # Nothing ran for half a minute, and the answers lie unread when the next sweep comes.
    day.now += 30.0
    day.heartbeat.sweep(day.now)
    assert not session.is_expired
    day.heartbeat.pong(session)
    day.sweep_for(20.0)
    assert (session.is_expired, silent.is_expired) == (False, True)


def test_a_server_that_is_held_up_again_and_again_puts_out_the_silent_alone(day: Day) -> None:
    session, silent = Session(), Session()
    for each in (session, silent):
        day.heartbeat.start(each)
    day.sweep_for(26.0)
    for held_up in range(30):
        day.now += 2.0
        if session.pinged and held_up % 9 == 8:
            day.heartbeat.pong(session)
        day.heartbeat.sweep(day.now)
        if held_up == 9:
            # Past what is due, within the time-out that it has once more.
            assert not silent.is_expired
    assert (session.is_expired, silent.is_expired) == (False, True)
