"""A club's own mail server, by aiosmtplib.

SMTP gives no news and answers no questions: taken is as far as a message gets, unless the server
sends its bounces elsewhere. A doubt ends in sending again, under the same Message-ID, which most
mailboxes then show once.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import email.policy
import logging
from collections.abc import Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPConnectTimeoutError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from arenapulse.core import clock
from arenapulse.notifications.carrier import CannotTell, InDoubt, NotTaken, Refused
from arenapulse.notifications.schemas import Letter
from arenapulse.notifications.terms import Why
from arenapulse.notifications.threads import CALL_SECONDS
from arenapulse.runtime import tracing
from arenapulse.runtime.db import forbid_in_transaction

NAME: Final = "smtp"
# Mail servers count connections.
CONNECTIONS_MAX: Final = 8
PORT_PLAIN, PORT_STARTTLS, PORT_TLS = 25, 587, 465
# 5.1.1, 5.1.2, 5.1.3, 5.1.10: there is no such mailbox.
_NO_MAILBOX: Final = ("5.1.1", "5.1.2", "5.1.3", "5.1.10")


class SmtpMail:
    name = NAME

    def __init__(
        self, *, url: str, sender: str, sender_name: str, seconds: float = CALL_SECONDS
    ) -> None:
        """`url`: smtps://user:password@host:465, smtp+starttls://…:587 or smtp://host:25."""
        logging.getLogger("aiosmtplib").setLevel(logging.CRITICAL)
        there = urlsplit(url)
        self._host = there.hostname or "127.0.0.1"
        self._tls = there.scheme == "smtps"
        self._starttls = there.scheme == "smtp+starttls"
        default = PORT_TLS if self._tls else PORT_STARTTLS if self._starttls else PORT_PLAIN
        self._port = there.port or default
        self._user = unquote(there.username) if there.username else None
        self._password = unquote(there.password) if there.password else None
        self._sender = sender
        self._seconds = seconds
        self._sender_name = sender_name
        self._connections = asyncio.Semaphore(CONNECTIONS_MAX)

    async def send(self, message: Letter) -> str:
        forbid_in_transaction(NAME)
        made = self._message(message)
        async with self._connections:
            try:
                with tracing.part("vendor", attributes={"vendor": NAME}, is_call=True):
                    await aiosmtplib.send(
                        made,
                        hostname=self._host,
                        port=self._port,
                        username=self._user,
                        password=self._password,
                        use_tls=self._tls,
                        start_tls=self._starttls,
                        timeout=self._seconds,
                    )
            except (SMTPConnectError, SMTPConnectTimeoutError):
                raise NotTaken("unreachable") from None
            except (SMTPAuthenticationError, SMTPSenderRefused) as error:
                # Ours to mend, and then it goes.
                raise NotTaken(str(error.code), retry_after_seconds=60) from None
            except SMTPNotSupported:
                # It says that it takes no addresses with letters beyond ASCII.
                raise Refused("smtputf8") from None
            except SMTPRecipientsRefused as error:
                raise _judged(error.recipients[0]) from None
            except SMTPResponseException as error:
                raise _judged(error) from None
            except (SMTPException, OSError, TimeoutError):
                # The answer to the last dot may be what got lost.
                raise InDoubt("no_answer") from None
        return str(made["Message-ID"])

    async def taken(self, messages: Sequence[Letter], *, since: dt.datetime) -> Mapping[UUID, str]:
        raise CannotTell(f"SMTP does not say what became of {len(messages)} mails since {since}")

    async def forget(self, address: str) -> None:
        """A mail server keeps no list of ours."""

    async def close(self) -> None:
        """Each connection ends with its mail."""

    def _message(self, letter: Letter) -> EmailMessage:
        # Its policy refuses line breaks in headers; ours are gone before they come here.
        made = EmailMessage(policy=email.policy.SMTP)
        domain = self._sender.rpartition("@")[2]
        made["From"] = _address(self._sender_name, self._sender)
        made["To"] = _address(letter.name, letter.address)
        made["Subject"] = letter.subject
        made["Date"] = format_datetime(clock.now())
        made["Message-ID"] = f"<{letter.message_id}@{domain}>"
        made["Auto-Submitted"] = "auto-generated"
        for name, value in letter.headers.items():
            made[name] = value
        made.set_content(letter.text)
        made.add_alternative(letter.html, subtype="html")
        return made


def _address(name: str, address: str) -> Address:
    """Apart already: whole ones are only read where each letter of theirs is of ASCII."""
    local, _, domain = address.rpartition("@")
    return Address(name, username=local, domain=domain)


def _judged(error: SMTPResponseException) -> NotTaken | Refused:
    """4xx is "later"; 5xx of a mailbox says that there is none. Only the code is kept."""
    if error.code < 500:
        return NotTaken(str(error.code))
    words = str(error.message).split()
    nobody = error.code in {550, 551, 553} and any(word in _NO_MAILBOX for word in words[:2])
    return Refused(str(error.code), suppresses=Why.BOUNCE if nobody else None)
