"""Ten gates, half of them without a network for minutes, let everybody in once and count them."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections import Counter
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from arenapulse.gates.terms import BATCH_MAX
from arenapulse.tickets import ticketcode
from arenapulse.tickets.ticketcode import EventKeys, Payload
from tests.gates import Evening, make_evening, now, scan

PEOPLE = 5_000
AN_ORDER = 100
GATES = 10
# People who try a second gate: half of those gates have no network to know better.
GREEDY = 400
AWAY = dt.timedelta(minutes=8)


async def sold(evening: Evening) -> list[UUID]:
    found: list[str] = []
    for _ in range(PEOPLE // AN_ORDER):
        found += await evening.tickets(AN_ORDER)
    await evening.code(found[0])
    return [UUID(ticket) for ticket in found]


def shown(ticket: UUID, *, evening: Evening, keys: EventKeys, at: dt.datetime) -> str:
    """As a wallet makes it."""
    payload = Payload(ticket, evening.world.event_id, 0)
    return ticketcode.code_at(payload, keys=keys, unix=at.timestamp())


async def test_ten_gates_half_offline_for_minutes_admit_five_thousand_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    chance = random.Random(17)
    evening = await make_evening(client, db, settings, config={"maxTicketsPerOrder": AN_ORDER})
    tickets = await sold(evening)
    keys = await evening.keys()
    people = [*tickets, *chance.sample(tickets, GREEDY)]
    chance.shuffle(people)
    lanes: list[list[tuple[UUID, str]]] = [[] for _ in range(GATES)]
    for number, ticket in enumerate(people):
        lanes[chance.randrange(GATES)].append((ticket, f"s{number}"))
    answers: Counter[str] = Counter()

    def at_gate(gate: int, **more: Any) -> dict[str, Any]:
        return {"gate": f"G{gate}", "deviceId": f"d{gate}", **more}

    async def online(gate: int) -> None:
        for ticket, number in lanes[gate]:
            code = shown(ticket, evening=evening, keys=keys, at=now())
            answers[await evening.scan_at_once(code, **at_gate(gate, clientId=number))] += 1

    async def offline(gate: int) -> None:
        """Comes back with the scans of minutes, and hears no answer to the first try."""
        kept: list[dict[str, Any]] = []
        for place, (ticket, number) in enumerate(lanes[gate]):
            at = now() - AWAY * (1 - place / len(lanes[gate]))
            code = shown(ticket, evening=evening, keys=keys, at=at)
            kept.append(scan(code, **at_gate(gate, clientId=number, scannedAt=at.isoformat())))
        for start in range(0, len(kept), BATCH_MAX):
            some = kept[start : start + BATCH_MAX]
            first = await evening.batch(*some)
            again = await evening.batch(*some)
            assert [each["result"] for each in again] == [each["result"] for each in first]
            answers.update(each["result"] for each in first)

    # Those who come back do so while the others go on.
    await asyncio.gather(*(offline(gate) if gate % 2 else online(gate) for gate in range(GATES)))
    flagged = answers["CONFLICT"]
    assert answers["ADMITTED"] == PEOPLE
    assert answers["TICKET002"] + flagged == GREEDY
    assert answers.total() == PEOPLE + GREEDY
    recorded = Counter(result for result, _ in await evening.recorded())
    assert recorded == {"ADMITTED": PEOPLE, "CONFLICT": flagged}
    whole = await evening.manifest()
    assert (whole["admitted"], whole["inside"]) == (PEOPLE, PEOPLE)
    assert Counter(each["status"] for each in whole["tickets"]) == {"CHECKED_IN": PEOPLE}
    await books_agree(evening)


async def books_agree(evening: Evening) -> None:
    """The counters, the scans, who is inside and the tickets say the same."""
    row = await evening.db.fetchrow(
        """
        SELECT g.admitted, g.inside, g.sequence,
          (SELECT count(*) FROM tickets t
            WHERE t.event_id = $1 AND t.status = 'CHECKED_IN') AS used,
          (SELECT count(*) FROM presences p WHERE p.event_id = $1 AND p.is_inside) AS present,
          (SELECT sum(c.admitted) FROM gate_counts c WHERE c.event_id = $1) AS by_gate,
          (SELECT count(*) FROM checkins k WHERE k.event_id = $1) AS scans
        FROM event_gates g WHERE g.event_id = $1
        """,
        evening.world.event_id,
    )
    assert row["admitted"] == row["used"] == row["by_gate"]
    assert row["inside"] == row["present"]
    # From 1, and without a gap where nothing else changed.
    assert row["sequence"] == 1 + row["scans"]
