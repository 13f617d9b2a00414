"""Guessing is slowed by account and by address, in all processes, with Redis or without."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.identity.service.attempts import (
    PAUSE_SECONDS,
    PER_ACCOUNT_MAX,
    PER_ADDRESS_MAX,
    PER_DEVICE_MAX,
    PER_PAIR_MAX,
    WINDOW_SECONDS,
    short,
)
from arenapulse.runtime.ratelimit import RateClass
from arenapulse.runtime.redis import connect
from tests.answers import cookies_of
from tests.factories import PASSWORD, another_process, register
from tests.mailbox import answer_requests, tokens

AUTH = "/api/v1/auth"
LOGIN = f"{AUTH}/login"
LIMITED: dict[str, object] = {"rate_limits": True, "trusted_proxies": "127.0.0.1"}


def address() -> str:
    return "10." + ".".join(str(secrets.randbelow(256)) for _ in range(3))


@pytest.fixture(params=["with Redis", "without Redis"])
async def limited(
    settings: Settings, request: pytest.FixtureRequest
) -> AsyncIterator[httpx.AsyncClient]:
    changes = {} if request.param == "with Redis" else {"redis_url": "redis://127.0.0.1:1"}
    async with another_process(settings, **LIMITED, **changes) as made:
        yield made


async def attempt(
    client: httpx.AsyncClient, email: str, *, password: str = "wrong password", at: str
) -> httpx.Response:
    return await client.post(
        LOGIN, json={"email": email, "password": password}, headers={"X-Forwarded-For": at}
    )


def is_limited(answer: httpx.Response) -> bool:
    if answer.status_code != 429:
        assert answer.status_code in {200, 401}
        return False
    assert answer.json()["error"]["code"] == "RATE001"
    assert 0 < int(answer.headers["retry-after"]) <= WINDOW_SECONDS
    assert answer.headers["ratelimit-remaining"] == "0"
    assert int(answer.headers["ratelimit-limit"]) > 0
    assert int(answer.headers["ratelimit-reset"]) > 0
    return True


@pytest.mark.asvs("V6.3.1")
async def test_one_address_guesses_one_account_ten_times(
    client: httpx.AsyncClient, limited: httpx.AsyncClient
) -> None:
    person = await register(client)
    at = address()
    answers = [await attempt(limited, person.email, at=at) for _ in range(PER_PAIR_MAX)]
    assert {answer.status_code for answer in answers} == {401}
    assert is_limited(await attempt(limited, person.email, at=at))
    right = await attempt(limited, person.email.upper(), password=PASSWORD, at=at)
    assert is_limited(right)


@pytest.mark.asvs("V6.3.1")
async def test_many_addresses_together_guess_one_account_twenty_times(
    client: httpx.AsyncClient, limited: httpx.AsyncClient
) -> None:
    person = await register(client)
    answers = [
        await attempt(limited, person.email, at=address()) for _ in range(PER_ACCOUNT_MAX + 1)
    ]
    assert [is_limited(answer) for answer in answers] == [False] * PER_ACCOUNT_MAX + [True]


@pytest.mark.asvs("V6.3.1")
async def test_the_person_at_home_is_not_locked_out_by_others(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    person = await register(client)
    home = address()
    async with another_process(settings, **LIMITED) as limited:
        first = await attempt(limited, person.email, password=PASSWORD, at=home)
        assert first.status_code == 200
        for _ in range(PER_ACCOUNT_MAX + 1):
            await attempt(limited, person.email, at=address())
        assert is_limited(await attempt(limited, person.email, password=PASSWORD, at=address()))
        again = await attempt(limited, person.email, password=PASSWORD, at=home)
        assert again.status_code == 200


@pytest.mark.asvs("V6.3.1")
async def test_past_the_limit_it_is_slow_and_not_shut(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    person = await register(client)
    redis = connect(settings.redis_url or "")

    async def pause_is_over() -> None:
        assert await redis.delete(f"attempts:{short('account', person.email)}:turn") == 1

    async with another_process(settings, **LIMITED) as limited:
        for _ in range(PER_ACCOUNT_MAX + 1):
            await attempt(limited, person.email, at=address())
        meanwhile = await attempt(limited, person.email, password=PASSWORD, at=address())
        assert is_limited(meanwhile)
        assert int(meanwhile.headers["retry-after"]) <= PAUSE_SECONDS
        await pause_is_over()
        # Of those who guess on, one has a turn.
        answers = [await attempt(limited, person.email, at=address()) for _ in range(4)]
        assert [is_limited(answer) for answer in answers] == [False, True, True, True]
        await pause_is_over()
        right = await attempt(limited, person.email, password=PASSWORD, at=address())
        assert right.status_code == 200
    await redis.aclose()


async def test_who_has_the_mailbox_comes_in_from_a_new_place_among_guesses(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person, here = await register(client), address()
    async with another_process(settings, **LIMITED) as limited:
        for _ in range(PER_ACCOUNT_MAX + 1):
            await attempt(limited, person.email, at=address())
        assert is_limited(await attempt(limited, person.email, password=PASSWORD, at=here))
        await limited.post(f"{AUTH}/password/forgot", json={"email": person.email})
        await answer_requests(db, settings)
        (token,) = await tokens(db, to=person.email, template="reset")
        body = {"token": token, "password": "another walk to the south stand"}
        done = await limited.post(
            f"{AUTH}/password/reset", json=body, headers={"X-Forwarded-For": here}
        )
        assert done.status_code == 200
        await attempt(limited, person.email, at=address())
        mine = await attempt(limited, person.email, password=body["password"], at=here)
        assert mine.status_code == 200
        assert is_limited(
            await attempt(limited, person.email, password=body["password"], at=address())
        )


async def test_a_known_browser_keeps_a_budget_of_its_own(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    person, other = await register(client), await register(client)
    async with another_process(settings, **LIMITED) as limited:
        first = await attempt(limited, person.email, password=PASSWORD, at=address())
        device = cookies_of(first)["arenapulse_device"]
        assert (device["path"], device["httponly"], device["samesite"]) == (
            *("/api/v1/auth", True, "strict"),
        )
        limited.cookies.clear()
        for _ in range(PER_ACCOUNT_MAX + 1):
            await attempt(limited, person.email, at=address())
        cookie = f"arenapulse_device={device.value}"

        async def here(email: str, password: str = "wrong password") -> httpx.Response:
            limited.cookies.clear()
            return await limited.post(
                LOGIN,
                json={"email": email, "password": password},
                headers={"X-Forwarded-For": address(), "Cookie": cookie},
            )

        # Far away from where it was, among guesses from everywhere: at home by its cookie.
        assert (await here(person.email, PASSWORD)).status_code == 200
        answers = [await here(person.email) for _ in range(PER_DEVICE_MAX + 1)]
        assert [is_limited(answer) for answer in answers] == [False] * PER_DEVICE_MAX + [True]
        # It is nothing for another account, and nothing when it was changed.
        for _ in range(PER_ACCOUNT_MAX):
            await here(other.email)
        assert is_limited(await here(other.email))
        cookie = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")
        assert is_limited(await here(person.email, PASSWORD))


async def test_processes_count_together(client: httpx.AsyncClient, settings: Settings) -> None:
    person = await register(client)
    at = address()
    async with (
        another_process(settings, **LIMITED) as one,
        another_process(settings, **LIMITED) as other,
    ):
        for _ in range(PER_PAIR_MAX // 2):
            assert not is_limited(await attempt(one, person.email, at=at))
            assert not is_limited(await attempt(other, person.email, at=at))
        assert is_limited(await attempt(one, person.email, at=at))
        assert is_limited(await attempt(other, person.email, at=at))


async def test_an_address_that_guesses_many_accounts_is_stopped(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    at = address()
    refused = 0
    for _ in range(1 + PER_ADDRESS_MAX // RateClass.AUTH.per_address):
        # Each process allows 30 a minute of one address; those of guessing are shared.
        async with another_process(settings, **LIMITED) as limited:
            for _ in range(RateClass.AUTH.per_address):
                email = f"nobody-{secrets.token_hex(6)}@arena.test"
                refused += is_limited(await attempt(limited, email, at=at))
    assert refused == RateClass.AUTH.per_address


async def test_right_passwords_are_not_counted(
    client: httpx.AsyncClient, limited: httpx.AsyncClient
) -> None:
    person = await register(client)
    at = address()
    for _ in range(PER_PAIR_MAX + 2):
        answer = await attempt(limited, person.email, password=PASSWORD, at=at)
        assert answer.status_code == 200
        assert answer.headers["ratelimit-limit"] == "30"


async def test_lifted_limits_are_lifted(client: httpx.AsyncClient) -> None:
    person = await register(client)
    for _ in range(PER_ACCOUNT_MAX + 2):
        answer = await attempt(client, person.email, at=address())
        assert answer.status_code == 401


async def test_an_account_is_limited_from_wherever_it_asks(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    person = await register(client)
    async with another_process(settings, **LIMITED) as limited:
        statuses = []
        for number in range(RateClass.AUTH.per_account + 1):
            answer = await limited.post(
                "/api/v1/auth/passkeys/register/options",
                headers=person.headers | {"X-Forwarded-For": f"10.9.{number}.1"},
            )
            statuses.append(answer.status_code)
            left = max(0, RateClass.AUTH.per_account - number - 1)
            assert answer.headers["ratelimit-remaining"] == str(left)
        assert statuses == [200] * RateClass.AUTH.per_account + [429]
        assert int(answer.headers["retry-after"]) > 0


async def test_a_stadium_behind_one_address_stays_signed_in(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    """Who has a session renews it, reads and leaves; none of it is guessing."""
    at = {"X-Forwarded-For": address()}
    async with another_process(settings, **LIMITED) as limited:
        for _ in range(RateClass.AUTH.per_address + 1):
            person = await register(client)
            body = {"refreshToken": person.refresh_token}
            renewed = await limited.post(f"{AUTH}/refresh", json=body, headers=at)
            assert renewed.status_code == 200
            assert renewed.headers["ratelimit-limit"] == str(RateClass.RENEWAL.per_account)
            me = at | {"Authorization": f"Bearer {renewed.json()['data']['token']}"}
            for path in ("sessions", "mfa", "passkeys"):
                assert (await limited.get(f"{AUTH}/{path}", headers=me)).status_code == 200
            assert (await limited.post(f"{AUTH}/logout", headers=me)).status_code == 200
        # One session renews itself so often and no more, wherever it is.
        token, statuses = (await register(client)).refresh_token, []
        for _ in range(RateClass.RENEWAL.per_account + 1):
            renewed = await limited.post(
                f"{AUTH}/refresh",
                json={"refreshToken": token},
                headers={"X-Forwarded-For": address()},
            )
            statuses.append(renewed.status_code)
            token = renewed.json()["data"]["refreshToken"] if renewed.is_success else token
        assert statuses == [200] * RateClass.RENEWAL.per_account + [429]
