"""A post office on a database of its own, with twins; the test does the worker's work."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from arenapulse.core import clock
from arenapulse.core.ids import OrganizationId
from arenapulse.notifications import service
from arenapulse.notifications.samples import sample
from arenapulse.notifications.schemas import About, Outgoing, To
from arenapulse.notifications.sendgrid_mail import SendGridMail
from arenapulse.notifications.sendgrid_sandbox import SendGridSandbox, signing_key
from arenapulse.notifications.service.hearing import mail_events
from arenapulse.notifications.service.posting import Carriers, Post
from arenapulse.notifications.service.sending import LANES, Mails
from arenapulse.notifications.twilio_sandbox import TwilioSandbox
from arenapulse.notifications.twilio_sms import TwilioSms
from arenapulse.runtime.crypto import Keyring, hold_keyring
from arenapulse.runtime.db import SERVICE, Database
from arenapulse.runtime.jobs import Registry, attach
from arenapulse.runtime.jobs.due import DueRunner, DueWork
from arenapulse.runtime.web.loopback import serving
from tests.conftest import as_app

SECRET = "a secret of the tests, long enough for it"
NOBODY = "http://127.0.0.1:9"
SENDER, ACCOUNT, TOKEN, NUMBER = "t@arena.test", "AC" + "1" * 32, "t" * 32, "+15005550006"
CLUB = OrganizationId(uuid4())
SECONDS = 0.3


def zone_where_it_is(hour: int) -> str:
    """A time zone with this hour of the day now; the names of these zones count to the west."""
    east = (hour - clock.now().hour) % 24
    return f"Etc/GMT{-(east if east <= 12 else east - 24):+d}"


class Clock:
    """Time that a test moves on."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta()

    def now(self) -> dt.datetime:
        return clock.now() + self.ahead

    def pass_by(self, seconds: float) -> None:
        self.ahead += dt.timedelta(seconds=seconds)


@dataclass
class Office:
    """A post on a database of its own, with twins; the test does the worker's work."""

    database: Database
    db: asyncpg.Connection
    post: Post
    runner: DueRunner
    mail: SendGridSandbox
    text: TwilioSandbox
    clock: Clock
    keyring: Keyring
    mailer: SendGridMail
    told: list[UUID] = field(default_factory=list)

    async def tell(
        self, template: str = "receipt", *, to: To | None = None, key: str = "", **values: Any
    ) -> int:
        async with self.database.transaction() as session:
            return await service.tell(
                session,
                template=template,
                to=to or To(email="eve@fans.test", name="Eve Adams"),
                values=sample(template) | values,
                key=key or str(uuid4()),
                about=About(organization_id=CLUB),
            )

    async def send(self) -> None:
        await self.runner.drain()

    async def take(self) -> list[Outgoing]:
        """What a worker takes that dies before it has heard anything: nobody has seen it since."""
        lane = Mails(self.post)
        async with self.database.transaction() as session:
            records = await lane.table.take(
                await session.driver(),
                owner=uuid4(),
                now=self.clock.now(),
                room=100,
                busy={},
                tenant_max=100,
                start=UUID(int=0),
                mark=lane.mark(),
            )
            handed = await lane.load(session, [lane.read(record) for record in records])
        return sorted((one.message for one in handed), key=lambda message: message.id)

    async def row(self) -> asyncpg.Record:
        row = await self.db.fetchrow("SELECT * FROM messages ORDER BY id DESC LIMIT 1")
        assert row is not None
        return row

    async def statuses(self) -> list[str]:
        return [
            row[0] for row in await self.db.fetch("SELECT status::TEXT FROM messages ORDER BY id")
        ]

    async def took(self) -> list[tuple[str, int]]:
        """How often each address was reached, at the twins."""
        rows = await self.db.fetch(
            "SELECT recipient, count(*) FROM sandbox_messages GROUP BY 1 ORDER BY 1"
        )
        return [tuple(row) for row in rows]

    async def hear(self, *events: str, message_id: UUID | None = None, **more: Any) -> int:
        """SendGrid's words about a message, the newest one if none is named."""
        known = message_id or (await self.row())["id"]
        told = [
            {
                "event": event,
                "sg_event_id": more.get("event_id", uuid4().hex),
                "timestamp": int(clock.now().timestamp()),
                "message_id": str(known),
                "sg_message_id": "vendor.1",
                **more,
            }
            for event in events
        ]
        async with self.database.transaction() as session:
            news = mail_events(json.dumps(told).encode())
            return await service.hear(session, news=news, now=clock.now())


@asynccontextmanager
async def opened(url: str, *, told_at: str = NOBODY) -> AsyncIterator[Office]:
    """The twins tell their news to the application at `told_at`."""
    database = Database(as_app(url), pool_size=4, actor=SERVICE)
    keyring = Keyring(SECRET)
    hold_keyring(database, keyring)
    registry = Registry()

    @registry.task(service.SEND_TASK)
    async def send(**_future: object) -> None: ...

    @registry.task("notifications.lift_at_vendor")
    async def lift(**_future: object) -> None: ...

    jobs = attach(database, registry=registry)
    await database.open()
    mail = SendGridSandbox(
        database,
        key="SG.key",
        sender=SENDER,
        webhook_url=f"{told_at}/api/v1/webhooks/sendgrid",
        webhook_key=signing_key(keyring),
    )
    text = TwilioSandbox(database, account=ACCOUNT, token=TOKEN, sender=NUMBER)
    db = await asyncpg.connect(url)
    async with AsyncExitStack() as stack:
        mail_host = await stack.enter_async_context(serving(mail.app, beside=mail.news.run()))
        text_host = await stack.enter_async_context(serving(text.app, beside=text.news.run()))
        mailer = SendGridMail(
            key="SG.key", sender=SENDER, sender_name="Arena", host=mail_host, seconds=SECONDS
        )
        texter = TwilioSms(
            account=ACCOUNT,
            token=TOKEN,
            sender=NUMBER,
            callback_url=f"{told_at}/api/v1/webhooks/twilio",
            host=text_host,
            seconds=SECONDS,
        )
        moving = Clock()
        post = Post(
            keyring=keyring,
            carriers=Carriers(mailers=(mailer,), texters=(texter,)),
            now=moving.now,
        )
        works = [DueWork(kind=lane(post)) for lane in LANES]
        runner = DueRunner(database, works=works, now=moving.now)
        yield Office(database, db, post, runner, mail, text, moving, keyring, mailer)
        await mailer.close()
        await texter.close()
    await jobs.close()
    await db.close()
    await database.close()
