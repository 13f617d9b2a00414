"""Calls to the mail vendor share connections, and none is lost to one that the vendor closed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from arenapulse.notifications.carrier import InDoubt, NotTaken
from arenapulse.notifications.schemas import Letter
from arenapulse.notifications.sendgrid_mail import SendGridMail

LETTER = Letter(
    message_id=uuid4(),
    template="receipt",
    address="fan@fans.test",
    name="Fan",
    subject="Tickets",
    text="Here they are.",
    html="<p>Here they are.</p>",
    headers={},
)
TAKEN = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: m1\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Vendor:
    host: str = ""
    connections: int = 0
    calls: int = 0
    answer: bytes = TAKEN
    hangs_up: bool = False
    """After an answer that said nothing of it."""
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                self.calls += 1
                if not self.answer:
                    break
                writer.write(self.answer)
                await writer.drain()
                if self.hangs_up:
                    break
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        self.hung_up.set()


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    made = Vendor()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.host = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()


@pytest.fixture
async def mailer(vendor: Vendor) -> AsyncIterator[SendGridMail]:
    made = SendGridMail(key="SG.k", sender="a@b.test", sender_name="A", host=vendor.host)
    yield made
    await made.close()


async def test_no_word_of_a_letter_is_written_for_a_log(
    mailer: SendGridMail, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="python_http_client")
    assert await mailer.send(LETTER) == "m1"
    assert caplog.messages == []


async def test_mails_one_after_another_share_a_connection(
    vendor: Vendor, mailer: SendGridMail
) -> None:
    assert [await mailer.send(LETTER) for _ in range(5)] == ["m1"] * 5
    assert (vendor.calls, vendor.connections) == (5, 1)
    vendor.answer = BUSY
    with pytest.raises(NotTaken) as told:
        await mailer.send(LETTER)
    assert (told.value.code, told.value.retry_after_seconds) == ("429", 7.0)
    # Who refuses may have left the rest unread: nothing is said on that connection again.
    vendor.answer = TAKEN
    await mailer.send(LETTER)
    assert (vendor.calls, vendor.connections) == (7, 2)


async def test_a_connection_that_was_closed_over_there_is_not_used_again(
    vendor: Vendor, mailer: SendGridMail
) -> None:
    vendor.hangs_up = True
    for number in range(1, 4):
        assert await mailer.send(LETTER) == "m1"
        await asyncio.wait_for(vendor.hung_up.wait(), timeout=10)
        vendor.hung_up.clear()
        assert (vendor.calls, vendor.connections) == (number, number)


async def test_a_call_that_was_made_and_not_answered_stays_in_doubt_and_is_made_once(
    vendor: Vendor, mailer: SendGridMail
) -> None:
    await mailer.send(LETTER)
    vendor.answer = b""
    with pytest.raises(InDoubt):
        await mailer.send(LETTER)
    assert vendor.calls == 2
