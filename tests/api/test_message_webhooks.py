"""The mail and text vendors' news over HTTP: signed by them, for us, lately; once, in any order."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from twilio.request_validator import RequestValidator

from arenapulse.core.ids import new_id
from arenapulse.core.settings import Settings
from arenapulse.notifications.sendgrid_sandbox import sign, signing_key
from arenapulse.runtime.crypto import Keyring

API = "/api/v1/webhooks"
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


async def message(db: asyncpg.Connection, *, channel: str = "EMAIL") -> UUID:
    """One that was sent."""
    made = new_id()
    await db.execute(
        "INSERT INTO messages (id, key, channel, template, locale, recipient, name, priority,"
        " content, status, created_at, updated_at) VALUES ($1, $2, $3, 'receipt', 'en',"
        " $4, 'Eve', 0, '{}', 'SENT', now(), now())",
        *(made, str(made), channel, f"{made.hex}@fans.test"),
    )
    return made


async def status(db: asyncpg.Connection, message_id: UUID) -> str:
    return str(await db.fetchval("SELECT status::TEXT FROM messages WHERE id = $1", message_id))


def event(message_id: UUID, kind: str, **changes: Any) -> dict[str, Any]:
    return {
        "email": "eve@fans.test",
        "timestamp": int(time.time()),
        "event": kind,
        "sg_event_id": uuid4().hex,
        "sg_message_id": "abc.recvd-1",
        "message_id": str(message_id),
        "category": ["receipt"],
    } | changes


async def post(
    client: httpx.AsyncClient, settings: Settings, payload: bytes | list[Any], **changes: Any
) -> httpx.Response:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    timestamp = str(int(time.time()) - changes.get("age", 0))
    key = signing_key(Keyring(changes.get("secret", settings.secret)))
    headers = {SIGNATURE: sign(raw, timestamp=timestamp, key=key), TIMESTAMP: timestamp}
    sent = changes.get("sent", raw)
    headers |= changes.get("headers", {})
    headers["Content-Type"] = "application/json"
    return await client.post(f"{API}/sendgrid", content=sent, headers=headers)


async def test_a_piece_of_news_is_taken_once_however_often_it_comes(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    known = await message(db)
    told = [event(known, "delivered")]
    answers = await asyncio.gather(*(post(client, settings, told) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert answers[0].json() == {"success": True, "data": {"received": True}}
    assert await status(db, known) == "DELIVERED"
    heard = await db.fetchval("SELECT count(*) FROM message_news WHERE message_id = $1", known)
    assert heard == 1


async def test_reversed_news_ends_as_news_in_order(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    known, together = await message(db), await message(db)
    words = ["spamreport", "open", "delivered", "processed"]
    for word in words:
        assert (await post(client, settings, [event(known, word)])).status_code == 200
    batch = [event(together, word) for word in words]
    assert (await post(client, settings, batch)).status_code == 200
    assert await status(db, known) == await status(db, together) == "COMPLAINED"


@pytest.mark.parametrize(
    "bad",
    [
        {"secret": "another installation's secret, quite long"},
        {"age": 601},
        {"age": -602},
        {"headers": {SIGNATURE: ""}},
        {"headers": {SIGNATURE: "not base64 at all!"}},
        {"headers": {SIGNATURE: "AAAA"}},
        {"headers": {TIMESTAMP: ""}},
        {"headers": {TIMESTAMP: "1e9"}},
        {"headers": {TIMESTAMP: "9" * 40}},
        {"sent": b'[{"event": "open"}]'},
        {"sent": b"\xff\xfe"},
    ],
)
async def test_forged_and_stale_news_is_refused(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, bad: dict[str, Any]
) -> None:
    known = await message(db)
    answer = await post(client, settings, [event(known, "bounce")], **bad)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "PAY002")
    assert await status(db, known) == "SENT"
    assert await db.fetchval("SELECT count(*) FROM message_news WHERE message_id = $1", known) == 0


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"[", "REQUEST001"),
        (b"{}", "VALIDATION001"),
        (b'[{"event": "open"}]', "VALIDATION001"),
        (b'[{"event": "open", "sg_event_id": "\\u0000", "timestamp": 1}]', "VALIDATION001"),
        (b'[{"event": "open", "sg_event_id": "x", "timestamp": 1e99}]', "VALIDATION001"),
        (b'[{"event": "open", "sg_event_id": "x", "timestamp": -1}]', "VALIDATION001"),
    ],
)
async def test_signed_nonsense_is_told_apart(
    client: httpx.AsyncClient, settings: Settings, payload: bytes, code: str
) -> None:
    answer = await post(client, settings, payload)
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize(
    "strange",
    [
        {"message_id": "nothing"},
        {"message_id": str(UUID(int=1))},
        {"event": "a_new_word"},
        {"timestamp": 99_999_999_999},
    ],
)
async def test_news_that_says_nothing_to_us_is_taken_and_let_go(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, strange: dict[str, Any]
) -> None:
    known = await message(db)
    answer = await post(client, settings, [event(known, "processed") | strange])
    assert answer.status_code == 200, answer.text
    assert await status(db, known) == "SENT"


async def callback(
    client: httpx.AsyncClient,
    settings: Settings,
    message_id: UUID,
    form: dict[str, str],
    **changes: Any,
) -> httpx.Response:
    keyring = Keyring(settings.secret or "")
    token = changes.get("token", keyring.derive("twilio sandbox token", length=16).hex())
    path = f"{API}/twilio?message={message_id}"
    signed = f"{changes.get('base', settings.base_url)}{path}"
    signature = RequestValidator(token).compute_signature(signed, changes.get("signed", form))
    headers = {
        "X-Twilio-Signature": changes.get("signature", signature),
        "Content-Type": "application/x-www-form-urlencoded",
        **changes.get("headers", {}),
    }
    return await client.post(path, content=urlencode(form).encode(), headers=headers)


async def test_a_texts_status_comes_in_any_order_and_counts_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    known = await message(db, channel="SMS")
    for word in ("delivered", "sent", "delivered", "queued"):
        form = {"MessageSid": f"SM{known.hex}", "MessageStatus": word, "To": "+4915112345678"}
        assert (await callback(client, settings, known, form)).status_code == 200
    assert await status(db, known) == "DELIVERED"
    heard = await db.fetchval("SELECT count(*) FROM message_news WHERE message_id = $1", known)
    assert heard == 3


@pytest.mark.parametrize(
    "bad",
    [
        {"token": "of somebody else"},
        {"signature": ""},
        {"headers": {"X-Twilio-Signature": "é".encode()}},
        {"base": "https://evil.test"},
        {"signed": {"MessageSid": "SM1", "MessageStatus": "sent"}},
        # What the request says of its own host counts for nothing.
        {"base": "https://evil.test", "headers": {"Host": "evil.test"}},
    ],
)
async def test_a_forged_status_of_a_text_is_refused(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, bad: dict[str, Any]
) -> None:
    known = await message(db, channel="SMS")
    form = {"MessageSid": f"SM{known.hex}", "MessageStatus": "failed"}
    answer = await callback(client, settings, known, form, **bad)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "PAY002")
    assert await status(db, known) == "SENT"


@pytest.mark.parametrize(
    "form", [{}, {"MessageSid": "SM1"}, {"MessageSid": "x" * 65, "MessageStatus": "sent"}]
)
async def test_a_signed_status_of_the_wrong_shape_is_422(
    client: httpx.AsyncClient, settings: Settings, form: dict[str, str]
) -> None:
    answer = await callback(client, settings, uuid4(), form)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION001")
