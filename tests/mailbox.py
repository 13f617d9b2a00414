"""What people are told of their accounts, as the mail that waits says it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from arenapulse.identity.service.recovery import answer_request
from arenapulse.runtime.crypto import Keyring
from arenapulse.wiring import opened
from arenapulse.wiring.identity import make_letters
from tests.factories import Person

SECRET = "test-secret-" + "x" * 32
"""Of every test's settings."""


async def make_member(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    *,
    members: str,
    by: Person,
    person: Person,
    role: str,
) -> None:
    """Invited by mail, and accepted."""
    body = {"email": person.email, "role": role}
    invited = await client.post(members, json=body, headers=by.headers)
    assert invited.status_code == 201, invited.text
    token = (await tokens(db, to=person.email, template="invitation"))[-1]
    accepted = await client.post(
        f"/api/v1/organizations/invitations/{token}/accept", headers=person.headers
    )
    assert accepted.status_code == 200, accepted.text


async def mails(db: asyncpg.Connection, *, to: str, template: str) -> list[dict[str, Any]]:
    """The values of each, the oldest first; the sealed ones opened."""
    keyring = Keyring(SECRET)
    rows = await db.fetch(
        "SELECT id, content, sealed FROM messages WHERE recipient = $1 AND template = $2 "
        "ORDER BY created_at, id",
        *(to, template),
    )
    return [
        json.loads(
            row["content"]
            if row["sealed"] is None
            else keyring.open(
                row["sealed"], purpose="message values", bound_to=f"messages {row['id']}"
            )
        )
        for row in rows
    ]


async def tokens(db: asyncpg.Connection, *, to: str, template: str) -> list[str]:
    """The tokens of the links that went out."""
    found = await mails(db, to=to, template=template)
    return [parse_qs(urlsplit(mail["url"]).query)["token"][0] for mail in found]


async def answer_requests(db: asyncpg.Connection, settings: Settings) -> None:
    """A worker's work: whoever forgot a password and is known gets a mail."""
    async with opened(settings) as runtime:
        for row in await db.fetch("SELECT id FROM reset_requests ORDER BY created_at"):
            async with runtime.database.transaction() as session:
                await answer_request(session, request_id=row["id"], letters=make_letters(runtime))
