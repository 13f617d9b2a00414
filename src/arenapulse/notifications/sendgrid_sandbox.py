"""SendGrid's twin: v3 mail/send, the activity feed, suppression lists, the signed event webhook.

Its wire format is SendGrid's, and so are its refusals: https://www.twilio.com/docs/sendgrid.
Addresses choose their fate by a tag: `eve+bounce@…`, `+complaint`, `+open`.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import unquote

import httpx
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from arenapulse.core import clock
from arenapulse.notifications.schemas import Taken
from arenapulse.notifications.twin import (
    News,
    Silence,
    Twin,
    VendorFaults,
    message_id_of,
    silence,
    some_id,
)
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database

FEED_PER_MINUTE: Final = 6
WEBHOOK_TRIES: Final = 6
EVENTS_PER_POST: Final = 200
_ADDRESS = re.compile(r"[^@\s,;<>]+@[A-Za-z0-9.-]+\Z")
_WANTED = re.compile(r"unique_args\['message_id'\]=\"([0-9a-f-]{36})\"")
_KNOWN: Final = frozenset(
    {
        *("personalizations", "from", "reply_to", "reply_to_list", "subject", "content"),
        *("attachments", "template_id", "headers", "categories", "custom_args", "send_at"),
        *("batch_id", "asm", "ip_pool_name", "mail_settings", "tracking_settings"),
    }
)
_RESERVED: Final = frozenset(
    {
        *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "subject"),
        *("content-transfer-encoding", "to", "from", "reply-to", "cc", "bcc"),
    }
)
Problem = tuple[str, str]


def signing_key(keyring: Keyring) -> ec.EllipticCurvePrivateKey:
    """The same in every process of an installation."""
    number = int.from_bytes(keyring.derive("sendgrid sandbox webhook", length=31))
    return ec.derive_private_key(number, ec.SECP256R1())


def public_key(key: ec.EllipticCurvePrivateKey) -> str:
    """As SendGrid shows it: DER in base64, one line."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def sign(payload: bytes, *, timestamp: str, key: ec.EllipticCurvePrivateKey) -> str:
    signature = key.sign(timestamp.encode() + payload, ec.ECDSA(hashes.SHA256()))
    return base64.b64encode(signature).decode()


