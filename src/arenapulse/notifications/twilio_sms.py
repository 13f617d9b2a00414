"""Twilio by its own SDK: one message resource a text, its list for doubts, signed callbacks.

Twilio knows no idempotency key here either. What a call without an answer left is found in the
list of messages to that number since then, by its text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from arenapulse.notifications.carrier import CannotTell, InDoubt, NotTaken, Refused, not_refused
from arenapulse.notifications.schemas import TextMessage
from arenapulse.notifications.terms import Why
from arenapulse.notifications.threads import CALL_SECONDS, Threads

NAME: Final = "twilio"
SIGNATURE_HEADER: Final = "x-twilio-signature"
LISTED_MAX: Final = 50
REFUSALS: Final = frozenset({400})
"""With a code of its own for what is wrong with the number or the text."""
# The number is none, cannot get texts, or its owner said STOP.
_NUMBER_IS_WHY: Final = {21211: Why.BOUNCE, 21614: Why.BOUNCE, 21610: Why.STOPPED}

T = TypeVar("T")


class _Elsewhere(TwilioHttpClient):
    """Twilio's client for a host of our choice; the SDK can only name regions of Twilio."""

    def __init__(self, host: str | None, *, seconds: float) -> None:
        super().__init__(timeout=seconds, max_retries=0)
        self._host = None if host is None else urlsplit(host)

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        if self._host is not None:
            there = urlsplit(url)._replace(scheme=self._host.scheme, netloc=self._host.netloc)
            url = there.geturl()
        return super().request(method, url, *args, **more)

    def close(self) -> None:
        if self.session is not None:
            self.session.close()


class TwilioSms:
    name = NAME

    def __init__(
        self,
        *,
        account: str,
        token: str,
        sender: str,
        callback_url: str,
        host: str | None = None,
        seconds: float = CALL_SECONDS,
    ) -> None:
        """`sender` is a number, or the id of a messaging service (MG…)."""
        self._threads = Threads(NAME)
        self._http = _Elsewhere(host, seconds=seconds)
        self._client = Client(account, token, http_client=self._http)
        self._from = {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}
        self._callback_url = callback_url

    async def send(self, message: TextMessage) -> str:
        callback = f"{self._callback_url}?message={message.message_id}"
        made: Any = await self._call(
            lambda: self._client.messages.create(
                to=message.number, body=message.text, status_callback=callback, **self._from
            )
        )
        return str(made.sid)

    async def taken(
        self, messages: Sequence[TextMessage], *, since: dt.datetime
    ) -> Mapping[UUID, str]:
        found: dict[UUID, str] = {}
        for message in messages:
            try:
                listed: Any = await self._call(
                    lambda m=message: self._client.messages.list(to=m.number, limit=LISTED_MAX)
                )
            except (InDoubt, NotTaken, Refused) as error:
                raise CannotTell(error.code) from None
            for one in listed:
                if one.body == message.text and one.date_created >= since.replace(microsecond=0):
                    found[message.message_id] = str(one.sid)
        return found

    async def forget(self, address: str) -> None:
        """Twilio keeps no list that we could change: only its owner lifts a STOP."""

    async def close(self) -> None:
        self._threads.close()
        self._http.close()

    async def _call(self, call: Callable[[], T]) -> T:
        try:
            return await self._threads.run(call)
        except TwilioRestException as error:
            raise _judged(error) from None
        except ConnectTimeout:
            raise NotTaken("unreachable") from None
        except NoConnection as error:
            if _is_refused(error):
                raise NotTaken("unreachable") from None
            raise InDoubt("no_answer") from None
        except (RequestException, TwilioException):
            raise InDoubt("no_answer") from None


def _is_refused(error: NoConnection) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)


def _judged(error: TwilioRestException) -> NotTaken | InDoubt | Refused:
    code = str(error.code or error.status)
    if error.status in REFUSALS:
        return Refused(code, suppresses=_NUMBER_IS_WHY.get(int(error.code or 0)))
    return not_refused(int(error.status), code)


class TwilioWebhook:
    """Judges a status callback: signed with the account's token over address and form."""

    def __init__(self, token: str) -> None:
        self._validator: Any = RequestValidator(token)

    def is_signed(self, url: str, form: Mapping[str, str], *, signature: str) -> bool:
        return signature.isascii() and bool(self._validator.validate(url, dict(form), signature))
