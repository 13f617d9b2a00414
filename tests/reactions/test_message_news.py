"""What vendors tell about messages: each piece once, in any order, and who is suppressed by it."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID, uuid4

import pytest

from arenapulse.core import clock
from arenapulse.core.errors import InvariantBroken
from arenapulse.core.ids import OrganizationId, UserId
from arenapulse.notifications import queries, service
from arenapulse.notifications.schemas import To
from arenapulse.notifications.service.hearing import mail_events, text_event
from arenapulse.notifications.service.posting import Outcome
from arenapulse.notifications.service.sending import Handed, Mails
from arenapulse.notifications.terms import MessageStatus
from arenapulse.notifications.twilio_sandbox import UNREACHABLE
from arenapulse.runtime.db import Session
from tests.reactions.conftest import until
from tests.reactions.office import CLUB, Office


async def test_news_moves_a_message_up_whatever_its_order(office: Office) -> None:
    for words, ends in [
        (("processed", "delivered", "open"), "OPENED"),
        (("open", "delivered", "processed"), "OPENED"),
        (("bounce", "processed"), "BOUNCED"),
        (("spamreport", "open", "delivered"), "COMPLAINED"),
        (("dropped",), "FAILED"),
        (("deferred", "unsubscribe"), "SENT"),
    ]:
        await office.tell(to=To(email=f"{uuid4()}@fans.test"))
        await office.send()
        for word in words:
            await office.hear(word)
        assert (await office.row())["status"] == ends, words


async def test_a_piece_of_news_counts_once(office: Office) -> None:
    await office.tell()
    await office.send()
    assert [await office.hear("delivered", event_id="e-1") for _ in range(3)] == [1, 0, 0]
    assert await office.hear("open", "open", event_id="e-2") == 1
    assert await office.db.fetchval("SELECT count(*) FROM message_news") == 2


async def test_a_letter_of_news_writes_a_message_once_whatever_it_says(office: Office) -> None:
    await office.tell()
    await office.send()
    known = (await office.row())["id"]
    told = [
        {"event": word, "sg_event_id": word, "timestamp": 1, "message_id": str(known)}
        for word in ("open", "processed", "delivered", "open")
    ]
    async with office.database.transaction() as session:
        news = mail_events(json.dumps(told).encode())
        before = await _written(session)
        assert await service.hear(session, news=news, now=clock.now()) == 3
        assert await _written(session) - before == 1
    assert (await office.row())["status"] == "OPENED"


async def _written(session: Session) -> int:
    """Versions of messages, by this connection and lately."""
    written: int = await (await session.driver()).fetchval(
        "SELECT pg_stat_get_xact_tuples_updated('messages'::REGCLASS)"
    )
    return written


async def test_taking_a_message_writes_it_once(office: Office) -> None:
    await office.tell()
    lane = Mails(office.post)
    async with office.database.transaction() as session:
        connection, before = await session.driver(), await _written(session)
        now = office.clock.now()
        records = await lane.table.take(
            connection,
            owner=uuid4(),
            now=now,
            room=9,
            busy={},
            tenant_max=9,
            start=UUID(int=0),
            mark=lane.mark(),
        )
        (handed,) = await lane.load(session, [lane.read(record) for record in records])
        assert await _written(session) - before == 1
    assert (handed.message.vendor, handed.doubt_at) == ("sendgrid", None)
    row = await office.row()
    assert (row["vendor"], row["doubt_at"]) == ("sendgrid", now)


async def test_news_about_nothing_of_ours_is_let_go(office: Office) -> None:
    assert await office.hear("delivered", message_id=uuid4()) == 0
    async with office.database.transaction() as session:
        news = mail_events(b'[{"event": "delivered", "sg_event_id": "x", "timestamp": 1}]')
        assert await service.hear(session, news=news, now=clock.now()) == 0


async def test_delivered_may_be_heard_before_the_vendors_answer(office: Office) -> None:
    await office.tell()
    await office.take()
    await office.hear("delivered")
    row = await office.row()
    assert (row["status"], row["due_at"], row["doubt_at"]) == ("DELIVERED", None, None)
    async with office.database.transaction() as session:
        await queries.sent(session, sent=[(row["id"], "the.answer", None)], now=clock.now())
    row = await office.row()
    assert (row["status"], row["vendor_id"]) == ("DELIVERED", "the.answer")
    office.clock.pass_by(3600)
    await office.send()
    assert await office.took() == []


async def test_processed_ends_a_doubt_without_asking(office: Office) -> None:
    office.mail._has_feed = False
    office.mail.faults.lost_answers = 1
    await office.tell()
    await office.send()
    await office.hear("processed")
    office.clock.pass_by(3600)
    await office.send()
    assert (await office.row())["status"] == "SENT"
    assert await office.took() == [("eve@fans.test", 1)]


@pytest.mark.parametrize("word", ["bounce", "spamreport"])
async def test_who_bounced_or_complained_gets_nothing_until_it_is_lifted(
    office: Office, word: str
) -> None:
    await office.tell()
    await office.send()
    await office.hear(word)
    await office.tell()
    await office.send()
    assert (await office.row())["status"] == "SUPPRESSED"
    assert await office.took() == [("eve@fans.test", 1)]
    async with office.database.transaction() as session:
        suppression_id = await office.db.fetchval("SELECT id FROM suppressions")
        strangers = OrganizationId(uuid4())
        assert not await service.lift(
            session, organization_id=strangers, suppression_id=suppression_id, now=clock.now()
        )
        assert await service.lift(
            session, organization_id=CLUB, suppression_id=suppression_id, now=clock.now()
        )
    await office.tell()
    await office.send()
    assert await office.took() == [("eve@fans.test", 2)]


async def test_a_server_that_blocks_for_a_day_suppresses_nobody(office: Office) -> None:
    await office.tell()
    await office.send()
    await office.hear("bounce", type="blocked")
    assert (await office.row())["status"] == "FAILED"
    assert await office.db.fetchval("SELECT count(*) FROM suppressions") == 0


async def test_an_undelivered_text_is_told_by_its_callback(office: Office) -> None:
    await office.tell("gate_changed", to=To(phone=UNREACHABLE))
    await office.send()
    row = await office.row()
    form = {"MessageSid": row["vendor_id"], "MessageStatus": "undelivered", "ErrorCode": "30003"}
    for late in (form, form | {"MessageStatus": "sent"}, form):
        async with office.database.transaction() as session:
            news = text_event(late, message=str(row["id"]), now=clock.now())
            await service.hear(session, news=news, now=clock.now())
    row = await office.row()
    assert (row["status"], row["error_code"]) == ("FAILED", "30003")
    assert await office.db.fetchval("SELECT count(*) FROM message_news") == 2


async def test_who_is_forgotten_is_told_nothing_more(office: Office) -> None:
    person = UserId(uuid4())
    await office.tell(to=To(email="eve@fans.test", name="Eve", user_id=person))
    await office.send()
    await office.tell(to=To(email="eve@fans.test", name="Eve", user_id=person))
    async with office.database.transaction() as session:
        await queries.forget_person(session, user_id=person, now=clock.now())
    await office.send()
    assert await office.took() == [("eve@fans.test", 1)]
    rows = await office.db.fetch("SELECT status::TEXT, recipient, name, content FROM messages")
    assert sorted(map(tuple, rows)) == [("FAILED", "", "", "{}"), ("SENT", "", "", "{}")]


async def test_a_template_that_nobody_knows_is_a_bug(office: Office) -> None:
    with pytest.raises(InvariantBroken):
        async with office.database.transaction() as session:
            await service.tell(session, template="nonsense", to=To(), values={}, key="k")


async def test_news_of_messages_that_a_worker_settles_waits_for_it_and_is_no_deadlock(
    office: Office,
) -> None:
    for name in ("first", "second"):
        await office.tell(to=To(email=f"{name}@fans.test"))
    first, second = await office.take()
    told = [
        {"event": event, "sg_event_id": event, "timestamp": 1, "message_id": str(about.id)}
        for event, about in (("processed", second), ("delivered", first))
    ]

    async def hear() -> int:
        async with office.database.transaction() as session:
            news = mail_events(json.dumps(told).encode())
            return await service.hear(session, news=news, now=clock.now())

    async def settle() -> None:
        answers = [
            (first, Outcome(sent=("vendor.1", None))),
            (second, Outcome(ended=(MessageStatus.FAILED, "refused"))),
        ]
        async with office.database.transaction() as session:
            await Mails(office.post).settle(
                session, [(Handed(message=one, doubt_at=None), what) for one, what in answers]
            )

    async def waits(many: int) -> bool:
        # What it saw before in this transaction it would see again.
        await office.db.execute("SELECT pg_stat_clear_snapshot()")
        found: int = await office.db.fetchval(_WAITING)
        return found == many

    async with office.db.transaction():
        await office.db.execute("SELECT 1 FROM messages WHERE id = $1 FOR NO KEY UPDATE", second.id)
        hearing = asyncio.create_task(hear())
        await until(lambda: waits(1))
        settling = asyncio.create_task(settle())
        await until(lambda: waits(2))
    assert await hearing == 2
    await settling
    assert await office.statuses() == ["DELIVERED", "SENT"]


_WAITING = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
