"""The whole way of a message: worker, twin, its letters of news over HTTP, route, state."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.notifications.samples import sample
from arenapulse.notifications.schemas import Letter, To
from arenapulse.notifications.sendgrid_mail import SIGNATURE_HEADER, TIMESTAMP_HEADER
from arenapulse.notifications.sendgrid_sandbox import sign, signing_key
from arenapulse.notifications.service import tell
from arenapulse.notifications.service.pausing import REST_SECONDS
from arenapulse.notifications.service.sending import LANES
from arenapulse.notifications.smtp_mail import SmtpMail
from arenapulse.notifications.twilio_sandbox import UNREACHABLE
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import SERVICE
from arenapulse.runtime.jobs.due import DueRunner, DueWork
from arenapulse.runtime.web.loopback import serving
from arenapulse.wiring import make_app, make_core, make_jobs, make_runtime, open_core
from arenapulse.wiring.notifications import carrying
from tests.conftest import TestEngines, settings_for
from tests.contracts.mailserver import mail_server
from tests.reactions.conftest import until
from tests.reactions.office import (
    ACCOUNT,
    NUMBER,
    SECONDS,
    SECRET,
    SENDER,
    TOKEN,
    Office,
    opened,
)

COPIES = 3
# What a mail to such an address ends as, and of how many pieces of news.
ENDS = {
    "": ("DELIVERED", 2),
    "+open": ("OPENED", 3),
    "+bounce": ("BOUNCED", 2),
    "+complaint": ("COMPLAINED", 3),
}
EACH = 5


@pytest.fixture
async def served(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Settings]:
    """The application over HTTP; its settings know where."""
    house: dict[str, Any] = {}

    async def door(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        await house["app"](scope, receive, send)

    async with serving(door) as host:
        settings = settings_for(
            fresh_database_url,
            engines.redis_url,
            secret=SECRET,
            public_url=host,
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=TOKEN,
            twilio_from=NUMBER,
        )
        house["app"] = make_app(settings)
        async with house["app"].running():
            yield settings


@asynccontextmanager
async def told_over_http(url: str, settings: Settings) -> AsyncIterator[Office]:
    async with opened(url, told_at=settings.base_url) as office:
        yield office


async def test_news_late_lost_reversed_and_in_copies_ends_as_it_should(
    served: Settings, fresh_database_url: str
) -> None:
    async with told_over_http(fresh_database_url, served) as office:
        for faults in (office.mail.faults, office.text.faults):
            faults.news_copies = COPIES
            faults.news_delay_seconds = 0.2
            faults.news_reversed = True
        # What is lost is that the first was taken; that it was delivered is told.
        office.mail.faults.news_lost = 1
        # One is taken, and its answer lost: its news ends the doubt.
        office.mail.faults.lost_answers = 1
        expected: dict[str, str] = {}
        pieces = -1
        for tag, (end, news) in ENDS.items():
            for n in range(EACH):
                address = f"fan{n}{tag}@fans.test"
                expected[address] = end
                pieces += news
                await office.tell(to=To(email=address, name="Fan"))
        for number, end in (("+4915112345678", "DELIVERED"), (UNREACHABLE, "FAILED")):
            expected[number] = end
            pieces += 2
            await office.tell("gate_changed", to=To(phone=number))
        await office.send()

        async def all_told() -> bool:
            # Each piece once, however many copies came.
            return await office.db.fetchval("SELECT count(*) FROM message_news") == pieces

        await until(all_told)
        assert Counter(await office.statuses()) == Counter(expected.values())
        assert await _mails_by_end(office.db) == {
            address: end for address, end in expected.items() if "@" in address
        }
        in_doubt = "SELECT count(*) FROM messages WHERE doubt_at IS NOT NULL"
        assert await office.db.fetchval(in_doubt) == 0
        assert {times for _, times in await office.took()} == {1}
        # Nothing more goes to who bounced or complained, and nothing of it reached a vendor.
        for address in expected:
            if "@" in address:
                await office.tell(to=To(email=address, name="Fan"))
        # Where the answer that was lost is the last that was waited for, the vendor rests.
        office.clock.pass_by(REST_SECONDS[0])
        await office.send()
        again = Counter(await office.statuses()) - Counter(expected.values())
        assert again["SUPPRESSED"] == 2 * EACH
        assert Counter(times for _, times in await office.took()) == {1: 2 * EACH + 2, 2: 2 * EACH}


async def test_a_workers_own_twin_tells_the_application(
    served: Settings, fresh_database_url: str
) -> None:
    """As it is wired where no vendor has a key: nobody but the twin says DELIVERED."""
    core = make_core(make_runtime(served, actor=SERVICE))
    jobs = make_jobs(core)
    async with open_core(core), carrying(core):
        async with core.runtime.database.transaction() as session:
            await tell(
                session,
                template="receipt",
                to=To(email="eve@fans.test", name="Eve"),
                values=sample("receipt"),
                key="receipt:1",
            )
        works = [DueWork(kind=lane(core.post)) for lane in LANES]
        await DueRunner(core.runtime.database, works=works).drain()
        db = await asyncpg.connect(fresh_database_url)

        async def is_delivered() -> bool:
            return bool(await db.fetchval("SELECT status = 'DELIVERED' FROM messages"))

        await until(is_delivered)
        await db.close()
        await jobs.close()


async def _mails_by_end(db: asyncpg.Connection) -> dict[str, str]:
    rows = await db.fetch(
        "SELECT recipient, status::TEXT AS status FROM messages WHERE channel = 'EMAIL'"
    )
    return {row["recipient"]: row["status"] for row in rows}


class _Broken:
    """A carrier with a bug, which says to whom it wrote."""

    name = "broken"

    async def send(self, message: Letter) -> str:
        raise ValueError(message.address)


@pytest.mark.asvs("V16.2.5")
async def test_no_address_no_number_and_no_name_stands_in_any_line_of_ours(
    served: Settings,
    fresh_database_url: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever goes wrong on the way: the lines of worker and server, and those of libraries."""
    eve, phone = To(email="eve.adams@fans.test", name="Eve Adams"), "+15005550009"
    with caplog.at_level(logging.DEBUG):
        async with told_over_http(fresh_database_url, served) as office, mail_server() as own:
            sendgrid = office.post.carriers.mailers
            smtp = SmtpMail(url=own.url, sender=SENDER, sender_name="Arena", seconds=SECONDS)

            async def send(to: To = eve, template: str = "receipt", **values: Any) -> None:
                await office.tell(template, to=to, **values)
                await office.send()
                office.clock.pass_by(60)

            await send(to=To(phone=phone), template="gate_changed")
            await send(url=None)
            for faults in (["statuses", deque([503])], ["mute", 1], ["lost_answers", 1]):
                setattr(office.mail.faults, *faults)
                await send()
            own.answers["RCPT"] = f"550 5.1.1 <{eve.email}>: no such user"
            for carrier in (_Broken(), smtp):
                office.post.carriers.mailers = (carrier,)
                await send()
            office.post.carriers.mailers = sendgrid
            await _write_nonsense(served, about=str(eve.email), number=phone)
            states = Counter(await office.statuses())
    assert states["FAILED"] >= 3
    said = capfd.readouterr().err + caplog.text
    # It was not silent about any of it.
    for word in ("message refused", "receipt misses url", "503", "no answer", "ValueError"):
        assert word in said, word
    for secret in ("eve.adams", "Eve Adams", phone, TOKEN, "SG.key"):
        assert secret not in said


async def _write_nonsense(settings: Settings, *, about: str, number: str) -> None:
    """Forged and senseless letters of news."""
    async with httpx.AsyncClient(base_url=f"{settings.base_url}/api/v1/webhooks") as client:
        payload = f'[{{"email": "{about}", "event": 1}}]'.encode()
        stamp = str(int(time.time()))
        key = signing_key(Keyring(SECRET))
        for signature in ("forged", sign(payload, timestamp=stamp, key=key)):
            headers = {SIGNATURE_HEADER: signature, TIMESTAMP_HEADER: stamp}
            answer = await client.post("/sendgrid", content=payload, headers=headers)
            assert answer.status_code in {400, 422}, answer.text
        answer = await client.post("/twilio", data={"To": number, "MessageSid": "x"})
        assert answer.status_code == 400, answer.text
