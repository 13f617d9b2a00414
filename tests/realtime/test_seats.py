"""Seats of a section: a snapshot exactly at its sequence, then states, merged and without a gap."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import asyncpg
import pytest

from arenapulse.core.settings import Settings
from tests.realtime.buying import applied, buy, cancel, seat_map, states
from tests.servers import SOON_SECONDS, Server, Socket, connected
from tests.worlds import Fan, Place, World, make_fans, make_world

ROWS = (("A", 10), ("B", 8))


@pytest.fixture
async def hall(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings, sections=(Place(rows=ROWS), Place(20)))


@pytest.fixture
async def buyer(db: asyncpg.Connection, hall: World) -> Fan:
    return (await make_fans(db, hall, 1))[0]


def topic(hall: World, **more: object) -> dict[str, object]:
    return {"eventId": str(hall.event_id), "sectionId": str(hall.section_ids[0])} | more


def seats(row: str, *numbers: int) -> dict[str, Any]:
    return {"seats": [{"row": row, "seat": n} for n in numbers], "quantity": len(numbers)}


async def follow(socket: Socket, ack: dict[str, Any], until: dict[str, str]) -> int:
    """Applies frames to the snapshot until it shows `until`; every one is the last one's + 1."""
    shown, sequence = states(ack["snapshot"]), ack["sequence"]
    while shown != until:
        frame = await socket.hear("seats:update", seconds=SOON_SECONDS)
        sequence += 1
        assert (frame["sequence"], frame["epoch"]) == (sequence, ack["epoch"])
        shown = applied(shown, frame)
    return sequence


async def test_held_sold_and_free_again_at_the_other_process(
    pair: list[Server], hall: World, db: asyncpg.Connection
) -> None:
    staff = (await make_fans(db, hall, 1, role="STAFF"))[0]
    async with connected(pair[1]) as socket:
        ack = await socket.emit("seats:subscribe", topic(hall))
        assert ack["ok"] is True
        assert ack["snapshot"] == await seat_map(pair[0], hall.event_id, hall.section_ids[0])
        assert ack["snapshot"]["sequence"] == ack["sequence"]
        assert states(ack["snapshot"]) == {"A": "F" * 10, "B": "F" * 8}
        held = await buy(pair[0], staff, hall.order(**seats("A", 3, 4)))
        frame = await socket.hear("seats:update", seconds=SOON_SECONDS)
        assert frame == topic(hall) | {
            "sequence": ack["sequence"] + 1,
            "epoch": ack["epoch"],
            "changes": [["A", 3, "H"], ["A", 4, "H"]],
        }
        box = {"paymentMethod": {"type": "box_office"}}
        await buy(pair[0], staff, hall.order(**seats("B", 8), **box))
        assert (await socket.hear("seats:update"))["changes"] == [["B", 8, "S"]]
        await cancel(pair[0], staff, held)
        assert (await socket.hear("seats:update"))["changes"] == [["A", 3, "F"], ["A", 4, "F"]]


async def test_many_buyers_at_both_processes_end_in_the_map_of_the_database(
    pair: list[Server], hall: World, buyer: Fan
) -> None:
    async with connected(pair[0]) as here, connected(pair[1]) as there:
        acks = [await socket.emit("seats:subscribe", topic(hall)) for socket in (here, there)]
        await asyncio.gather(
            *(buy(pair[n % 2], buyer, hall.order(**seats("A", n))) for n in range(1, 11)),
            *(buy(pair[n % 2], buyer, hall.order(1)) for n in range(6)),
        )
        true = states(await seat_map(pair[0], hall.event_id, hall.section_ids[0]))
        assert true == {"A": "H" * 10, "B": "F" * 8}
        ends = [
            await follow(socket, ack, true) for socket, ack in zip((here, there), acks, strict=True)
        ]
        view = await seat_map(pair[1], hall.event_id, hall.section_ids[0])
        assert ends == [view["sequence"]] * 2


