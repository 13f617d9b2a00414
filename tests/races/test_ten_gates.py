"""Ten gates, half of them without a network for a while, let everybody in once and count them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from arenapulse.gates.terms import BATCH_MAX
from arenapulse.tickets import ticketcode
from arenapulse.tickets.ticketcode import Payload
from tests.gates import Evening, make_evening, now, scan

PEOPLE = 400
GATES = 10
# People who try a second gate: half of those gates have no network to know better.
GREEDY = 60
AT_ONCE = 32


async def crowd(evening: Evening) -> dict[str, str]:
    """A code by ticket, made as a wallet would."""
    tickets: list[str] = []
    for _ in range(PEOPLE // 10):
        tickets += await evening.tickets(10)
    await evening.code(tickets[0])
    keys = await evening.keys()
    at = now()
    return {
        ticket: ticketcode.code_at(
            Payload(UUID(ticket), evening.world.event_id, 0),
            keys=keys,
            unix=at.timestamp(),
        )
        for ticket in tickets
    }


async def test_ten_gates_half_offline_admit_everybody_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    chance = random.Random(17)
    evening = await make_evening(client, db, settings)
    codes = await crowd(evening)
    at = now().isoformat()
    people = [*codes, *chance.sample(list(codes), GREEDY)]
    chance.shuffle(people)
    kept: dict[int, list[dict[str, Any]]] = {gate: [] for gate in range(GATES)}
    answers: Counter[str] = Counter()
    room = asyncio.Semaphore(AT_ONCE)

    async def online(ticket: str, gate: int, number: int) -> None:
        async with room:
            answer = await evening.scan(
                codes[ticket], gate=f"G{gate}", deviceId=f"d{gate}", clientId=f"s{number}"
            )
        answers["ADMITTED" if answer.is_success else answer.json()["error"]["code"]] += 1

    waiting: list[asyncio.Task[None]] = []
    for number, ticket in enumerate(people):
        gate = chance.randrange(GATES)
        if gate % 2:
            kept[gate].append(
                scan(
                    codes[ticket],
                    gate=f"G{gate}",
                    deviceId=f"d{gate}",
                    clientId=f"s{number}",
                    scannedAt=at,
                )
            )
        else:
            waiting.append(asyncio.create_task(online(ticket, gate, number)))
    await asyncio.gather(*waiting)
    flagged = 0
    for scans in filter(None, kept.values()):
        assert len(scans) <= BATCH_MAX
        first = await evening.batch(*scans)
        # The answer was lost: the device sends all of it again.
        again = await evening.batch(*scans)
        assert [each["result"] for each in again] == [each["result"] for each in first]
        flagged += sum(each["result"] == "CONFLICT" for each in first)
        answers.update(each["result"] for each in first)
    assert answers["ADMITTED"] == PEOPLE
    assert answers["TICKET002"] + flagged == GREEDY
    recorded = Counter(result for result, _ in await evening.recorded())
    assert recorded == {"ADMITTED": PEOPLE, "CONFLICT": flagged}
    whole = await evening.manifest()
    assert (whole["admitted"], whole["inside"]) == (PEOPLE, PEOPLE)
    assert {each["status"] for each in whole["tickets"]} == {"CHECKED_IN"}
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
