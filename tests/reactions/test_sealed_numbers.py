"""Telephone numbers of text messages lie sealed, are found by a blind index, and are forgotten."""

from __future__ import annotations

import asyncio
import datetime as dt
from uuid import UUID, uuid4

import asyncpg
import pytest

from arenapulse.core import clock
from arenapulse.core.ids import UserId, first_id_of
from arenapulse.core.paging import PageRequest
from arenapulse.notifications import queries, service
from arenapulse.notifications.samples import sample
from arenapulse.notifications.schemas import NewMessage, SuppressionView, To
from arenapulse.notifications.service import sealing
from arenapulse.notifications.service.forgetting import (
    MAILS_KEPT,
    NUMBERS_KEPT,
    forget_recipients,
)
from arenapulse.notifications.terms import Priority, Why
from arenapulse.runtime.crypto import Keyring, hold_keyring
from arenapulse.runtime.resealing import reseal
from arenapulse.wiring.sealed import COLUMNS
from tests.reactions.conftest import until
from tests.reactions.office import CLUB, Office

NUMBER = "+4915112345678"
OF_BEFORE = "a secret of the tests, long enough for it"
OF_TODAY = "another secret, of whoever came after it"
OURS = [each for each in COLUMNS if each.purpose == "numbers of text messages"]


async def text(office: Office, number: str = NUMBER, *, user_id: UserId | None = None) -> str:
    """Tells it; what has become of it."""
    await office.tell("gate_changed", to=To(phone=number, user_id=user_id))
    await office.send()
    return str((await office.row())["status"])


async def stop(office: Office) -> None:
    """Who has the newest message's number wants no more."""
    row = await office.row()
    async with office.database.transaction() as session:
        reasons = {row["id"]: Why.STOPPED}
        await queries.suppress(session, reasons=reasons, ids=[uuid4()], now=clock.now())


async def suppressed(office: Office) -> list[SuppressionView]:
    async with office.database.transaction() as session:
        page = PageRequest(limit=20)
        found = await queries.suppressions_of(session, organization_id=CLUB, page=page)
        return list(found.items)


async def tables_with(db: asyncpg.Connection, number: str) -> list[str]:
    """Ours; a twin is somebody else's table."""
    rows = await db.fetch(
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' "
        "AND tablename NOT LIKE 'sandbox%' ORDER BY 1"
    )
    return [
        row["name"]
        for row in rows
        if await db.fetchval(
            f"SELECT count(*) FROM {row['name']} t WHERE position($1 IN t::TEXT) > 0", number
        )
    ]


@pytest.mark.asvs("V14.2.4")
async def test_a_number_stands_nowhere_in_clear_and_is_reached_and_stopped(office: Office) -> None:
    assert await text(office) == "SENT"
    assert await office.took() == [(NUMBER, 1)]
    await stop(office)
    assert await text(office) == "SUPPRESSED"
    assert await text(office, "+4915112345679") == "SENT"
    assert await office.took() == [(NUMBER, 1), ("+4915112345679", 1)]
    assert await tables_with(office.db, NUMBER[1:]) == []
    # Who may see it sees it, and it can be let go.
    (one,) = await suppressed(office)
    assert (one.channel, one.address, one.reason) == ("SMS", NUMBER, "STOPPED")
    async with office.database.transaction() as session:
        assert await service.lift(
            session, organization_id=CLUB, suppression_id=one.suppression_id, now=clock.now()
        )
        found = await queries.lifted(session, suppression_id=one.suppression_id)
    assert found == ("SMS", NUMBER)
    assert await text(office) == "SENT"


async def test_an_envelope_that_was_moved_to_another_message_reaches_nobody(
    office: Office,
) -> None:
    await text(office, "+4915112345679")
    await office.tell("gate_changed", to=To(phone=NUMBER))
    await office.db.execute(
        "UPDATE messages SET recipient_sealed = (SELECT recipient_sealed FROM messages "
        "ORDER BY id LIMIT 1) WHERE status = 'QUEUED'"
    )
    await office.send()
    assert (await office.row())["status"] == "FAILED"
    assert await office.took() == [("+4915112345679", 1)]


