"""A club's own mail server, by SMTP: what it gets, and what becomes of what it will not take."""

from __future__ import annotations

import pytest

from arenapulse.notifications.carrier import CannotTell, InDoubt, NotTaken, Refused
from arenapulse.notifications.smtp_mail import SmtpMail
from arenapulse.notifications.terms import Why
from tests.contracts.mailserver import mail_server
from tests.contracts.test_carriers import PERSON, SECONDS, SENDER, just_now, letter


async def test_a_mail_server_of_ones_own_gets_a_mail_as_it_should_be() -> None:
    async with mail_server() as server:
        mailer = SmtpMail(url=server.url, sender=SENDER, sender_name="Arena", seconds=SECONDS)
        sent = letter(headers={"List-Unsubscribe": "<https://a.test/u>"})
        vendor_id = await mailer.send(sent)
        ((recipient, made),) = server.took
        assert recipient == PERSON
        assert (made["To"], made["Subject"]) == (f"Eve Ädams <{PERSON}>", sent.subject)
        assert made["Message-ID"] == vendor_id == f"<{sent.message_id}@arena.test>"
        assert made["List-Unsubscribe"] == "<https://a.test/u>"
        kinds = [part.get_content_type() for part in made.iter_parts()]
        assert kinds == ["text/plain", "text/html"]
        plain = made.get_body(("plain",))
        assert plain is not None
        assert "this is a line after a dot" in plain.get_content()


@pytest.mark.parametrize(
    ("command", "answer", "kind", "why"),
    [
        ("RCPT", "550 5.1.1 no such user", Refused, Why.BOUNCE),
        ("RCPT", "550 5.7.1 policy", Refused, None),
        ("RCPT", "451 4.7.1 greylisted", NotTaken, None),
        ("MAIL", "550 5.7.1 sender not ours", NotTaken, None),
        ("DATA", "554 5.6.0 content", Refused, None),
        ("DATA", "452 4.3.1 full", NotTaken, None),
    ],
)
async def test_a_mail_server_says_later_or_never(
    command: str, answer: str, kind: type[Exception], why: Why | None
) -> None:
    async with mail_server() as server:
        server.answers[command] = answer
        mailer = SmtpMail(url=server.url, sender=SENDER, sender_name="Arena", seconds=SECONDS)
        with pytest.raises(kind) as refused:
            await mailer.send(letter())
        assert getattr(refused.value, "suppresses", None) == why
        assert PERSON not in str(refused.value)


async def test_a_mail_server_gets_addresses_of_all_letters_or_says_that_it_takes_none() -> None:
    async with mail_server() as server:
        mailer = SmtpMail(url=server.url, sender=SENDER, sender_name="Arena", seconds=SECONDS)
        await mailer.send(letter("josé@fans.test"))
        ((recipient, made),) = server.took
        assert recipient == "josé@fans.test"
        assert "josé@fans.test" in str(made["To"])
        server.extensions = "8BITMIME"
        with pytest.raises(Refused, match="smtputf8"):
            await mailer.send(letter("josé@fans.test"))
        await mailer.send(letter())
        assert [each for each, _ in server.took] == ["josé@fans.test", PERSON]


async def test_a_mail_server_that_falls_silent_after_the_mail_leaves_a_doubt() -> None:
    async with mail_server() as server:
        server.mute_after = "DATA"
        mailer = SmtpMail(url=server.url, sender=SENDER, sender_name="Arena", seconds=SECONDS)
        sent = letter()
        with pytest.raises(InDoubt):
            await mailer.send(sent)
        assert len(server.took) == 1
        with pytest.raises(CannotTell):
            await mailer.taken([sent], since=just_now())
    nobody = SmtpMail(url="smtp://127.0.0.1:9", sender=SENDER, sender_name="", seconds=SECONDS)
    with pytest.raises(NotTaken, match="unreachable"):
        await nobody.send(sent)
