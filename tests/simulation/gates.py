"""The gates of a simulated world: who is scanned where, foretold from the tables, and counted.

A world's steps at the gates come from dice of their own, so that its orders stay those of its seed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from arenapulse.core.errors import Refusal
from arenapulse.core.ids import EventId, OrderId, OrganizationId, UserId, ticket_id
from arenapulse.gates import scanning
from arenapulse.gates.batcher import Turnstile
from arenapulse.gates.scanning import Scan, Verdict
from arenapulse.orders import holding
from arenapulse.orders.schemas import TicketDetails
from arenapulse.runtime.db import Session
from tests.simulation.house import House
from tests.simulation.snapshot import Key, Row, Snapshot

SHARE: Final = 0.2
GATES: Final = ("North", "South")
_EARLY: Final = dt.timedelta(hours=6)
_BY_TIME: Final = {"ON_SALE", "PAUSED", "SOLD_OUT"}


@dataclass(frozen=True)
class ScanWish:
    """Somebody holds the n-th ticket to a reader; `again` is an earlier scan once more."""

    ticket: int
    gate: str
    is_out: bool = False
    is_stale: bool = False
    """The code of the version before, where there was one; of who gave the ticket away."""
    again: int | None = None


@dataclass(frozen=True)
class AtGates:
    """Scans that arrive together; offline ones were made `seconds_ago`, and are sent twice."""

    scans: tuple[ScanWish, ...]
    is_offline: bool = False
    seconds_ago: int = 0
    cut_after_us: int | None = None


@dataclass(frozen=True)
class Reissue:
    """The holder of a ticket kills its codes."""

    ticket: int


def make_steps(seed: int, *, count: int) -> tuple[tuple[AtGates | Reissue, ...], ...]:
    """What happens at the gates before each of a world's steps."""
    dice = random.Random(f"gates {seed}")
    return tuple((_step(dice),) if dice.random() < SHARE else () for _ in range(count))


def _step(dice: random.Random) -> AtGates | Reissue:
    if dice.random() < 0.1:
        return Reissue(dice.randrange(64))
    offline = dice.random() < 0.4
    scans = tuple(
        ScanWish(
            ticket=dice.randrange(64),
            gate=dice.choice(GATES),
            is_out=dice.random() < 0.1,
            is_stale=dice.random() < 0.1,
            again=dice.randrange(64) if dice.random() < 0.1 else None,
        )
        for _ in range(dice.choice((1, 2, 5, 9)))
    )
    return AtGates(
        scans,
        is_offline=offline,
        seconds_ago=dice.choice((0, 40, 900)) if offline else 0,
        cut_after_us=dice.randrange(6_000) if dice.random() < 0.15 else None,
    )


class Silent:
    """Nobody listens."""

    def tickets_changed(self, tickets: Sequence[tuple[UserId, TicketDetails]]) -> None: ...

    def gates_changed(self, event_ids: Collection[EventId]) -> None: ...


