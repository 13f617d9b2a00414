"""A mail server of our own: enough of RFC 5321 to take mails, to refuse them and to fall silent."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass
class MailServer:
    """What it took, by envelope, and what it is to answer to a command instead of "fine"."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    mute_after: str | None = None
    extensions: str = "SMTPUTF8"
    took: list[tuple[str, EmailMessage]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""

        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 mail.test ESMTP")
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                word = line.decode().split()[0].upper().rstrip(":")
                if word in self.answers:
                    say(self.answers[word])
                    continue
                if word == "EHLO":
                    say(f"250-mail.test\r\n250 {self.extensions}")
                elif word == "RCPT":
                    recipient = line.decode().partition("<")[2].partition(">")[0]
                    say("250 2.1.5 OK")
                elif word == "DATA":
                    say("354 go on")
                    raw = await reader.readuntil(b"\r\n.\r\n")
                    made = email.message_from_bytes(raw[:-5], policy=email.policy.SMTP)
                    assert isinstance(made, EmailMessage)
                    self.took.append((recipient, made))
                    if self.mute_after == "DATA":
                        await asyncio.sleep(30)
                    say("250 2.0.0 queued")
                elif word == "QUIT":
                    say("221 bye")
                    break
                else:
                    say("250 OK")
        writer.close()


@contextlib.asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    made = MailServer()
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
