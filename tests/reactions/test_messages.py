"""Every message arrives, once: whatever its vendor, its worker or its news do."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from arenapulse.notifications import service
from arenapulse.notifications.samples import sample
from arenapulse.notifications.schemas import NewMessage, To
from arenapulse.notifications.service.posting import Outcome
from arenapulse.notifications.smtp_mail import SmtpMail
from arenapulse.notifications.terms import Priority
from tests.contracts.mailserver import mail_server
from tests.reactions.office import SENDER, Office, zone_where_it_is


async def test_a_message_is_said_once_for_a_key_however_often_it_is_told(office: Office) -> None:
    assert [await office.tell(key="receipt:1") for _ in range(3)] == [1, 0, 0]
    await office.send()
    await office.send()
    assert await office.took() == [("eve@fans.test", 1)]
    row = await office.row()
    assert (row["status"], row["tries"], row["due_at"], row["doubt_at"]) == ("SENT", 1, None, None)


async def test_what_is_rolled_back_was_never_told(office: Office) -> None:
    async def fail() -> None:
        async with office.database.transaction() as session:
            await service.tell(
                session,
                template="receipt",
                to=To(email="eve@fans.test"),
                values=sample("receipt"),
                key="receipt:1",
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await office.send()
    assert await office.took() == []


async def test_sixty_thousand_are_told_in_a_dozen_statements(office: Office) -> None:
    def everybody() -> Any:
        values = sample("gate_changed")
        for n in range(60_000):
            yield NewMessage(
                template="gate_changed",
                to=To(email=f"fan{n}@fans.test"),
                key=f"gate:{n}",
                values=values,
                priority=Priority.CAMPAIGN,
            )

    async with office.database.transaction() as session:
        assert await service.tell_all(session, everybody()) == 60_000
    await office.tell(to=To(email="buyer@fans.test"))
    first = await office.take()
    assert [message.recipient for message in first] == ["buyer@fans.test"]


async def test_texts_go_to_who_asked_and_has_a_number(office: Office) -> None:
    await office.tell("gate_changed", to=To(email="a@fans.test", phone="+4915112345678"))
    await office.tell("gate_changed", to=To(email="b@fans.test"))
    await office.tell("refund", to=To(email="c@fans.test", phone="+4915112345678"))
    await office.send()
    assert await office.took() == [
        ("+4915112345678", 1),
        ("a@fans.test", 1),
        ("b@fans.test", 1),
        ("c@fans.test", 1),
    ]
    said = await office.db.fetchrow("SELECT segments FROM messages WHERE channel = 'SMS'")
    assert said is not None
    assert said["segments"] == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_vendor_that_is_down_makes_messages_late_and_loses_none(
    office: Office, status: int
) -> None:
    office.mail.faults.always = status
    for n in range(40):
        await office.tell(to=To(email=f"fan{n}@fans.test"))
    for _ in range(5):
        await office.send()
        office.clock.pass_by(40)
    assert await office.took() == []
    assert set(await office.statuses()) == {"QUEUED"}
    office.mail.faults.always = None
    for _ in range(5):
        office.clock.pass_by(400)
        await office.send()
    assert await office.took() == sorted((f"fan{n}@fans.test", 1) for n in range(40))
    assert set(await office.statuses()) == {"SENT"}


async def test_a_vendor_that_said_later_is_left_alone_until_then(office: Office) -> None:
    for n in range(100):
        await office.tell(to=To(email=f"fan{n}@fans.test"))
    office.mail.faults.always = 503
    await office.send()
    tries = await office.db.fetchval("SELECT sum(tries) FROM messages")
    # One group failed together; the rest was not even taken up.
    assert tries == 32
    await office.send()
    assert await office.db.fetchval("SELECT sum(tries) FROM messages") == 32
    office.clock.pass_by(1.1)
    await office.send()
    assert await office.db.fetchval("SELECT sum(tries) FROM messages") == 33


async def test_what_waits_for_its_turn_is_not_called_once_its_vendor_rests(office: Office) -> None:
    await office.tell()
    (message,) = await office.take()
    until = office.post.carriers.rest("sendgrid").begin(office.clock.now(), seconds=60)
    outcome = await office.post.send(message)
    # Nobody has called, so there is no doubt.
    assert outcome == Outcome(later=(until, False, "resting"))
    assert await office.took() == []


async def test_silence_is_asked_about_and_nothing_goes_twice(office: Office) -> None:
    """Of two calls without an answer one was done and one was not: both arrive once."""
    office.mail.faults.lost_answers = 1
    await office.tell(to=To(email="done@fans.test"))
    await office.send()
    office.clock.pass_by(5)
    office.mail.faults.mute = 1
    await office.tell(to=To(email="nothing@fans.test"))
    await office.send()
    assert await office.took() == [("done@fans.test", 1)]
    assert await office.statuses() == ["QUEUED", "QUEUED"]
    office.clock.pass_by(21)
    for _ in range(3):
        await office.send()
        office.clock.pass_by(5)
    assert await office.took() == [("done@fans.test", 1), ("nothing@fans.test", 1)]
    assert await office.statuses() == ["SENT", "SENT"]


async def test_a_worker_that_dies_with_calls_under_way_repeats_none_that_was_done(
    office: Office,
) -> None:
    for n in range(6):
        await office.tell(to=To(email=f"fan{n}@fans.test"))
    taken = await office.take()
    # Three were handed over when it died; nothing of it was written.
    for message in taken[:3]:
        ready = office.post._ready(message)
        await office.mailer.send(ready)  # type: ignore[arg-type]
    await office.send()
    assert len(await office.took()) == 3
    office.clock.pass_by(31)
    await office.send()
    await office.send()
    assert await office.took() == [(f"fan{n}@fans.test", 1) for n in range(6)]
    assert await office.statuses() == ["SENT"] * 6


async def test_a_vendor_that_cannot_tell_is_handed_it_again_after_ten_minutes(
    office: Office,
) -> None:
    """Without the add-on nobody knows: late, and rather twice than never."""
    office.mail._has_feed = False
    office.mail.faults.mute = 1
    await office.tell()
    await office.send()
    for _ in range(8):
        office.clock.pass_by(60)
        await office.send()
    assert await office.took() == []
    for _ in range(4):
        office.clock.pass_by(60)
        await office.send()
    assert await office.took() == [("eve@fans.test", 1)]


async def test_the_clubs_own_server_takes_over_while_the_vendor_is_away(office: Office) -> None:
    async with mail_server() as server:
        own = SmtpMail(url=server.url, sender=SENDER, sender_name="Arena")
        office.post.carriers.mailers = (office.mailer, own)
        office.mail.faults.always = 503
        await office.tell()
        await office.send()
        assert [recipient for recipient, _ in server.took] == ["eve@fans.test"]
        row = await office.row()
        assert (row["status"], row["vendor"]) == ("SENT", "smtp")
        office.mail.faults.always = None
        office.clock.pass_by(60)
        await office.tell(to=To(email="next@fans.test"))
        await office.send()
    assert await office.took() == [("next@fans.test", 1)]


async def test_a_permanent_refusal_is_not_tried_again(office: Office) -> None:
    await office.tell("gate_changed", to=To(phone="+15005550009"))
    for _ in range(3):
        await office.send()
        office.clock.pass_by(400)
    row = await office.row()
    assert (row["status"], row["error_code"], row["tries"]) == ("FAILED", "21614", 1)
    # The number is the reason: nothing more goes to it.
    await office.tell("gate_changed", to=To(phone="+15005550009"))
    await office.send()
    assert (await office.row())["status"] == "SUPPRESSED"


async def test_a_value_that_is_missing_fails_its_message_loudly_and_alone(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    await office.tell(to=To(email="poor@fans.test"), url=None)
    await office.tell(to=To(email="rich@fans.test"))
    await office.send()
    assert await office.took() == [("rich@fans.test", 1)]
    assert await office.statuses() == ["FAILED", "SENT"]
    said = capfd.readouterr().err
    assert "receipt misses url" in said
    assert "poor@" not in said


async def test_what_comes_too_late_to_be_of_use_is_not_sent(office: Office) -> None:
    office.mail.faults.always = 503
    await office.tell("reset")
    await office.send()
    office.mail.faults.always = None
    office.clock.pass_by(3700)
    await office.send()
    row = await office.row()
    assert (row["status"], row["error_code"]) == ("FAILED", "too_late")
    assert await office.took() == []


async def test_news_that_a_backlog_brought_into_the_night_waits_for_the_morning(
    office: Office,
) -> None:
    """It was told by day; its vendor was away until it was two o'clock where it is read."""
    zone = zone_where_it_is(2)
    await office.tell("announcement", reader_timezone=zone)
    await office.tell("receipt", to=To(email="buyer@fans.test"), reader_timezone=zone)
    await office.send()
    waiting = await office.db.fetchrow("SELECT * FROM messages WHERE template = 'announcement'")
    assert waiting is not None
    assert (waiting["status"], waiting["error_code"]) == ("QUEUED", "night")
    assert f"{waiting['due_at'].astimezone(ZoneInfo(zone)):%H:%M}" == "09:00"
    # A receipt is no news.
    assert await office.took() == [("buyer@fans.test", 1)]
    office.clock.pass_by(8 * 3600)
    await office.send()
    assert await office.took() == [("buyer@fans.test", 1), ("eve@fans.test", 1)]


async def test_a_token_lies_encrypted_while_it_waits_and_is_gone_when_it_is_sent(
    office: Office,
) -> None:
    await office.tell("reset", url="https://arena.test/reset?token=verysecret")
    before = await office.row()
    assert before["content"] == "{}"
    assert b"verysecret" not in before["sealed"]
    await office.send()
    after = await office.row()
    assert (after["status"], after["sealed"], after["content"]) == ("SENT", None, "{}")
    body = await office.db.fetchval("SELECT body FROM sandbox_messages")
    assert "https://arena.test/reset?token=verysecret" in body