async def test_what_was_missed_is_replayed_and_what_is_gone_is_a_snapshot(
    pair: list[Server], hall: World, buyer: Fan
) -> None:
    async with connected(pair[1]) as watcher, connected(pair[0]) as socket:
        await watcher.emit("seats:subscribe", topic(hall))
        first = await socket.emit("seats:subscribe", topic(hall))
        await socket.emit("seats:unsubscribe", topic(hall))
        for number in (1, 2, 3):
            await buy(pair[0], buyer, hall.order(**seats("B", number)))
            await watcher.hear("seats:update")
        assert socket.heard == []
        again = await socket.emit("seats:subscribe", topic(hall, since=first["sequence"]))
        assert "snapshot" not in again
        frames = [await socket.hear("seats:update") for _ in range(3)]
        assert [f["sequence"] - first["sequence"] for f in frames] == [1, 2, 3]
        assert [f["changes"] for f in frames] == [[["B", n, "H"]] for n in (1, 2, 3)]
        for since in (10**6, 0):
            ack = await socket.emit("seats:subscribe", topic(hall, since=since))
            assert states(ack["snapshot"])["B"] == "HHHFFFFF"


async def test_what_nobody_watched_is_in_the_first_frame_after_it(
    pair: list[Server], hall: World, buyer: Fan
) -> None:
    async with connected(pair[0]) as socket:
        ack = await socket.emit("seats:subscribe", topic(hall))
    view = await seat_map(pair[1], hall.event_id, hall.section_ids[0])
    assert view["sequence"] == ack["sequence"]
    await buy(pair[1], buyer, hall.order(**seats("A", 7)))
    async with connected(pair[1]) as socket:
        back = await socket.emit("seats:subscribe", topic(hall, since=view["sequence"]))
        assert "snapshot" not in back
        frames = [
            await socket.hear("seats:update") for _ in range(back["sequence"] - view["sequence"])
        ]
        assert [change for f in frames for change in f["changes"]] == [["A", 7, "H"]]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sectionId": "x"}, "VALIDATION001"),
        ({"sectionId": None}, "VALIDATION001"),
        ({"since": -1}, "VALIDATION001"),
        ({"since": {"seats": 1}}, "VALIDATION001"),
        ({"more": 1}, "VALIDATION001"),
        ({"eventId": str(uuid.uuid4())}, "EVENT001"),
        ({"sectionId": str(uuid.uuid4())}, "NOTFOUND001"),
    ],
)
async def test_wrong_subscriptions_are_refused(
    pair: list[Server], hall: World, change: dict[str, object], code: str
) -> None:
    async with connected(pair[0]) as socket:
        ack = await socket.emit("seats:subscribe", topic(hall) | change)
        assert (ack["ok"], ack["error"]["code"]) == (False, code)
        standing = topic(hall) | {"sectionId": str(hall.section_ids[1])}
        ack = await socket.emit("seats:subscribe", standing)
        assert (ack["ok"], ack["error"]["code"]) == (False, "NOTFOUND001")


async def test_who_asks_for_seats_where_there_are_none_silences_nobody(
    pair: list[Server], db: asyncpg.Connection, settings: Settings
) -> None:
    hall = await make_world(db, settings, sections=(Place(20), Place(rows=ROWS)))
    (buyer,) = await make_fans(db, hall, 1)
    standing, seated = (topic(hall) | {"sectionId": str(each)} for each in hall.section_ids)
    async with connected(pair[0]) as socket, connected(pair[1]) as stranger:
        await socket.emit("seats:subscribe", seated)
        ack = await stranger.emit("seats:subscribe", standing)
        assert ack["error"]["code"] == "NOTFOUND001"
        # Thrice within two rounds of who looks anew every five seconds and mends one at a time.
        async with asyncio.timeout(SOON_SECONDS):
            for number in (3, 4, 5):
                await buy(pair[0], buyer, hall.order(section=1, **seats("A", number)))
                frame = await socket.hear("seats:update")
                assert frame["changes"] == [["A", number, "H"]]
