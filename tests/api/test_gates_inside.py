"""Who is inside, and in which zone: by when scans were made, and by the rules that stand now."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Final

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.gates import Evening, make_evening, now, scan

HALL: Final = {"name": "A", "zone": "Hall"}
TERRACE: Final = {"name": "B", "zone": "Terrace"}
ZONES: Final = [{"name": "Hall"}, {"name": "Terrace"}]
# Minutes ago, at which gate, and which way.
Pass = tuple[int, str, str]
IN, OUT, IN_AGAIN = (30, "A", "IN"), (20, "A", "OUT"), (10, "B", "IN")


@pytest.fixture
async def evening(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Evening:
    return await make_evening(client, db, settings)


async def _inside(evening: Evening) -> tuple[int, dict[str, int]]:
    """In all, and by zone; the rows of who is inside say the same."""
    answer = await evening.client.get(f"{evening.path}/gates/live", headers=evening.staff.headers)
    told = answer.json()["data"]
    rows = await evening.db.fetchval(
        "SELECT count(*) FROM presences WHERE event_id = $1 AND is_inside", evening.world.event_id
    )
    assert told["inside"] == rows
    return told["inside"], {each["zone"]: each["inside"] for each in told["zones"]}


async def _tell(evening: Evening, ticket: str, passes: tuple[Pass, ...]) -> None:
    """Each by another device that had no network, in the order in which they find one again."""
    for minutes, gate, direction in passes:
        at = now() - dt.timedelta(minutes=minutes)
        one = scan(
            await evening.code_made(ticket, at=at),
            gate=gate,
            direction=direction,
            deviceId=f"{gate}-{direction}",
            scannedAt=at.isoformat(),
        )
        (result,) = await evening.batch(one)
        assert result["result"] in {"ADMITTED", "LEFT", "CONFLICT"}


@pytest.mark.parametrize("reentry", [True, False])
@pytest.mark.parametrize("told", [*itertools.permutations((IN, OUT, IN_AGAIN))])
async def test_in_and_out_and_in_again_is_inside_in_whatever_order_devices_tell_it(
    evening: Evening, told: tuple[Pass, ...], reentry: bool
) -> None:
    await evening.set_rules(reentry=reentry, zones=ZONES, gates=[HALL, TERRACE])
    (ticket,) = await evening.tickets()
    await evening.code(ticket)
    await _tell(evening, ticket, told)
    assert await _inside(evening) == (1, {"Hall": 0, "Terrace": 1})
    assert len(await evening.recorded()) == 3


@pytest.mark.parametrize("told", [*itertools.permutations((IN, OUT))])
async def test_in_and_out_is_outside_in_whatever_order_devices_tell_it(
    evening: Evening, told: tuple[Pass, ...]
) -> None:
    await evening.set_rules(reentry=True, zones=ZONES, gates=[HALL, TERRACE])
    (ticket,) = await evening.tickets()
    await evening.code(ticket)
    await _tell(evening, ticket, told)
    assert await _inside(evening) == (0, {"Hall": 0, "Terrace": 0})
    # They may come back: nothing of what came late stands in their way.
    answer = await evening.scan(await evening.code_made(ticket, at=now()), gate="B")
    assert answer.status_code == 200, answer.text
    assert await _inside(evening) == (1, {"Hall": 0, "Terrace": 1})


async def test_what_is_told_late_brings_nobody_into_a_zone_that_is_no_more(
    evening: Evening,
) -> None:
    await evening.set_rules(reentry=False, zones=ZONES, gates=[HALL, TERRACE])
    (ticket,) = await evening.tickets()
    await evening.code(ticket)
    await _tell(evening, ticket, (IN, (10, "A", "IN")))
    await evening.set_rules(
        zones=[{"name": "Great hall"}, {"name": "Terrace"}],
        gates=[{"name": "A", "zone": "Great hall"}, TERRACE],
    )
    await _tell(evening, ticket, (OUT,))
    assert await _inside(evening) == (1, {"Great hall": 1, "Terrace": 0})


async def test_who_is_in_already_is_counted_by_the_zones_that_there_are_now(
    evening: Evening,
) -> None:
    for ticket, gate in zip(await evening.tickets(3), ("A", "A", "B"), strict=True):
        assert (await evening.scan(await evening.code(ticket), gate=gate)).status_code == 200
    # Nobody thought of zones before the gates opened.
    await evening.set_rules(zones=ZONES, gates=[HALL, TERRACE])
    assert await _inside(evening) == (3, {"Hall": 2, "Terrace": 1})
    # A zone has another name, and its gate leads to it as before.
    await evening.set_rules(
        zones=[{"name": "Great hall"}, {"name": "Terrace"}],
        gates=[{"name": "A", "zone": "Great hall"}, TERRACE],
    )
    assert await _inside(evening) == (3, {"Great hall": 2, "Terrace": 1})
    # From now on the gate leads elsewhere: who came in by it is where they were.
    await evening.set_rules(
        zones=[{"name": "Great hall"}, {"name": "Terrace"}],
        gates=[{"name": "A", "zone": "Terrace"}, TERRACE],
    )
    assert await _inside(evening) == (3, {"Great hall": 2, "Terrace": 1})
