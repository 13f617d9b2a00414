"""SendGrid by its own SDK: the v3 mail/send call, the activity feed, the suppression lists.

SendGrid knows no idempotency key. A call without an answer leaves a doubt, which its webhook
(`processed`, with our id in it) or its activity feed ends; the feed is an add-on, answers late and
six times a minute.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import select
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from io import BytesIO
from typing import Any, Final, TypeVar
from urllib.error import HTTPError as UrlHTTPError
from urllib.error import URLError
from urllib.parse import SplitResult, quote, urlsplit
from urllib.request import getproxies
from urllib.response import addinfourl
from uuid import UUID

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from python_http_client.client import Client, Response
from python_http_client.exceptions import HTTPError, handle_error
from sendgrid import SendGridAPIClient
from sendgrid.helpers.eventwebhook import EventWebhook

from arenapulse.core import clock
from arenapulse.notifications.carrier import CannotTell, InDoubt, NotTaken, Refused, not_refused
from arenapulse.notifications.schemas import Letter
from arenapulse.notifications.threads import CALL_SECONDS, CALLS_MAX, Threads

NAME: Final = "sendgrid"
SIGNATURE_HEADER: Final = "x-twilio-email-event-webhook-signature"
TIMESTAMP_HEADER: Final = "x-twilio-email-event-webhook-timestamp"
TOLERANCE_SECONDS: Final = 600
RETRY_SECONDS_MAX: Final = 300.0
REFUSALS: Final = frozenset({400, 413, 415})
"""What SendGrid's documents call wrong with the letter itself: bad, too large, of no kind."""
# Sooner than vendors and what stands before them hang up.
IDLE_SECONDS_MAX: Final = 20.0
ASKED_MAX: Final = 20
ANSWERS_MAX: Final = 1_000

T = TypeVar("T")


# It says nothing of its types.
_SDK_CLIENT: Any = Client
_SDK_RESPONSE: Any = Response


class _Lines:
    """Connections to the vendor that stay open between calls: a mail needs no handshake of its own.

    One that was closed over there, or that has idled so long that it may be, is not used again.
    """

    def __init__(self) -> None:
        self.proxied = frozenset(getproxies())
        self._idle: list[tuple[float, HTTPConnection]] = []
        self._is_closed = False

    def take(self, url: SplitResult, *, seconds: float) -> HTTPConnection:
        while self._idle:
            since, line = self._idle.pop()
            if clock.monotonic_seconds() - since < IDLE_SECONDS_MAX and not _has_news(line):
                return line
            line.close()
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        return kind(url.hostname or "", url.port, timeout=seconds)

    def give(self, line: HTTPConnection) -> None:
        if self._is_closed or len(self._idle) >= CALLS_MAX:
            line.close()
        else:
            self._idle.append((clock.monotonic_seconds(), line))

    def close(self) -> None:
        self._is_closed = True
        while self._idle:
            self._idle.pop()[1].close()


def _has_news(line: HTTPConnection) -> bool:
    """Whether something came that nobody asked for: the end, most likely."""
    return line.sock is None or bool(select.select([line.sock], [], [], 0)[0])


class _Client(_SDK_CLIENT):
    """The SDK's client, with its calls over `_Lines`; through a proxy it does as it always did.

    Of each call the SDK makes an opener with all its handlers, and words for a log that nobody
    reads, the whole letter in them: a third of what a mail costs.
    """

    lines: _Lines | None = None

    def _build_client(self, name: str | None = None) -> _Client:
        made = _Client(
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
            append_slash=self.append_slash,
            timeout=self.timeout,
        )
        made.lines = self.lines
        return made

    def __getattr__(self, name: str) -> Any:
        lines = self.lines
        if name in self.methods and lines is not None:
            host: str = self.host
            if urlsplit(host).scheme not in lines.proxied:
                return partial(self._over_lines, lines, name.upper())
        sdk: Any = super()
        return sdk.__getattr__(name)

    def _over_lines(
        self,
        lines: _Lines,
        method: str,
        *,
        request_body: Mapping[str, Any] | None = None,
        query_params: Mapping[str, str] | None = None,
    ) -> Any:
        whole: str = self._build_url(query_params)
        url = urlsplit(whole)
        headers: dict[str, str] = dict(self.request_headers)
        data = None
        if request_body is not None:
            data = msgspec.json.encode(request_body)
            headers["Content-Type"] = "application/json"
        line = lines.take(url, seconds=self.timeout)
        try:
            if line.sock is None:
                try:
                    line.connect()
                except OSError as error:
                    raise URLError(error) from None
            target = url.path + (f"?{url.query}" if url.query else "")
            line.request(method, target, data, headers)
            answer = line.getresponse()
            body = answer.read()
        except BaseException:
            line.close()
            raise
        is_taken = 200 <= answer.status < 300
        # Who refuses may have left our body unread, and hangs up: the next call would be in doubt.
        if answer.will_close or not is_taken:
            line.close()
        else:
            lines.give(line)
        if not is_taken:
            failed = UrlHTTPError(
                whole, answer.status, answer.reason, answer.headers, BytesIO(body)
            )
            raise handle_error(failed) from None
        return _SDK_RESPONSE(addinfourl(BytesIO(body), answer.headers, whole, answer.status))


