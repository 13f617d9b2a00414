"""What people are told of their accounts, as the mail that waits says it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

from arenapulse.core.settings import Settings
from arenapulse.identity.service.recovery import answer_request
from arenapulse.runtime.crypto import Keyring
from arenapulse.wiring import opened
from arenapulse.wiring.identity import make_letters


async def mails(
    db: asyncpg.Connection, settings: Settings, *, to: str, template: str
) -> list[dict[str, Any]]:
    """The values of each, the oldest first; the sealed ones opened."""
    keyring = Keyring(settings.secret or "")
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


async def tokens(
    db: asyncpg.Connection, settings: Settings, *, to: str, template: str
) -> list[str]:
    """The tokens of the links that went out."""
    found = await mails(db, settings, to=to, template=template)
    return [parse_qs(urlsplit(mail["url"]).query)["token"][0] for mail in found]


async def answer_requests(db: asyncpg.Connection, settings: Settings) -> None:
    """A worker's work: whoever forgot a password and is known gets a mail."""
    async with opened(settings) as runtime:
        for row in await db.fetch("SELECT id FROM reset_requests ORDER BY created_at"):
            async with runtime.database.transaction() as session:
                await answer_request(session, request_id=row["id"], letters=make_letters(runtime))
