"""The product and a browser, once a worker; visitors who are gone after each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.conftest import TestEngines, cloned_database
from tests.e2e.browsing import DEADLINE_MS, Visitors, launch
from tests.e2e.organizing import Organizer
from tests.e2e.stack import Stack, built_web, running
from tests.realtime.ownredis import OwnRedis
from tests.turns import turn

FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def web_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_web(tmp_path_factory.mktemp("web") / "dist")


@pytest.fixture(scope="session")
async def stack(
    engines: TestEngines,
    database_lock: Path,
    web_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Stack]:
    redis = OwnRedis(tmp_path_factory.mktemp("redis"))
    await redis.start()
    try:
        async with (
            cloned_database(engines, lock=database_lock) as url,
            running(url, redis.url, web_folder=web_folder) as made,
        ):
            yield made
    finally:
        redis.kill()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=DEADLINE_MS)
    async with async_playwright() as playwright:
        made = await launch(playwright)
        yield made
        await made.close()


@pytest.fixture(autouse=True)
async def _turn(request: pytest.FixtureRequest, run_folder: Path) -> AsyncIterator[None]:
    async with turn(run_folder, alone=request.node.get_closest_marker("alone") is not None):
        yield


@pytest.fixture
async def visitors(
    request: pytest.FixtureRequest, browser: Browser, stack: Stack, tmp_path: Path
) -> AsyncIterator[Visitors]:
    made = Visitors(browser, stack)
    yield made
    if request.node.stash.get(FAILED, False):
        there = [visit for visit in made.visits if not visit.page.is_closed()]
        for number, visit in enumerate(there):
            picture = tmp_path / f"visit-{number}.png"
            await visit.page.screenshot(path=picture)
            print(f"what visitor {number} saw last: {picture}")
    problems = await made.leave()
    assert problems == [], "the browser's console complained"


@pytest.fixture(scope="session")
async def api(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stack.url, timeout=30) as made:
        yield made


@pytest.fixture(scope="session")
async def organizer(api: httpx.AsyncClient) -> Organizer:
    return await Organizer.signed_in(api)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    report = yield
    if call.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report