class SendGridSandbox(Twin):
    def __init__(
        self,
        database: Database,
        *,
        key: str,
        sender: str,
        webhook_url: str,
        webhook_key: ec.EllipticCurvePrivateKey,
        has_feed: bool = True,
        faults: VendorFaults | None = None,
    ) -> None:
        super().__init__(database, faults=faults)
        self._key = key
        self._sender = sender
        self._webhook_url = webhook_url
        self._webhook_key = webhook_key
        self._has_feed = has_feed
        self._asked: deque[float] = deque(maxlen=FEED_PER_MINUTE)
        self.news = News(self.faults, deliver=self._post, batch_max=EVENTS_PER_POST)
        self.app = Starlette(
            routes=[
                Route("/v3/mail/send", self._send, methods=["POST"]),
                Route("/v3/messages", self._feed, methods=["GET"]),
                Route("/v3/suppression/{kind}/{address}", self._forget, methods=["DELETE"]),
            ],
            exception_handlers={Silence: silence},
        )

    async def _send(self, request: Request) -> Response:
        async with self.call(refuse=_failed) as failed:
            if failed is not None:
                return failed
            refused = self._judge_caller(request)
            if refused is not None:
                return refused
            try:
                body: Any = msgspec.json.decode(await request.body())
            except msgspec.DecodeError:
                return _errors(400, [("", "Bad Request")])
            problems = _problems(body)
            if problems:
                return _errors(400, problems)
            if body["from"]["email"] != self._sender:
                return _errors(
                    403, [("from", "The from address does not match a verified Sender Identity.")]
                )
            vendor_id = some_id(22)
            for personalization in body["personalizations"]:
                for to in personalization["to"]:
                    await self._take(body, to=to["email"], vendor_id=vendor_id)
        return Response(status_code=202, headers={"X-Message-Id": vendor_id})

    async def _take(self, body: Mapping[str, Any], *, to: str, vendor_id: str) -> None:
        arguments = cast("dict[str, str]", body.get("custom_args", {}))
        parts = {part["type"]: part["value"] for part in body["content"]}
        blocked = await self.keep(
            Taken(
                vendor="sendgrid",
                vendor_id=f"{vendor_id}.{some_id(8)}",
                message_id=message_id_of(arguments.get("message_id")),
                recipient=to,
                template=next(iter(body.get("categories", [])), ""),
                subject=body["subject"],
                text=parts.get("text/plain", ""),
                html=parts.get("text/html", ""),
                headers=body.get("headers", {}),
            )
        )
        if blocked is not None:
            reason = "Bounced Address" if blocked == "bounces" else "Spam Reporting Address"
            self._tell("dropped", to, vendor_id, arguments, reason=reason)
            return
        self._tell("processed", to, vendor_id, arguments)
        tag = to.partition("@")[0].partition("+")[2]
        if tag == "bounce":
            await self.block("bounces", to)
            self._tell("bounce", to, vendor_id, arguments, type="bounce", status="5.1.1")
            return
        self._tell("delivered", to, vendor_id, arguments, response="250 OK")
        if tag == "open":
            self._tell("open", to, vendor_id, arguments)
        if tag == "complaint":
            await self.block("spam_reports", to)
            self._tell("spamreport", to, vendor_id, arguments)

    async def _feed(self, request: Request) -> Response:
        async with self.call(refuse=_failed) as failed:
            if failed is not None:
                return failed
            refused = self._judge_caller(request)
            if refused is not None:
                return refused
            if not self._has_feed:
                return _errors(403, [("", "authorization required")])
            now = clock.monotonic_seconds()
            if len(self._asked) == FEED_PER_MINUTE and now - self._asked[0] < 60:
                return _failed(429)
            self._asked.append(now)
            wanted = _WANTED.findall(request.query_params.get("query", ""))
            rows = await self.database.pool.fetch(
                "SELECT vendor_id, recipient, subject, taken_at FROM sandbox_messages "
                "WHERE vendor = 'sendgrid' AND message_id = ANY ($1::UUID[]) LIMIT 1000",
                wanted,
            )
            messages = [
                {
                    "from_email": self._sender,
                    "msg_id": row["vendor_id"],
                    "subject": row["subject"],
                    "to_email": row["recipient"],
                    "status": "delivered",
                    "opens_count": 0,
                    "clicks_count": 0,
                    "last_event_time": clock.rfc3339(row["taken_at"]),
                }
                for row in rows
            ]
        return JSONResponse({"messages": messages})

    async def _forget(self, request: Request) -> Response:
        refused = self._judge_caller(request)
        if refused is not None:
            return refused
        kind, address = request.path_params["kind"], unquote(request.path_params["address"])
        if await self.unblock(kind, address):
            return Response(status_code=204)
        return _errors(404, [("", "The requested resource was not found.")])

    def _judge_caller(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {self._key}":
            message = "The provided authorization grant is invalid, expired, or revoked"
            return _errors(401, [("", message)])
        kind = request.headers.get("content-type", "")
        if request.method == "POST" and not kind.startswith("application/json"):
            return _errors(415, [("", "Content-Type should be application/json.")])
        return None

    def _tell(
        self, event: str, to: str, vendor_id: str, arguments: dict[str, str], **more: str
    ) -> None:
        told = {
            "email": to,
            "timestamp": int(clock.now().timestamp()),
            "event": event,
            "sg_event_id": some_id(22),
            "sg_message_id": f"{vendor_id}.recvd",
            **arguments,
            **more,
        }
        self.news.tell(msgspec.json.encode(told))

    async def _post(self, client: httpx.AsyncClient, events: list[bytes]) -> None:
        """As SendGrid does: signed anew each time, again and later until somebody says 2xx."""
        payload = b"[" + b",\r\n".join(events) + b"]\r\n"
        for tried in range(WEBHOOK_TRIES):
            timestamp = str(int(clock.now().timestamp()))
            headers = {
                "Content-Type": "application/json",
                "X-Twilio-Email-Event-Webhook-Signature": sign(
                    payload, timestamp=timestamp, key=self._webhook_key
                ),
                "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
            }
            try:
                answer = await client.post(self._webhook_url, content=payload, headers=headers)
            except httpx.HTTPError:
                pass
            else:
                if answer.is_success:
                    return
            await asyncio.sleep(0.2 * 2**tried)


def _problems(body: Any) -> list[Problem]:
    """What SendGrid would find wrong with it, as far as we could do it wrong."""
    if not isinstance(body, dict):
        return [("", "Bad Request")]
    given = cast("dict[str, Any]", body)
    found: list[Problem] = [
        (name, "Additional property is not allowed") for name in given if name not in _KNOWN
    ]
    recipients = given.get("personalizations")
    if not isinstance(recipients, list) or not recipients:
        found.append(
            (
                "personalizations",
                "The personalizations field is required and must have one at least.",
            )
        )
        return found
    seen: set[str] = set()
    for to in [to for p in cast("list[Any]", recipients) for to in p.get("to", [])]:
        address = str(to.get("email", ""))
        if not _ADDRESS.match(address):
            found.append(("personalizations.0.to.0.email", "Does not contain a valid address."))
        if address.lower() in seen:
            found.append(("personalizations", "Each email address should be unique."))
        seen.add(address.lower())
    if not seen:
        found.append(("personalizations.0.to", "The to array is required."))
    if not _ADDRESS.match(str(given.get("from", {}).get("email", ""))):
        found.append(("from.email", "The from object must be provided for every email send."))
    return found + _problems_of_content(given)


def _problems_of_content(given: dict[str, Any]) -> list[Problem]:
    found: list[Problem] = []
    if not str(given.get("subject", "")).strip():
        found.append(("subject", "The subject is required."))
    content: list[dict[str, Any]] = given.get("content") or []
    if [part.get("type") for part in content] not in (
        ["text/plain"],
        ["text/html"],
        ["text/plain", "text/html"],
    ):
        found.append(("content", "If present, text/plain must be first, followed by text/html."))
    if any(not part.get("value") for part in content):
        found.append(("content.0.value", "The content value must be at least one character."))
    for name, value in given.get("headers", {}).items():
        if name.lower() in _RESERVED:
            found.append(("headers", f"The header {name} is reserved."))
        if "\r" in value or "\n" in value:
            found.append(("headers", "Headers may not contain line breaks."))
    if len(given.get("categories", [])) > 10:
        found.append(("categories", "At most 10 categories."))
    if len(msgspec.json.encode(given.get("custom_args", {}))) > 10_000:
        found.append(("custom_args", "The custom args are too large."))
    return found


def _errors(status: int, problems: list[Problem]) -> Response:
    errors = [
        {"message": message, "field": field or None, "help": None} for field, message in problems
    ]
    return JSONResponse({"errors": errors}, status_code=status)


def _failed(status: int) -> Response:
    answer = _errors(status, [("", "too many requests" if status == 429 else "internal error")])
    if status == 429:
        reset = int(clock.now().timestamp()) + 1
        answer.headers.update({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)})
    return answer
