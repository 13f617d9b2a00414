"""The real mailers and the real texter, by their SDKs, against HTTP and SMTP that bite."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from arenapulse.core.errors import InvariantBroken
from arenapulse.core.ids import new_id
from arenapulse.notifications.carrier import CannotTell, InDoubt, NotTaken, Refused
from arenapulse.notifications.schemas import Letter, TextMessage
from arenapulse.notifications.sendgrid_mail import SendGridMail
from arenapulse.notifications.sendgrid_sandbox import SendGridSandbox, signing_key
from arenapulse.notifications.terms import Why
from arenapulse.notifications.twilio_sandbox import TwilioSandbox
from arenapulse.notifications.twilio_sms import TwilioSms
from arenapulse.notifications.twin import VendorFaults
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database
from arenapulse.runtime.web.loopback import serving

SECONDS = 0.4
SENDER = "tickets@arena.test"
ACCOUNT, TOKEN, NUMBER = "AC" + "1" * 32, "t" * 32, "+15005550006"
PERSON, PHONE = "eve.adams@fans.test", "+4915112345678"
KEYRING = Keyring("a secret of the tests, long enough for it")


@dataclass
class Vendor:
    """A carrier with its twin: how to make a message for it, how to spoil it, what it took."""

    carrier: Any
    message: Callable[..., Any]
    faults: VendorFaults
    took: Callable[[UUID], Awaitable[int]]
    wrong_key: Callable[[], Any]
    nobody: Callable[[], Any]
    opened: list[Any] = field(default_factory=list)


def letter(address: str = PERSON, **changes: Any) -> Letter:
    values: dict[str, Any] = {
        "message_id": new_id(),
        "template": "receipt",
        "address": address,
        "name": "Eve Ädams",
        "subject": "Your tickets – “now”",
        "text": "Hello\n.\nthis is a line after a dot\n",
        "html": "<p>Hello</p>",
    }
    return Letter(**(values | changes))


def text_message(number: str = PHONE) -> TextMessage:
    made = new_id()
    return TextMessage(message_id=made, number=number, text=f"Grüße €5 {made}")


def counter(database: Database) -> Callable[[UUID], Awaitable[int]]:
    async def count(message_id: UUID) -> int:
        found = await database.pool.fetchval(
            "SELECT count(*) FROM sandbox_messages WHERE message_id = $1", message_id
        )
        return int(found)

    return count


def sendgrid(host: str, key: str = "SG.key") -> SendGridMail:
    return SendGridMail(key=key, sender=SENDER, sender_name="Arena", host=host, seconds=SECONDS)


def twilio(host: str, token: str = TOKEN) -> TwilioSms:
    return TwilioSms(
        account=ACCOUNT,
        token=token,
        sender=NUMBER,
        callback_url="http://127.0.0.1:9/api/v1/webhooks/twilio",
        host=host,
        seconds=SECONDS,
    )


def sendgrid_twin(database: Database, **more: Any) -> SendGridSandbox:
    return SendGridSandbox(
        database,
        key="SG.key",
        sender=SENDER,
        webhook_url="http://127.0.0.1:9/nobody",
        webhook_key=signing_key(KEYRING),
        **more,
    )


@pytest.fixture(params=["sendgrid", "sendgrid behind a proxy", "twilio"])
async def vendor(
    request: pytest.FixtureRequest, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Vendor]:
    opened: list[Any] = []

    def opening(made: Any) -> Any:
        opened.append(made)
        return made

    async with AsyncExitStack() as stack:
        if request.param != "twilio":
            mail = sendgrid_twin(database)
            host = await stack.enter_async_context(serving(mail.app))
            if "proxy" in request.param:
                # There the SDK makes its calls itself; the twin stands behind, or is, the proxy.
                for name in ("http_proxy", "HTTP_PROXY"):
                    monkeypatch.setenv(name, host)
                for name in ("no_proxy", "NO_PROXY"):
                    monkeypatch.setenv(name, "127.0.0.1")
                host = "http://api.sendgrid.test"
            yield Vendor(
                opening(sendgrid(host)),
                letter,
                mail.faults,
                counter(database),
                lambda: opening(sendgrid(host, key="SG.wrong")),
                lambda: opening(sendgrid("http://127.0.0.1:9")),
            )
        else:
            texts = TwilioSandbox(database, account=ACCOUNT, token=TOKEN, sender=NUMBER)
            host = await stack.enter_async_context(serving(texts.app))
            yield Vendor(
                opening(twilio(host)),
                text_message,
                texts.faults,
                counter(database),
                lambda: opening(twilio(host, token="wrong")),
                lambda: opening(twilio("http://127.0.0.1:9")),
            )
        for made in opened:
            await made.close()


def just_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC) - dt.timedelta(seconds=2)


async def test_what_is_sent_is_taken_once_under_our_id(vendor: Vendor) -> None:
    message = vendor.message()
    vendor_id = await vendor.carrier.send(message)
    assert len(vendor_id) >= 20
    assert await vendor.took(message.message_id) == 1


@pytest.mark.parametrize("status", [404, 408, 429, 500, 501, 503, 505, 521, 529])
async def test_later_is_told_apart_from_never(vendor: Vendor, status: int) -> None:
    message = vendor.message()
    vendor.faults.statuses.append(status)
    with pytest.raises(NotTaken):
        await vendor.carrier.send(message)
    assert await vendor.took(message.message_id) == 0
    await vendor.carrier.send(message)
    assert await vendor.took(message.message_id) == 1


@pytest.mark.parametrize("status", [402, 409, 504, 507, 520, 522, 524, 599])
async def test_what_nobody_foresaw_is_no_refusal(vendor: Vendor, status: int) -> None:
    """Not known whether it was done: asked about first, so nothing is lost and nothing twice."""
    vendor.faults.statuses.append(status)
    with pytest.raises(InDoubt):
        await vendor.carrier.send(vendor.message())


async def test_a_vendor_that_nobody_reaches_took_nothing(vendor: Vendor) -> None:
    with pytest.raises(NotTaken, match="unreachable"):
        await vendor.nobody().send(vendor.message())


async def test_a_wrong_key_loses_no_message(vendor: Vendor) -> None:
    message = vendor.message()
    with pytest.raises(NotTaken) as refused:
        await vendor.wrong_key().send(message)
    assert refused.value.retry_after_seconds == 60
    assert await vendor.took(message.message_id) == 0


async def test_silence_leaves_a_doubt_that_asking_ends(vendor: Vendor) -> None:
    """Both kinds: a call that did nothing, and one that was done and whose answer got lost."""
    nothing, done = vendor.message(), vendor.message()
    since = just_now()
    vendor.faults.mute = 1
    with pytest.raises(InDoubt):
        await vendor.carrier.send(nothing)
    assert await vendor.carrier.taken([nothing], since=since) == {}
    vendor.faults.lost_answers = 1
    with pytest.raises(InDoubt):
        await vendor.carrier.send(done)
    assert await vendor.took(done.message_id) == 1
    assert (await vendor.carrier.taken([done], since=since)).keys() == {done.message_id}


async def test_while_it_is_silent_a_vendor_cannot_be_asked_either(vendor: Vendor) -> None:
    vendor.faults.always_mute = True
    with pytest.raises(CannotTell):
        await vendor.carrier.taken([vendor.message()], since=just_now())


async def test_nobody_waits_for_a_vendor_inside_a_transaction(
    vendor: Vendor, database: Database
) -> None:
    async with database.transaction():
        with pytest.raises(InvariantBroken):
            await vendor.carrier.send(vendor.message())


@pytest.mark.asvs("V16.2.5")
async def test_no_address_and_no_number_stands_in_any_log(
    vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await vendor.carrier.send(vendor.message())
        vendor.faults.statuses.append(503)
        with pytest.raises(NotTaken):
            await vendor.carrier.send(vendor.message())
        with pytest.raises(Refused) as refused:
            await vendor.carrier.send(vendor.message("nonsense"))
    for secret in (PERSON, PHONE, "nonsense", "SG.key", TOKEN):
        assert secret not in caplog.text
        assert secret not in str(refused.value)


async def test_sendgrid_gets_what_its_contract_asks_for(
    database: Database, db: asyncpg.Connection
) -> None:
    twin = sendgrid_twin(database)
    async with serving(twin.app) as host:
        mailer = sendgrid(host)
        unsubscribing = {"List-Unsubscribe": "<https://a.test/u>"}
        sent = letter(headers=unsubscribing)
        vendor_id = await mailer.send(sent)
        for wrong in (
            letter("no address"),
            letter(subject=""),
            letter(headers={"Subject": "of somebody else"}),
            letter(headers={"X-Club": "a\r\nBcc: everybody@fans.test"}),
        ):
            with pytest.raises(Refused, match="400"):
                await mailer.send(wrong)
        stranger = SendGridMail(
            key="SG.key", sender="x@strange.test", sender_name="", host=host, seconds=SECONDS
        )
        with pytest.raises(NotTaken, match="403"):
            await stranger.send(letter())
        await mailer.close()
        await stranger.close()
    row = await db.fetchrow(
        "SELECT vendor_id, recipient, template, subject, body, html, headers FROM sandbox_messages"
        " WHERE message_id = $1",
        sent.message_id,
    )
    assert row is not None
    assert row["vendor_id"].startswith(vendor_id)
    assert tuple(row)[1:6] == (PERSON, "receipt", sent.subject, sent.text, sent.html)
    assert "https://a.test/u" in row["headers"]


async def test_sendgrid_drops_who_bounced_until_its_lists_forget_them(
    database: Database, db: asyncpg.Connection
) -> None:
    twin = sendgrid_twin(database)
    address = f"a{new_id().hex}+bounce@fans.test"
    async with serving(twin.app) as host:
        mailer = sendgrid(host)
        for taken in (1, 1):
            await mailer.send(letter(address))
            assert await _reached(db, address) == taken
        await mailer.forget(address)
        await mailer.forget(address)
        await mailer.send(letter(address))
        assert await _reached(db, address) == 2
        await mailer.close()


async def test_the_activity_feed_is_asked_for_many_at_once_and_may_be_missing(
    database: Database,
) -> None:
    """Six questions a minute are all there are; and without the add-on there are none."""
    twin = sendgrid_twin(database)
    since = just_now()
    async with serving(twin.app) as host:
        mailer = sendgrid(host)
        letters = [letter(f"fan{n}-{new_id().hex}@fans.test") for n in range(60)]
        for one in letters[:30]:
            await mailer.send(one)
        found = await mailer.taken(letters, since=since)
        assert found.keys() == {one.message_id for one in letters[:30]}
        await mailer.taken(letters, since=since)
        with pytest.raises(CannotTell, match="429"):
            await mailer.taken(letters[:1], since=since)
        await mailer.close()
    async with serving(sendgrid_twin(database, has_feed=False).app) as host:
        mailer = sendgrid(host)
        with pytest.raises(CannotTell, match="403"):
            await mailer.taken(letters[:1], since=since)
        await mailer.close()


@pytest.mark.parametrize(
    ("number", "code", "why"),
    [
        ("+15005550001", "21211", Why.BOUNCE),
        ("+15005550009", "21614", Why.BOUNCE),
        ("+15005550004", "21610", Why.STOPPED),
        ("+15005550002", "21612", None),
        ("12345", "21211", Why.BOUNCE),
    ],
)
async def test_twilio_says_which_numbers_get_no_texts(
    database: Database, number: str, code: str, why: Why | None
) -> None:
    twin = TwilioSandbox(database, account=ACCOUNT, token=TOKEN, sender=NUMBER)
    async with serving(twin.app) as host:
        texter = twilio(host)
        with pytest.raises(Refused) as refused:
            await texter.send(text_message(number))
        await texter.close()
    assert (refused.value.code, refused.value.suppresses) == (code, why)


async def _reached(db: asyncpg.Connection, address: str) -> int:
    found = await db.fetchval("SELECT count(*) FROM sandbox_messages WHERE recipient = $1", address)
    return int(found)
