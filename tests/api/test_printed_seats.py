"""What stands on a seat where its row is numbered otherwise than orders count it."""

from __future__ import annotations

import csv
import io

import asyncpg
import httpx

from arenapulse.core.ids import SectionId
from arenapulse.core.settings import Settings
from arenapulse.venues.geometry import Geometry, Numbering, Part, RowPath, encode
from tests.gates import make_evening, scan, seconds_ago
from tests.worlds import Place, make_fans

ODD = Numbering(start=101, step=2)
ONE_ROW = Place(2, rows=(("A", 2),), amount=0, fee=0)


async def test_gates_and_lists_say_what_stands_on_the_seat(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    evening = await make_evening(client, db, settings, sections=(ONE_ROW,))
    part = Part(rows=(RowPath(numbering=ODD),))
    drawn = Geometry(parts={SectionId(evening.world.section_ids[0]): part})
    await db.execute(
        "UPDATE venue_charts SET geometry = $2 WHERE venue_id = $1",
        *(evening.world.venue_id, encode(drawn).decode()),
    )
    one, other = await evening.tickets(2)
    # Without a network a device has its list alone.
    listed = (await evening.manifest())["tickets"]
    seats = [(each["row"], each["seat"], each["printedSeat"]) for each in listed]
    assert sorted(seats) == [("A", 1, 101), ("A", 2, 103)]
    printed = {each["ticketId"]: each["printedSeat"] for each in listed}
    answer = await evening.scan(await evening.code(one))
    assert answer.json()["data"]["printedSeat"] == printed[one]
    code = await evening.code(other)
    twice = [scan(code, scannedAt=seconds_ago(ago)) for ago in (2, 1)]
    results = await evening.batch(*twice)
    assert [(each["result"], each["printedSeat"]) for each in results] == [
        ("ADMITTED", printed[other]),
        ("CONFLICT", printed[other]),
    ]
    (manager,) = await make_fans(db, evening.world, 1, role="MANAGER")
    export = await client.get(f"{evening.path}/attendees/export.csv", headers=manager.headers)
    rows = csv.DictReader(io.StringIO(export.text))
    assert {row["ticketId"]: int(row["seat"]) for row in rows} == printed


async def test_where_the_numbers_are_the_same_nothing_is_said(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    evening = await make_evening(client, db, settings, sections=(ONE_ROW,))
    (ticket,) = await evening.tickets()
    (listed,) = (await evening.manifest())["tickets"]
    answer = (await evening.scan(await evening.code(ticket))).json()["data"]
    assert listed["seat"] == answer["ticket"]["seat"]
    assert "printedSeat" not in listed | answer