async def test_a_rotation_reaches_numbers_and_what_they_are_found_by(office: Office) -> None:
    await text(office)
    await stop(office)
    ring = Keyring(OF_TODAY, former=[OF_BEFORE])
    hold_keyring(office.database, ring)
    # Before anything is sealed anew: found, and not written down twice.
    assert await text(office) == "SUPPRESSED"
    await stop(office)
    assert len(await suppressed(office)) == 1
    await reseal(office.database, keyring=ring, columns=OURS)
    hold_keyring(office.database, Keyring(OF_TODAY))
    assert await text(office) == "SUPPRESSED"
    assert [one.address for one in await suppressed(office)] == [NUMBER]
    rows = await office.db.fetch(
        "SELECT recipient FROM messages UNION SELECT address FROM suppressions"
    )
    assert [row["recipient"].partition(".")[0] for row in rows] == [ring.key_id]


async def test_a_rotation_that_was_broken_off_goes_on(office: Office) -> None:
    for n in range(3):
        await text(office, f"+491511234567{n}")
    ring = Keyring(OF_TODAY, former=[OF_BEFORE])
    hold_keyring(office.database, ring)
    envelopes = "SELECT id, recipient_sealed FROM messages ORDER BY id"
    first, second, third = [tuple(row) for row in await office.db.fetch(envelopes)]
    # The second is held by somebody until the command is given up.
    async with office.db.transaction():
        await office.db.execute("SELECT 1 FROM messages WHERE id = $1 FOR UPDATE", second[0])
        given_up = asyncio.create_task(reseal(office.database, keyring=ring, columns=OURS))

        async def first_is_done() -> bool:
            return tuple((await office.db.fetch(envelopes))[0]) != first

        await until(first_is_done)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
    left = [tuple(row) for row in await office.db.fetch(envelopes)]
    assert left[0] != first
    assert left[1:] == [second, third]
    moved = await reseal(office.database, keyring=ring, columns=OURS)
    assert moved["messages.recipient_sealed"] == 2
    assert (await reseal(office.database, keyring=ring, columns=OURS)) == dict.fromkeys(moved, 0)


async def test_numbers_from_before_are_honoured_and_brought_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "ROWS_PER_ROUND", 2)
    for _ in range(3):
        await office.tell("gate_changed", to=To(phone=NUMBER))
    await office.db.execute("UPDATE messages SET recipient = $1, recipient_sealed = NULL", NUMBER)
    await office.send()
    assert await office.took() == [(NUMBER, 3)]
    await office.db.execute(
        "INSERT INTO suppressions (id, channel, address, reason, created_at) "
        "VALUES (gen_random_uuid(), 'SMS', $1, 'STOPPED', now())",
        NUMBER,
    )
    assert await text(office) == "SUPPRESSED"
    assert await tables_with(office.db, NUMBER[1:]) == ["messages", "suppressions"]
    assert await sealing.seal_numbers(office.database) == 4
    assert await sealing.seal_numbers(office.database) == 0
    assert await tables_with(office.db, NUMBER[1:]) == []
    assert await text(office) == "SUPPRESSED"
    assert [one.address for one in await suppressed(office)] == [NUMBER]


