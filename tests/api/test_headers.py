"""What every answer says to browsers, and what is counted of those that were refused."""

from __future__ import annotations

import httpx
import pytest

from arenapulse.core.settings import Environment, Settings
from arenapulse.runtime.ratelimit import RateClass
from tests.factories import another_process


@pytest.mark.asvs("V3.2.1", "V3.4.3", "V3.4.4", "V3.4.5", "V3.4.6")
async def test_pages_and_answers_say_what_browsers_may_do(client: httpx.AsyncClient) -> None:
    page, answer = await client.get("/docs"), await client.get("/api/v1/events")
    for each in (page, answer):
        assert each.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in each.headers["content-security-policy"]
        assert "strict-transport-security" not in each.headers
        assert each.headers["cross-origin-resource-policy"] == "same-origin"
        for word in ("object-src 'none'", "base-uri 'none'"):
            assert word in each.headers["content-security-policy"]
        assert "'unsafe-inline'" not in each.headers["content-security-policy"]
    assert page.headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    assert "camera=(self)" in page.headers["permissions-policy"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.asvs("V3.4.3")
@pytest.mark.parametrize("key", [None, "pk_test_OfTheCardForm"])
async def test_pages_hold_the_vendors_card_form_where_it_has_a_key(
    settings: Settings, key: str | None
) -> None:
    """Stripe's own list: its script, the frames that it opens, and whom it asks."""
    async with another_process(settings, stripe_publishable_key=key) as client:
        page = await client.get("/docs")
    policy = {
        name: sources.split()
        for name, _, sources in (
            part.strip().partition(" ")
            for part in page.headers["content-security-policy"].split(";")
        )
    }
    for name, origin in (
        ("script-src", "https://js.stripe.com"),
        ("frame-src", "https://js.stripe.com"),
        ("frame-src", "https://hooks.stripe.com"),
        ("connect-src", "https://api.stripe.com"),
    ):
        assert (origin in policy[name]) is (key is not None), name


@pytest.mark.asvs("V3.4.1")
async def test_under_tls_browsers_are_told_to_stay_there(client: httpx.AsyncClient) -> None:
    page = await client.get("https://arena.test/docs")
    assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.asvs("V3.4.1")
async def test_behind_a_proxy_that_ends_tls_browsers_are_told_so_too(settings: Settings) -> None:
    async with another_process(settings, public_url="https://arena.test") as client:
        for path in ("/docs", "/api/v1/events", "/api/v1/nothing-here", "/health/live"):
            answer = await client.get(path)
            assert answer.request.url.scheme == "http"
            told = answer.headers["strict-transport-security"]
            assert told == "max-age=31536000; includeSubDomains", path


@pytest.mark.asvs("V3.4.2")
async def test_other_origins_are_answered_only_where_they_are_listed(settings: Settings) -> None:
    async with another_process(settings, cors_origins="https://club.test") as client:
        for origin, allowed in (("https://club.test", True), ("https://evil.test", False)):
            answer = await client.get("/api/v1/events", headers={"Origin": origin})
            found = answer.headers.get("access-control-allow-origin")
            assert found == (origin if allowed else None), origin


@pytest.mark.asvs("V13.4.5")
async def test_metrics_are_for_who_has_the_token_and_in_production_for_nobody_without_one(
    settings: Settings,
) -> None:
    token = "0123456789abcdef01234567"
    async with another_process(settings, metrics_token=token) as guarded:
        for header, status in (
            ({}, 401),
            ({"Authorization": f"Bearer {token[:-1]}"}, 401),
            ({"Authorization": f"Bearer {token}"}, 200),
        ):
            answer = await guarded.get("/metrics", headers=header)
            assert answer.status_code == status, header
    production = {"environment": Environment.PRODUCTION, "public_url": "https://arena.test"}
    async with another_process(settings, **production) as closed:
        assert (await closed.get("/metrics")).status_code == 404


@pytest.mark.asvs("V16.3.3")
async def test_refusals_are_counted_by_class(settings: Settings) -> None:
    line = 'arenapulse_rate_refusals_total{by="a",kind="auth"}'

    async def refused(client: httpx.AsyncClient) -> float:
        found = [row for row in (await client.get("/metrics")).text.splitlines() if line in row]
        return float(found[0].split()[-1]) if found else 0.0

    async with another_process(settings, rate_limits=True) as limited:
        before = await refused(limited)
        for _ in range(RateClass.AUTH.per_address + 2):
            answer = await limited.post("/api/v1/auth/login", json={})
        assert answer.status_code == 429
        assert await refused(limited) == before + 2
