"""A replayed key is answered for who may still ask: rights are judged first, refusals alike."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.hostile_bodies import EVENT, MEMBER, PROMO, TIER, VENUE
from tests.worlds import World, make_fans, make_world


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings)


def asked_of(world: World, what: str) -> tuple[str, dict[str, Any], str]:
    """The path, a body, and the role that it takes."""
    own = {"organizationId": str(world.organization_id)}
    tier = TIER | {"sectionIds": [str(section) for section in world.section_ids]}
    event = EVENT | own | {"venueId": str(world.venue_id), "pricingTiers": [tier]}
    members = f"organizations/{world.organization_id}/members"
    return {
        "venue": ("venues", VENUE | own, "MANAGER"),
        "event": ("events", event, "MANAGER"),
        "promo code": (f"events/{world.event_id}/promo-codes", PROMO, "MANAGER"),
        "member": (members, MEMBER, "OWNER"),
        "sale": ("orders", world.order(paymentMethod={"type": "box_office"}), "STAFF"),
        "invoice": ("orders", world.order(paymentMethod={"type": "invoice"}), "MANAGER"),
    }[what]


@pytest.mark.parametrize(
    ("what", "refused"),
    [
        ("venue", (403, "AUTH004")),
        ("event", (403, "AUTH004")),
        ("promo code", (403, "AUTH004")),
        ("member", (404, "NOTFOUND001")),
        ("sale", (403, "AUTH004")),
        ("invoice", (403, "AUTH004")),
    ],
)
async def test_who_lost_the_role_hears_nothing_of_what_was_answered_then(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    world: World,
    *,
    what: str,
    refused: tuple[int, str],
) -> None:
    path, body, role = asked_of(world, what)
    boss = (await make_fans(db, world, 1, role=role))[0]
    if "email" in body:
        known = (await make_fans(db, world, 1))[0]
        body |= {"email": f"{known.user_id}@fans.test"}
    headers = boss.headers | {"Idempotency-Key": "once"}

    async def ask(**more: object) -> httpx.Response:
        return await client.post(f"/api/v1/{path}", json=body | more, headers=headers)

    first = await ask()
    assert first.status_code == 201, first.text
    again = await ask()
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    await db.execute("DELETE FROM memberships WHERE user_id = $1", boss.user_id)
    async with asyncio.timeout(10):
        # The selling process may believe in the role for half a second.
        while (answer := await ask()).status_code == 201:  # noqa: ASYNC110 - polls the subject itself
            await asyncio.sleep(0.05)
    assert (answer.status_code, answer.json()["error"]["code"]) == refused
    # Nor that the key was used.
    other = (
        "tickets" if "tickets" in body else next(k for k in ("name", "code", "email") if k in body)
    )
    changed = body["tickets"] * 2 if other == "tickets" else f"x{body[other]}"
    answer = await ask(**{other: changed})
    assert (answer.status_code, answer.json()["error"]["code"]) == refused