class SendGridMail:
    name = NAME

    def __init__(
        self,
        *,
        key: str,
        sender: str,
        sender_name: str,
        host: str | None = None,
        seconds: float = CALL_SECONDS,
    ) -> None:
        self._threads = Threads(NAME)
        self._sender = {"email": sender, "name": sender_name}
        sdk: Any = SendGridAPIClient(key) if host is None else SendGridAPIClient(key, host=host)
        self._lines = _Lines()
        client = _Client(
            host=sdk.client.host,
            request_headers=sdk.client.request_headers,
            version=3,
            timeout=seconds,
        )
        client.lines = self._lines
        self._client: Any = client

    async def send(self, message: Letter) -> str:
        body = self._body(message)
        answer = await self._call(lambda: self._client.mail.send.post(request_body=body))
        return str(answer.headers["X-Message-Id"] or message.message_id)

    async def taken(self, messages: Sequence[Letter], *, since: dt.datetime) -> Mapping[UUID, str]:
        """Asks the activity feed, which is an add-on: without it SendGrid cannot tell."""
        found: dict[UUID, str] = {}
        for batch in _apart(messages):
            wanted = " OR ".join(f"unique_args['message_id']=\"{m.message_id}\"" for m in batch)
            moment = since.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            query = f'({wanted}) AND last_event_time > TIMESTAMP "{moment}"'
            asked = {"query": query, "limit": str(ANSWERS_MAX)}
            try:
                answer = await self._call(lambda a=asked: self._client.messages.get(query_params=a))
            except (InDoubt, NotTaken, Refused) as error:
                raise CannotTell(error.code) from None
            by_address = {message.address.lower(): message.message_id for message in batch}
            for row in msgspec.json.decode(answer.body)["messages"]:
                message_id = by_address.get(str(row["to_email"]).lower())
                if message_id is not None:
                    found[message_id] = str(row["msg_id"])
        return found

    async def forget(self, address: str) -> None:
        """SendGrid drops mail to who bounced or complained until its own lists forget them."""
        for kind in ("bounces", "spam_reports"):
            path = getattr(self._client.suppression, kind)
            try:
                await self._call(lambda p=path: p._(quote(address, safe="@")).delete())
            except NotTaken as error:
                # Nobody of that address on its list: as was wanted.
                if error.code != "404":
                    raise
            except (InDoubt, Refused) as error:
                raise NotTaken(error.code) from None

    async def close(self) -> None:
        self._threads.close()
        self._lines.close()

    async def _call(self, call: Callable[[], T]) -> T:
        try:
            return await self._threads.run(call)
        except HTTPError as error:
            raise _judged(error) from None
        except URLError as error:
            # Nothing was sent where nobody listened; a time-out here is one of connecting, or of
            # an answer that did not begin.
            if isinstance(error.reason, ConnectionRefusedError):
                raise NotTaken("unreachable") from None
            raise InDoubt("no_answer") from None
        except (TimeoutError, HTTPException, OSError):
            raise InDoubt("no_answer") from None

    def _body(self, letter: Letter) -> dict[str, Any]:
        to: dict[str, str] = {"email": letter.address}
        if letter.name:
            to["name"] = letter.name
        body: dict[str, Any] = {
            "personalizations": [{"to": [to]}],
            "from": self._sender,
            "subject": letter.subject,
            "content": [
                {"type": "text/plain", "value": letter.text},
                {"type": "text/html", "value": letter.html},
            ],
            "custom_args": {"message_id": str(letter.message_id)},
            "categories": [letter.template],
            # Rewritten links would lead every token past a third party.
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": True},
            },
        }
        if letter.headers:
            body["headers"] = letter.headers
        return body


def _apart(letters: Sequence[Letter]) -> list[list[Letter]]:
    """In groups in which nobody is twice, for the feed answers by address."""
    groups: list[list[Letter]] = []
    for letter in letters:
        address = letter.address.lower()
        for group in groups:
            if len(group) < ASKED_MAX and all(m.address.lower() != address for m in group):
                group.append(letter)
                break
        else:
            groups.append([letter])
    return groups


def _judged(error: HTTPError) -> NotTaken | InDoubt | Refused:
    status = int(error.status_code)
    if status in REFUSALS:
        return Refused(str(status))
    return not_refused(status, str(status), retry_after_seconds=_retry_after(error.headers))


def _retry_after(headers: Any) -> float | None:
    for name in ("Retry-After", "X-RateLimit-Reset"):
        given = str(headers.get(name) or "")
        if given.isdigit():
            seconds = float(given)
            # SendGrid says when, by the clock; others say for how long.
            if seconds > 1_000_000_000:
                seconds -= clock.now().timestamp()
            return min(max(seconds, 0.1), RETRY_SECONDS_MAX)
    return None


class SendGridWebhook:
    """Judges the signed event webhook; `public_key` is the one SendGrid shows."""

    def __init__(self, public_key: str) -> None:
        self._verifier: Any = EventWebhook(public_key)

    def is_signed(
        self, payload: bytes, *, signature: str, timestamp: str, now: dt.datetime
    ) -> bool:
        """Whether SendGrid signed these very bytes, lately."""
        if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
            return False
        if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
            return False
        try:
            base64.b64decode(signature, validate=True)
            return bool(self._verifier.verify_signature(payload.decode(), signature, timestamp))
        except (binascii.Error, UnicodeError, UnsupportedAlgorithm, ValueError):
            return False