async def test_code_of_before_takes_none_that_it_cannot_read(office: Office) -> None:
    for campaign in (Priority.PERSONAL, Priority.CAMPAIGN):
        async with office.database.transaction() as session:
            new = NewMessage(
                template="gate_changed",
                to=To(phone=NUMBER, email="eve@fans.test"),
                key=str(campaign),
                values=sample("gate_changed"),
                priority=campaign,
            )
            await service.tell_all(session, [new])
    await office.db.execute(
        "INSERT INTO messages (id, key, channel, template, locale, recipient, name, priority, "
        "content, due_at, created_at, updated_at) "
        "SELECT '00000000-0000-4000-8000-000000000001', 'old', channel, "
        "template, locale, $1, name, 0, content, due_at, created_at, updated_at "
        "FROM messages WHERE channel = 'SMS' LIMIT 1",
        NUMBER,
    )
    # The lanes of before: a number in clear alone.
    rows = await office.db.fetch(
        "SELECT key FROM messages WHERE channel = 'SMS' AND priority IN (0, 1)"
    )
    assert [row["key"] for row in rows] == ["old"]
    await office.send()
    assert await office.took() == [(NUMBER, 3), ("eve@fans.test", 2)]
    assert await sealing.seal_numbers(office.database) == 1
    # It hears of one that we sent, and writes down what it sees.
    await office.db.execute(
        "INSERT INTO suppressions (id, channel, address, reason, message_id, created_at) "
        "SELECT gen_random_uuid(), 'SMS', recipient, 'STOPPED', id, now() FROM messages "
        "WHERE channel = 'SMS' LIMIT 1"
    )
    assert await sealing.seal_numbers(office.database) == 0
    assert await text(office) == "SUPPRESSED"


async def test_who_is_forgotten_leaves_no_number_and_nothing_that_was_stopped(
    office: Office,
) -> None:
    person = UserId(uuid4())
    await text(office, user_id=person)
    await stop(office)
    async with office.database.transaction() as session:
        (told,) = await queries.told_to(session, user_id=person, limit=9)
        assert told["to"] == NUMBER
        await queries.forget_person(session, user_id=person, now=clock.now())
    row = await office.row()
    assert (row["recipient"], row["recipient_sealed"], row["content"]) == ("", None, "{}")
    assert await office.db.fetchval("SELECT count(*) FROM suppressions") == 0


async def test_to_whom_something_was_told_is_forgotten_after_its_time(office: Office) -> None:
    both = To(email="eve@fans.test", phone=NUMBER, name="Eve")
    now = office.clock.now()
    day = dt.timedelta(days=1)
    for age in (MAILS_KEPT + day, NUMBERS_KEPT + day, NUMBERS_KEPT - day):
        await office.tell("gate_changed", to=both)
        await office.send()
        await _made_at(office, now - age)
    # What a person must look at, however old it is, has somebody to be told.
    await office.tell("gate_changed", to=both)
    await _made_at(office, now - MAILS_KEPT - day)
    assert await forget_recipients(office.database, now=now) == 3
    assert await forget_recipients(office.database, now=now) == 0
    rows = await office.db.fetch(
        "SELECT status = 'QUEUED' AS waits, channel::TEXT, recipient <> '' AS known, "
        "recipient_sealed IS NOT NULL AS sealed, name, content <> '{}' AS says "
        "FROM messages ORDER BY id, channel"
    )
    assert sorted(tuple(row) for row in rows) == sorted(
        [
            *(
                (False, "EMAIL", known, False, "Eve" * known, known)
                for known in (False, True, True)
            ),
            *((False, "SMS", known, known, "Eve" * known, known) for known in (False, False, True)),
            (True, "EMAIL", True, False, "Eve", True),
            (True, "SMS", True, True, "Eve", True),
        ]
    )


async def _made_at(office: Office, at: dt.datetime) -> None:
    """The two newest messages, as if they had been told then."""
    first = first_id_of(int(at.timestamp() * 1000)).int
    rows = await office.db.fetch("SELECT id FROM messages ORDER BY created_at DESC, id LIMIT 2")
    for n, row in enumerate(rows):
        aged = UUID(int=first + uuid4().int % 2**64 * 2 + n)
        await office.db.execute("UPDATE messages SET id = $2 WHERE id = $1", row["id"], aged)
