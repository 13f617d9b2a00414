"""Twilio's twin: the Messages resource, its list, signed status callbacks.

The numbers that Twilio's test credentials refuse are refused here with the same codes.
"""

from __future__ import annotations

import base64
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from arenapulse.core import clock
from arenapulse.notifications.schemas import Taken
from arenapulse.notifications.segments import segments
from arenapulse.notifications.twin import (
    News,
    Silence,
    Twin,
    VendorFaults,
    message_id_of,
    silence,
    some_id,
)
from arenapulse.runtime.db import Database

BODY_MAX: Final = 1_600
LIST_MAX: Final = 1_000
_REFUSED: Final = {
    "+15005550001": (21211, "The 'To' number is not a valid phone number."),
    "+15005550002": (21612, "The message cannot be routed to this number."),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
_HTTP_CODES: Final = {429: 20429, 500: 20500, 503: 20503}
# Taken, and told to be undeliverable later.
UNREACHABLE: Final = "+15005550077"


class TwilioSandbox(Twin):
    def __init__(
        self,
        database: Database,
        *,
        account: str,
        token: str,
        sender: str,
        faults: VendorFaults | None = None,
    ) -> None:
        super().__init__(database, faults=faults)
        self._account = account
        self._sender = sender
        login = base64.b64encode(f"{account}:{token}".encode()).decode()
        self._authorization = f"Basic {login}"
        self._signer: Any = RequestValidator(token)
        self.news = News(self.faults, deliver=self._post, batch_max=1)
        messages = f"/2010-04-01/Accounts/{account}/Messages.json"
        self.app = Starlette(
            routes=[
                Route(messages, self._create, methods=["POST"]),
                Route(messages, self._list, methods=["GET"]),
            ],
            exception_handlers={Silence: silence},
        )

    async def _create(self, request: Request) -> Response:
        async with self.call(refuse=_failed) as failed:
            if failed is not None:
                return failed
            if request.headers.get("authorization") != self._authorization:
                return _error(401, 20003, "Authenticate")
            form = {name: values[0] for name, values in _form(await request.body()).items()}
            refused = self._judge(form)
            if refused is not None:
                return refused
            sid = f"SM{some_id(16).encode().hex()}"
            callback = form.get("StatusCallback", "")
            wanted = parse_qs(urlsplit(callback).query).get("message", [""])[0]
            await self.keep(
                Taken(
                    vendor="twilio",
                    vendor_id=sid,
                    message_id=message_id_of(wanted),
                    recipient=form["To"],
                    template="",
                    subject="",
                    text=form["Body"],
                    html="",
                )
            )
            if callback:
                last = "undelivered" if form["To"] == UNREACHABLE else "delivered"
                for status in ("sent", last):
                    self._tell(callback, sid, status, form["To"])
        return JSONResponse(self._shape(sid, form["To"], form["Body"]), status_code=201)

    def _judge(self, form: dict[str, str]) -> Response | None:
        to = form.get("To", "")
        if to in _REFUSED:
            return _error(400, *_REFUSED[to])
        if not to.startswith("+") or not to[1:].isdigit() or not 8 <= len(to) <= 16:
            return _error(400, 21211, "The 'To' number is not a valid phone number.")
        if self._sender not in {form.get("From"), form.get("MessagingServiceSid")}:
            return _error(400, 21606, "The 'From' number is not one of your account.")
        if not form.get("Body"):
            return _error(400, 21602, "Message body is required.")
        if len(form["Body"]) > BODY_MAX:
            return _error(400, 21617, "The concatenated message body exceeds the limit.")
        return None

    async def _list(self, request: Request) -> Response:
        async with self.call(refuse=_failed) as failed:
            if failed is not None:
                return failed
            if request.headers.get("authorization") != self._authorization:
                return _error(401, 20003, "Authenticate")
            rows = await self.database.pool.fetch(
                "SELECT vendor_id, recipient, body, taken_at FROM sandbox_messages "
                "WHERE vendor = 'twilio' AND ($1 = '' OR recipient = $1) "
                "ORDER BY number DESC LIMIT $2",
                request.query_params.get("To", ""),
                LIST_MAX,
            )
        return JSONResponse(
            {
                "messages": [
                    self._shape(row["vendor_id"], row["recipient"], row["body"])
                    | {"date_created": format_datetime(row["taken_at"])}
                    for row in rows
                ],
                "next_page_uri": None,
                "page": 0,
                "page_size": LIST_MAX,
            }
        )

    def _shape(self, sid: str, to: str, body: str) -> dict[str, object]:
        return {
            "account_sid": self._account,
            "api_version": "2010-04-01",
            "body": body,
            "date_created": format_datetime(clock.now()),
            "date_sent": None,
            "date_updated": format_datetime(clock.now()),
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": self._sender,
            "num_media": "0",
            "num_segments": str(segments(body).parts),
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "queued",
            "to": to,
            "uri": f"/2010-04-01/Accounts/{self._account}/Messages/{sid}.json",
        }

    def _tell(self, callback: str, sid: str, status: str, to: str) -> None:
        form = {
            "AccountSid": self._account,
            "ApiVersion": "2010-04-01",
            "From": self._sender,
            "MessageSid": sid,
            "MessageStatus": status,
            "SmsSid": sid,
            "SmsStatus": status,
            "To": to,
        }
        if status == "undelivered":
            form["ErrorCode"] = "30003"
        self.news.tell(msgspec.json.encode([callback, form]))

    async def _post(self, client: httpx.AsyncClient, news: list[bytes]) -> None:
        """As Twilio does: signed over address and form, and not again."""
        for one in news:
            url, form = msgspec.json.decode(one, type=tuple[str, dict[str, str]])
            headers = {"X-Twilio-Signature": self._signer.compute_signature(url, form)}
            try:
                await client.post(url, data=form, headers=headers)
            except httpx.HTTPError:
                continue


def _form(body: bytes) -> dict[str, list[str]]:
    return parse_qs(body.decode(), keep_blank_values=True)


def _error(status: int, code: int, message: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    told = {"code": code, "message": message, "more_info": more, "status": status}
    return JSONResponse(told, status_code=status)


def _failed(status: int) -> Response:
    return _error(status, _HTTP_CODES.get(status, 20500), "Service unavailable")