class Gates:
    """Two processes at the gates of a house, and what they were answered."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._told: dict[str, tuple[Scan, Verdict]] = {}
        self._order: list[str] = []

    def _turnstile(self) -> Turnstile:
        house = self._house
        return Turnstile(house.database, news=Silent(), queue_max=1_000, now=house.now)

    async def do(self, step: AtGates | Reissue, before: Snapshot, *, is_raced: bool = False) -> str:
        """What came of it, in words; raises where it is not what it must be.

        What is raced by something else is not foretold.
        """
        worth = _worth(before)
        if not worth:
            return "nobody has a ticket"
        if isinstance(step, Reissue):
            return await self._reissue(before.heir(worth[step.ticket % len(worth)]), before)
        scans = [self._scan(wish, worth, before, step) for wish in step.scans]
        is_calm = step.cut_after_us is None and not is_raced
        foretold = await self._foretell(scans, before) if is_calm else None
        found = await self._judged(scans, cut_after_us=step.cut_after_us)
        if step.is_offline or step.cut_after_us is not None:
            # The answer was lost: the device sends all of it again.
            first, found = found, await self._judged(scans, cut_after_us=None)
            for one, other in zip(first, found, strict=True):
                if isinstance(one, Verdict) and not one.refusal:
                    assert isinstance(other, Verdict)
                    assert (other.number, other.is_replay) == (one.number, True), f"{one} {other}"
        for scan, verdict in zip(scans, found, strict=True):
            assert isinstance(verdict, Verdict), f"{scan} was answered {verdict!r}"
            self._keep(scan, verdict)
        if foretold is not None:
            numbers = [each.number for each in found if isinstance(each, Verdict)]
            assert numbers == foretold, f"foretold {foretold}, came {numbers} of {scans}"
        return " ".join(str(each.number) for each in found if isinstance(each, Verdict))

    def about(self, step: AtGates, before: Snapshot) -> set[Key]:
        """The tickets that are held to readers."""
        worth = _worth(before)
        return {_held_out(wish, worth, before) for wish in step.scans} if worth else set()

    async def _judged(
        self, scans: Sequence[Scan], *, cut_after_us: int | None
    ) -> list[Verdict | Refusal]:
        """One after the other where it is to be foretold; all at once where it is cut."""
        house = self._house
        processes = [self._turnstile(), self._turnstile()]
        try:
            if cut_after_us is None:
                return [
                    await house.attempt(processes[n % 2].put(scan)) for n, scan in enumerate(scans)
                ]
            work = asyncio.gather(
                *(house.attempt(processes[n % 2].put(scan)) for n, scan in enumerate(scans))
            )
            await asyncio.sleep(cut_after_us / 1e6)
            await house.end_connections()
            return list(await work)
        finally:
            for each in processes:
                await each.close()
            if cut_after_us is not None:
                await house.crash()

    def _scan(self, wish: ScanWish, worth: Sequence[Key], before: Snapshot, step: AtGates) -> Scan:
        if wish.again is not None and self._order:
            return self._told[self._order[wish.again % len(self._order)]][0]
        order_id, number = _held_out(wish, worth, before)
        ticket = before.tickets[order_id, number]
        event = before.events[ticket["event_id"]]
        version = ticket["code_version"] - (1 if wish.is_stale and ticket["code_version"] else 0)
        client = f"scan-{len(self._order)}"
        self._order.append(client)
        scan = Scan(
            event_id=EventId(ticket["event_id"]),
            organization_id=OrganizationId(event["organization_id"]),
            order_id=OrderId(order_id),
            number=number,
            ticket_id=ticket_id(OrderId(order_id), number=number),
            version=version,
            client_id=client,
            gate=wish.gate,
            device_id=f"device of {wish.gate}",
            scanned_at=self._house.time - dt.timedelta(seconds=step.seconds_ago),
            is_offline=step.is_offline,
            is_out=wish.is_out,
            is_printed=False,
            is_fresh=True,
            actor_id=self._house.owner.user_id,
        )
        self._told[client] = (scan, _untold(scan))
        return scan

    def _keep(self, scan: Scan, verdict: Verdict) -> None:
        known = self._told[scan.client_id][1]
        if known.number >= 0 and _is_recorded(known):
            assert known.number == verdict.number, f"{scan.client_id}: {known} became {verdict}"
        self._told[scan.client_id] = (scan, verdict)

    async def _foretell(self, scans: Sequence[Scan], before: Snapshot) -> list[int]:
        """The verdicts, from the tables as they stood: nobody else writes meanwhile."""
        eyes = self._house.eyes
        rows = await eyes.fetch("SELECT order_id, number FROM presences")
        present = {(row["order_id"], row["number"]) for row in rows}
        passes = await _passes(eyes)
        status = {key: row["status"] for key, row in before.tickets.items()}
        found: list[int] = []
        told = {client: verdict for client, (_, verdict) in self._told.items()}
        for scan in scans:
            known = told[scan.client_id]
            if known.number >= 0 and _is_recorded(known):
                found.append(known.number)
                continue
            key = (scan.order_id, scan.number)
            ticket, event = before.tickets[key], before.events[scan.event_id]
            order = before.orders[scan.order_id]
            number = _verdict(
                scan,
                ticket=ticket,
                event=event,
                is_disputed=order["payment_status"] == "DISPUTED",
                status=status[key],
                is_inside=key in present and max(passes[key])[-1],
            )
            if number == scanning.ADMITTED or (scan.is_offline and number in _ENTERED):
                status[key] = "CHECKED_IN"
                present.add(key)
            if number in _RECORDED or (scan.is_offline and number in _PASSING):
                passes.setdefault(key, []).append(
                    (scan.scanned_at, _LATEST + len(found), not scan.is_out)
                )
            found.append(number)
            # The same client id later in this very step gives what is recorded again.
            told[scan.client_id] = _untold(scan, number=number)
        return found

    async def _reissue(self, key: Key, before: Snapshot) -> str:
        order_id, number = key
        holder = UserId(before.tickets[key]["holder_id"] or before.orders[order_id]["user_id"])
        ticket = ticket_id(OrderId(order_id), number=number)

        async def work(session: Session) -> int | None:
            return await holding.reissue(session, ticket=ticket, holder=holder)

        version = await self._house.within(work)
        was = before.tickets[key]
        assert version == (was["code_version"] + 1 if was["status"] == "VALID" else None)
        return f"version {version}"

    async def faults(self, now: Snapshot) -> list[str]:
        """What is wrong between the scans, the counters, the presences and what was answered."""
        eyes = self._house.eyes
        scans = await eyes.fetch("SELECT * FROM checkins ORDER BY event_id, sequence")
        found = self._unrecorded(scans) + await _books(eyes)
        for row in scans:
            ticket = now.tickets[row["order_id"], row["number"]]
            if ticket["status"] in _OUTSIDE and row["result"] == "ADMITTED":
                found.append(f"ticket {row['order_id']} {row['number']} is in and {ticket}")
        return found

    def _unrecorded(self, scans: Sequence[asyncpg.Record]) -> list[str]:
        times = Counter(row["client_id"] for row in scans)
        found = [f"{client} is recorded {many} times" for client, many in times.items() if many > 1]
        results = {row["client_id"]: row["result"] for row in scans}
        for client, (_, verdict) in self._told.items():
            if verdict.number < 0:
                continue
            told = _result(verdict)
            if results.get(client) != told:
                found.append(f"{client} was told {told}, recorded is {results.get(client)}")
        return found


# When, in which order it was recorded, and whether it was inwards.
Pass = tuple[dt.datetime, int, bool]
_LATEST: Final = 10**9
_ENTERED: Final = frozenset(
    {scanning.NOT_OPEN, scanning.WRONG_GATE, scanning.NO_PRINTED, scanning.EXPIRED}
)
_PASSING: Final = _ENTERED | {scanning.DUPLICATE, scanning.NOT_INSIDE}
_INWARDS: Final = _ENTERED | {scanning.DUPLICATE}


async def _passes(db: asyncpg.Connection) -> dict[Key, list[Pass]]:
    """How people went in and out by each ticket, as the scans say."""
    rows = await db.fetch(
        "SELECT order_id, number, scanned_at, sequence, result, conflict FROM checkins "
        "WHERE conflict IS NULL OR conflict = ANY($1)",
        sorted(_PASSING),
    )
    found: dict[Key, list[Pass]] = {}
    for row in rows:
        is_in = row["result"] == "ADMITTED" or row["conflict"] in _INWARDS
        one = (row["scanned_at"], row["sequence"], is_in)
        found.setdefault((row["order_id"], row["number"]), []).append(one)
    return found


_OUTSIDE: Final = frozenset({"RESERVED", "VALID", "TRANSFERRED"})
_RECORDED: Final = frozenset({scanning.ADMITTED, scanning.LEFT})
_FLAGGED: Final = _ENTERED | {
    *(scanning.DUPLICATE, scanning.OLD_CODE, scanning.STATE, scanning.NOT_INSIDE)
}


def _worth(before: Snapshot) -> list[Key]:
    """Tickets as they were bought: who was given one goes in by what came of it."""
    return [
        key
        for key, row in sorted(before.tickets.items())
        if row["status"] != "RESERVED" and row["from_number"] is None
    ]


def _held_out(wish: ScanWish, worth: Sequence[Key], before: Snapshot) -> Key:
    bought = worth[wish.ticket % len(worth)]
    return bought if wish.is_stale else before.heir(bought)


def _untold(scan: Scan, *, number: int = -1) -> Verdict:
    return Verdict(scan=scan, number=number, is_replay=False)


def _is_recorded(verdict: Verdict) -> bool:
    return verdict.number in _RECORDED or (verdict.scan.is_offline and verdict.number in _FLAGGED)


def _result(verdict: Verdict) -> str | None:
    if verdict.number in _RECORDED:
        return "ADMITTED" if verdict.number == scanning.ADMITTED else "LEFT"
    return "CONFLICT" if _is_recorded(verdict) else None


def _verdict(
    scan: Scan, *, ticket: Row, event: Row, is_disputed: bool, status: str, is_inside: bool
) -> int:
    is_open = event["status"] == "LIVE" or (scan.is_offline and event["status"] == "COMPLETED")
    if not is_open and event["status"] in _BY_TIME:
        is_open = event["start_time"] - _EARLY <= scan.scanned_at <= event["end_time"]
    if not is_open and not scan.is_offline:
        return scanning.NOT_OPEN
    if scan.version != ticket["code_version"]:
        return scanning.OLD_CODE
    if status not in ("VALID", "CHECKED_IN") or (status == "VALID" and is_disputed):
        return scanning.STATE
    if scan.is_out:
        return scanning.LEFT if is_inside else scanning.NOT_INSIDE
    if status != "VALID":
        return scanning.DUPLICATE
    return scanning.ADMITTED if is_open else scanning.NOT_OPEN


async def _books(db: asyncpg.Connection) -> list[str]:
    """Where the counters of an event are not what its scans say."""
    rows = await db.fetch(
        """
        SELECT g.event_id, g.admitted, g.inside, g.sequence, x.* FROM event_gates g
        CROSS JOIN LATERAL (SELECT
          (SELECT count(DISTINCT (c.order_id, c.number)) FROM checkins c
             WHERE c.event_id = g.event_id
               AND (c.result = 'ADMITTED' OR c.conflict IN (7, 8, 12, 13))) AS came,
          -- By the last scan of each that ever came in; 10 is flagged outwards, the others inwards.
          (SELECT count(*) FILTER (WHERE l.result = 'ADMITTED' OR l.conflict IN (2, 7, 8, 12, 13))
             FROM (
             SELECT DISTINCT ON (c.order_id, c.number) c.result, c.conflict FROM checkins c
               JOIN presences p USING (event_id, order_id, number)
               WHERE c.event_id = g.event_id
                 AND (c.conflict IS NULL OR c.conflict IN (2, 7, 8, 10, 12, 13))
               ORDER BY c.order_id, c.number, c.scanned_at DESC, c.sequence DESC) l) AS stay,
          (SELECT count(*) FROM presences p
             WHERE p.event_id = g.event_id AND p.is_inside) AS present,
          (SELECT coalesce(sum(k.admitted), 0) FROM gate_counts k
             WHERE k.event_id = g.event_id) AS by_gate,
          (SELECT count(*) FROM checkins c WHERE c.event_id = g.event_id) AS recorded,
          (SELECT max(c.sequence) FROM checkins c WHERE c.event_id = g.event_id) AS last) x
        WHERE (g.admitted, g.inside, g.inside, g.admitted, g.sequence)
          IS DISTINCT FROM (x.came, x.stay, x.present, x.by_gate, 1 + x.recorded)
          OR x.last > g.sequence
        """
    )
    return [f"the gates' books: {dict(row)}" for row in rows]
