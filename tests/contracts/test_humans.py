"""Turnstile's adapter over its twin, and over Cloudflare's own where a test may go out."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from arenapulse.core.settings import Settings
from arenapulse.runtime.web.loopback import serving
from arenapulse.waitingroom.humans import HumansAway
from arenapulse.waitingroom.turnstile_humans import TurnstileHumans
from arenapulse.waitingroom.turnstile_sandbox import DUMMY, FAILS, PASSES, SPENT, SandboxTurnstile
from tests.conftest import client_of
from tests.lining import lined_up
from tests.worlds import make_fans

OUTSIDE = os.environ.get("TURNSTILE_TEST_HOST", "")
SECRET, SITE_KEY = "0xTHE-SECRET-OF-THE-TWIN", "0xSITE"
Adapter = Callable[[str], TurnstileHumans]


@pytest.fixture
async def twin() -> AsyncIterator[tuple[SandboxTurnstile, str]]:
    made = SandboxTurnstile(secret=SECRET)
    async with serving(made.app) as host:
        yield made, host


@pytest.fixture(
    params=[
        "twin",
        pytest.param(
            "cloudflare",
            marks=pytest.mark.skipif(not OUTSIDE, reason="TURNSTILE_TEST_HOST is not set"),
        ),
    ]
)
async def adapter(
    request: pytest.FixtureRequest, twin: tuple[SandboxTurnstile, str]
) -> AsyncIterator[Adapter]:
    made: list[TurnstileHumans] = []
    host = twin[1] if request.param == "twin" else OUTSIDE

    def make(secret: str) -> TurnstileHumans:
        made.append(TurnstileHumans(site_key=SITE_KEY, secret=secret, host=host))
        return made[-1]

    yield make
    for each in made:
        await each.close()


async def test_the_test_keys_answer_as_documented(adapter: Adapter) -> None:
    assert await adapter(PASSES).vouches(DUMMY, address="203.0.113.9") is True
    assert await adapter(FAILS).vouches(DUMMY, address="203.0.113.9") is False
    assert await adapter(SPENT).vouches(DUMMY, address="203.0.113.9") is False


async def test_a_wrong_secret_is_our_fault_and_nobodys_word(adapter: Adapter) -> None:
    with pytest.raises(HumansAway):
        await adapter("nonsense").vouches(DUMMY, address="203.0.113.9")


async def test_a_token_is_good_once_and_for_lines_alone(
    twin: tuple[SandboxTurnstile, str],
) -> None:
    humans = TurnstileHumans(site_key=SITE_KEY, secret=SECRET, host=twin[1], seconds=0.3)
    try:
        said = [await humans.vouches(word, address="x") for word in ("human-1", "human-1", "bot")]
        assert said == [True, False, False]
        assert await humans.vouches("human-login:1", address="x") is False
        twin[0].status = 503
        with pytest.raises(HumansAway):
            await humans.vouches("human-2", address="x")
        twin[0].status, twin[0].answer_seconds = None, 0.5
        with pytest.raises(HumansAway):
            await humans.vouches("human-3", address="x")
    finally:
        await humans.close()


async def test_in_a_rush_the_widgets_word_does_instead_of_the_work(
    db: asyncpg.Connection, settings: Settings, twin: tuple[SandboxTurnstile, str]
) -> None:
    watched = settings.model_copy(
        update={
            "rate_limits": True,
            "turnstile_site_key": SITE_KEY,
            "turnstile_secret_key": SECRET,
            "turnstile_host": twin[1],
        }
    )
    async with (
        client_of(watched) as client,
        lined_up(client, db, settings, status="ON_SALE") as line,
    ):
        fans = await make_fans(db, line.world, 15)
        for fan in fans[:10]:
            assert (await line.join(fan)).status_code == 201
        rushed, bot, late = fans[10:13]
        asked = await line.join(rushed)
        assert asked.status_code == 429
        assert asked.json()["error"]["details"]["siteKey"] == SITE_KEY
        assert (await line.join(rushed, human="human-a")).status_code == 201
        again = await line.join(bot, human="human-a")
        assert (again.status_code, again.json()["error"]["code"]) == (429, "RATE001")
        assert "siteKey" not in again.json()["error"]["details"], "the work is left"
        twin[0].status = 500
        assert (await line.join(late, human="human-b")).status_code == 429
        assert await line.count() == 11
