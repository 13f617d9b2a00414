"""Receivers that never answer, and names whose servers do not, keep nobody else waiting."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

import pytest

from arenapulse.webhooks import outbound
from arenapulse.webhooks.outbound import Lookups
from arenapulse.webhooks.service import delivering
from tests.conftest import TestEngines, settings_for
from tests.reactions.conftest import until
from tests.reactions.receivers import Desk, open_desk, receiving

INSIDE = ["127.0.0.1"]


class NameServers:
    """That of `hangs…` names answers once it is `open`."""

    def __init__(self) -> None:
        self.open = threading.Event()

    def look_up(self, host: str, _port: int) -> list[str]:
        if host.startswith("hangs"):
            self.open.wait(20)
        return INSIDE


@pytest.fixture
async def servers() -> AsyncIterator[NameServers]:
    made = NameServers()
    yield made
    made.open.set()


@contextlib.asynccontextmanager
async def asked(lookups: Lookups, *, names: int) -> AsyncIterator[asyncio.Future[list[object]]]:
    """Of many names at once, whose server does not answer."""
    crowd = asyncio.gather(
        *(lookups.addresses(f"hangs{n}.test", 443) for n in range(names)), return_exceptions=True
    )
    await asyncio.sleep(0)
    yield crowd
    await crowd


async def test_a_name_that_answers_waits_for_none_that_does_not(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "LOOKUP_SECONDS_MAX", 1.0)
    lookups = Lookups(servers.look_up)
    assert await lookups.addresses("club.test", 443) == INSIDE
    async with asked(lookups, names=60):
        assert await lookups.addresses("club.test", 443) == INSIDE
        servers.open.set()


async def test_names_that_did_not_answer_leave_room_for_those_that_nobody_knows(
    servers: NameServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "LOOKUP_SECONDS_MAX", 0.05)
    lookups = Lookups(servers.look_up)
    async with asked(lookups, names=60) as crowd:
        assert all(isinstance(each, TimeoutError) for each in await crowd)
    # The system gives up as well, in the end.
    servers.open.set()
    monkeypatch.setattr(outbound, "LOOKUP_SECONDS_MAX", 5.0)
    assert await lookups.addresses("club.test", 443) == INSIDE
    servers.open.clear()
    async with asked(lookups, names=60):
        assert await lookups.addresses("another.test", 443) == INSIDE
        servers.open.set()


@pytest.fixture
async def desk(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Desk]:
    settings = settings_for(fresh_database_url, engines.redis_url, webhook_allow_private=True)
    async with open_desk(settings) as made:
        yield made


async def test_many_that_never_answer_are_together_given_some_of_the_calls(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "UNPROVEN_MAX", 2)
    async with contextlib.AsyncExitStack() as stack:
        club = await stack.enter_async_context(receiving())
        silent = [await stack.enter_async_context(receiving()) for _ in range(4)]
        await desk.make(club.url, ["order.confirmed"])
        await desk.sell()
        await desk.deliver()
        for each in silent:
            each.gate = asyncio.Event()
            await desk.make(each.url, ["order.confirmed"])
        for _ in range(3):
            await desk.sell()
        await desk.react()
        draining = asyncio.create_task(desk.runner.drain())

        async def all_heard() -> bool:
            return len(club.heard) == 4 and sum(len(each.heard) for each in silent) >= 2

        await until(all_heard, seconds=9)
        assert sum(len(each.heard) for each in silent) == 2
        for each in silent:
            assert each.gate is not None
            each.gate.set()
        await draining
        for _ in range(12):
            await desk.pass_by(2)
        assert [len(each.heard) for each in silent] == [3] * 4
