"""Classes of endpoints that are bound more tightly than the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.runtime.ratelimit import RateClass
from tests.factories import another_process
from tests.worlds import Fan, World, make_fans, make_world

API = "/api/v1"


@pytest.fixture
async def limited(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with another_process(settings, rate_limits=True, trusted_proxies="127.0.0.1") as made:
        yield made


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings)


async def _until_refused(
    client: httpx.AsyncClient, method: str, path: str, *, at: str, **sent: object
) -> int:
    """How many were answered before the first 429, which says when to come again."""
    headers = {"X-Forwarded-For": at, **dict(sent.pop("headers", None) or {})}  # type: ignore[call-overload]
    for count in range(1_000):
        answer = await client.request(method, path, headers=headers, **sent)  # type: ignore[arg-type]
        assert "ratelimit-limit" in answer.headers
        if answer.status_code == 429:
            assert answer.headers["ratelimit-remaining"] == "0"
            assert int(answer.headers["retry-after"]) <= 60
            return count
    raise AssertionError(path)


@pytest.mark.asvs("V2.4.1")
async def test_codes_are_not_guessed_by_the_thousand(
    limited: httpx.AsyncClient, world: World, db: asyncpg.Connection
) -> None:
    event = f"{API}/events/{world.event_id}"
    most = RateClass.PROMO.per_address
    assert await _until_refused(limited, "GET", f"{event}?promoCode=A", at="10.1.0.1") == most
    # Every way to try a code counts the same, from the same household.
    best = await limited.post(
        f"{event}/best-available",
        json={"quantity": 1, "priceLevel": "STANDARD", "promoCode": "B"},
        headers={"X-Forwarded-For": "10.1.0.1"},
    )
    assert best.status_code == 429
    plain = await limited.get(event, headers={"X-Forwarded-For": "10.1.0.1"})
    assert plain.status_code == 200
    # Nor does another spelling of the name have a budget of its own.
    for name in ("promo%43ode", "%70romoCode", "a=b&promoCod%65"):
        spelt = await limited.get(f"{event}?{name}=A", headers={"X-Forwarded-For": "10.1.0.1"})
        assert (spelt.status_code, spelt.headers["ratelimit-limit"]) == (429, str(most))
    (fan,) = await make_fans(db, world, 1)
    tried = await _until_refused(
        limited,
        "POST",
        f"{API}/orders",
        at="10.1.0.2",
        headers=fan.headers,
        json=world.order(promoCode="GUESS"),
    )
    assert tried == RateClass.PROMO.per_account


async def test_a_household_of_ipv6_is_one(limited: httpx.AsyncClient, world: World) -> None:
    path = f"{API}/events/{world.event_id}?promoCode=A"
    for host in range(RateClass.PROMO.per_address):
        answer = await limited.get(path, headers={"X-Forwarded-For": f"2001:db8:7:7::{host:x}"})
        assert answer.status_code == 200
    assert await _until_refused(limited, "GET", path, at="2001:db8:7:7:ffff::1") == 0
    assert await _until_refused(limited, "GET", path, at="2001:db8:7:8::1") > 0


@pytest.mark.asvs("V15.2.2")
async def test_the_best_seats_are_looked_for_so_often(
    limited: httpx.AsyncClient, world: World, db: asyncpg.Connection
) -> None:
    (fan,) = await make_fans(db, world, 1)
    asked = {"json": {"quantity": 1, "priceLevel": "STANDARD"}, "headers": fan.headers}
    path = f"{API}/events/{world.event_id}/best-available"
    assert await _until_refused(limited, "POST", path, at="10.1.0.3", **asked) == (
        RateClass.BEST.per_account
    )


@pytest.mark.asvs("V2.4.1")
async def test_visitors_are_bound_by_where_they_come_from(
    limited: httpx.AsyncClient, world: World
) -> None:
    held = 0
    guests: list[Fan] = []
    for _ in range(RateClass.GUEST.per_address // RateClass.GUEST.per_account + 1):
        visitor = (await limited.post(f"{API}/auth/guest")).json()["data"]
        guests.append(Fan(visitor["userId"], visitor["token"]))
    for guest in guests:
        held += await _until_refused(
            limited,
            "POST",
            f"{API}/orders",
            at="10.1.0.4",
            headers=guest.headers,
            json={"eventId": "none"},
        )
    assert held == RateClass.GUEST.per_address
