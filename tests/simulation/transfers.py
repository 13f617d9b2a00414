"""Tickets of a simulated world that change hands: foretold from the tables, and counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from arenapulse.core.errors import Refusal
from arenapulse.core.ids import OrderId, UserId, ticket_id
from arenapulse.identity.schemas import Revoked
from arenapulse.identity.service.sessions import Desk
from arenapulse.notifications.service.telling import SEALED_FOR, SEND_TASK
from arenapulse.orders import holding
from arenapulse.orders.errors import TicketNotFound
from arenapulse.orders.schemas import TicketDetails
from arenapulse.runtime.cache import Cache
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import reactions_to
from arenapulse.tickets import service as tickets
from arenapulse.tickets.errors import TicketStateForbids
from arenapulse.tickets.facts import TicketTransferred
from arenapulse.tickets.schemas import TransferBody, TransferView
from tests.simulation.gates import Silent
from tests.simulation.handovers import Give, Handover, Scramble, TakeBack, TakeBeside
from tests.simulation.house import House
from tests.simulation.snapshot import Key, Row, Snapshot

# Valkey has no part in it: whoever asks is refused at once.
_SILENT: Final = Redis(port=1, retry=Retry(NoBackoff(), 0))
_OF_THE_PLACE: Final = (
    *("event_id", "section_id", "seat_index", "seat", "seat_row"),
    *("price_level", "amount", "fee", "discount"),
)


@dataclass
class _Told:
    """What people were answered of one transfer."""

    token: str
    to: UUID
    taken: TicketDetails | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True)
class _View:
    """The tables as they stand before a step."""

    now: Snapshot
    offers: Mapping[UUID, Row] = field(default_factory=dict)

    def holder(self, key: Key) -> UUID:
        found: UUID = self.now.tickets[key]["holder_id"] or self.now.orders[key[0]]["user_id"]
        return found

    def open_offer(self, key: Key) -> Row | None:
        return next(
            (
                row
                for row in self.offers.values()
                if (row["order_id"], row["number"]) == key and row["ended_at"] is None
            ),
            None,
        )

    def may_go(self, key: Key) -> bool:
        """Whether a ticket may change hands: its place must be paid for and stay so."""
        is_going_back = any(
            refund["order_id"] == key[0] and key[1] in refund["numbers"]
            for refund in self.now.refunds.values()
            if refund["status"] != "FAILED"
        )
        return (
            self.now.tickets[key]["status"] == "VALID"
            and self.now.orders[key[0]]["payment_status"] != "DISPUTED"
            and not is_going_back
        )


class _Unheard:
    async def tell(self, news: Revoked) -> None: ...


class Transfers:
    """Who gives and takes in a house, and what they were answered."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._told: dict[UUID, _Told] = {}
        self._courier = tickets.Courier(
            base_url="https://arena.test",
            needs_proof=False,
            news=Silent(),
            desk=Desk(news=_Unheard(), cache=Cache(_SILENT)),
        )
        self._jobs = (SEND_TASK, *reactions_to(house.database, TicketTransferred))

    async def do(self, step: Handover, before: Snapshot) -> str:
        """What came of it, in words; raises where it is not what it must be."""
        view = await self._view(before)
        if isinstance(step, Give):
            pool = self._pool(before, any_state=step.any_state)
            return str(
                await self._give(pool[step.ticket % len(pool)], step.to, view) if pool else 0
            )
        if isinstance(step, Scramble | TakeBeside):
            made = await self.offered(step, view=view)
            return "nothing to give" if made is None else await self._scramble(made)
        if not self._told:
            return "nothing was offered"
        offer = list(self._told)[step.offer % len(self._told)]
        if isinstance(step, TakeBack):
            return str(await self._take_back(offer, view))
        return str(await self._take(offer, view, by_other=step.by_other))

    async def offered(
        self, step: Scramble | TakeBeside, *, view: _View, of: Collection[Key] = ()
    ) -> UUID | None:
        """An offer that waits, of a ticket that may go, of one of these if there is."""
        pool = [key for key in self._pool(view.now) if view.may_go(key)]
        pool = [key for key in pool if key in of] or pool
        if not pool:
            return None
        key = pool[step.ticket % len(pool)]
        waiting = view.open_offer(key)
        if waiting is not None:
            found: UUID = waiting["id"]
            return found
        made = await self._give(key, step.to, view)
        assert isinstance(made, TransferView), f"{key} was not offered: {made!r}"
        return made.transfer_id

    async def beside(self, step: TakeBeside, before: Snapshot, of: Collection[Key]) -> UUID | None:
        """The offer that is to be taken beside something else."""
        return await self.offered(step, view=await self._view(before), of=of)

    async def race(self, offer: UUID) -> str:
        """Taken by whom it was meant for, while the ticket may go otherwise."""
        outcome = await self._accept(offer)
        assert isinstance(outcome, TicketDetails | TicketStateForbids), f"taken: {outcome!r}"
        return type(outcome).__name__

    async def forget_jobs(self) -> None:
        """The world's own jobs arrive in the order of its seed, whoever else has some."""
        await self._house.eyes.execute(
            "DELETE FROM pgqueuer WHERE entrypoint = ANY ($1)", list(self._jobs)
        )

    def _pool(self, before: Snapshot, *, any_state: bool = False) -> list[Key]:
        states = {"VALID"} if not any_state else {"VALID", "VOID", "CHECKED_IN", "TRANSFERRED"}
        return [key for key, row in sorted(before.tickets.items()) if row["status"] in states]

    async def _view(self, before: Snapshot) -> _View:
        rows = await self._house.eyes.fetch("SELECT * FROM ticket_transfers ORDER BY id")
        return _View(before, {row["id"]: row for row in rows})

    async def _within(self, work: Any) -> Any:
        return await self._house.attempt(self._house.within(work))

    async def _offer(self, key: Key, giver: UUID, to: UUID) -> TransferView | Refusal:
        async def work(session: Session) -> TransferView:
            return await tickets.offer(
                session,
                giver=UserId(giver),
                ticket=_id(key),
                body=TransferBody(email=f"{to}@fans.test"),
                courier=self._courier,
                now=self._house.time,
            )

        made: TransferView | Refusal = await self._within(work)
        if isinstance(made, TransferView):
            self._told[made.transfer_id] = _Told(await self._mailed(made.transfer_id), to)
        return made

    async def _mailed(self, transfer_id: UUID) -> str:
        """The token, as it stands in the mail that waits."""
        row = await self._house.eyes.fetchrow(
            "SELECT id, sealed FROM messages WHERE key = $1", f"transfer_offered:{transfer_id}"
        )
        assert row is not None, "nobody is told of an offer"
        values = self._house.runtime.keyring.open(
            row["sealed"], purpose=SEALED_FOR, bound_to=f"messages {row['id']}"
        )
        return str(msgspec.json.decode(values)["url"].rsplit("/", 1)[-1])

    async def _accept(self, offer: UUID, *, who: UUID | None = None) -> Any:
        """Taken by somebody, whom it was meant for where nobody is named."""
        told = self._told[offer]

        async def work(session: Session) -> TicketDetails:
            return await tickets.accept(
                session,
                recipient=UserId(who or told.to),
                token=told.token,
                courier=self._courier,
                now=self._house.time,
            )

        outcome = await self._within(work)
        if isinstance(outcome, TicketDetails):
            assert told.taken is None, f"{offer} was taken twice"
            told.taken = outcome
        return outcome

    async def _withdraw(self, offer: UUID, *, key: Key, giver: UUID) -> Any:
        async def work(session: Session) -> None:
            await tickets.withdraw(
                session, giver=UserId(giver), ticket=_id(key), now=self._house.time
            )

        return await self._within(work)

    async def _give(self, key: Key, to: int, view: _View) -> TransferView | Refusal:
        giver = view.holder(key)
        others = [person for person in self._house.names.persons if person != giver]
        made = await self._offer(key, giver, others[to % len(others)])
        expected = view.may_go(key) and view.open_offer(key) is None
        assert isinstance(made, TransferView if expected else TicketStateForbids), (
            f"an offer of {key} must be made: {expected}, came {made!r}"
        )
        return made

    async def _take_back(self, offer: UUID, view: _View) -> str:
        row = view.offers[offer]
        key, giver = (row["order_id"], row["number"]), row["giver_id"]
        waiting = view.open_offer(key)
        outcome = await self._withdraw(offer, key=key, giver=giver)
        if waiting is None:
            assert isinstance(outcome, TicketStateForbids), f"nothing waits, came {outcome!r}"
        else:
            assert outcome is None, f"{waiting} must end, came {outcome!r}"
            self._told[waiting["id"]].is_withdrawn = True
        return "withdrawn" if waiting is not None else "nothing to withdraw"

    async def _take(self, offer: UUID, view: _View, *, by_other: bool) -> str:
        row = view.offers[offer]
        key: Key = (row["order_id"], row["number"])
        meant = self._told[offer].to
        others = [person for person in self._house.names.persons if person != meant]
        outcome = await self._accept(offer, who=others[0] if by_other else meant)
        if row["outcome"] == "TAKEN" and not by_other:
            assert isinstance(outcome, TicketStateForbids), f"taken again: {outcome!r}"
        elif by_other or row["ended_at"] is not None:
            assert isinstance(outcome, TicketNotFound), f"not theirs, or over: {outcome!r}"
        elif not view.may_go(key):
            assert isinstance(outcome, TicketStateForbids), f"may not go: {outcome!r}"
        else:
            assert isinstance(outcome, TicketDetails), f"must be taken: {outcome!r}"
            last = max(number for of, number in view.now.tickets if of == key[0])
            assert outcome.ticket_id == _id((key[0], last + 1)), f"{outcome} after {last}"
            assert outcome.status == "VALID", f"{outcome}"
        return type(outcome).__name__

    async def _scramble(self, offer: UUID) -> str:
        row = await self._house.eyes.fetchrow("SELECT * FROM ticket_transfers WHERE id = $1", offer)
        assert row is not None
        key: Key = (row["order_id"], row["number"])
        giver, meant = row["giver_id"], self._told[offer].to

        async def reissue(session: Session) -> int | None:
            return await holding.reissue(session, ticket=_id(key), holder=UserId(giver))

        taken, again, withdrawn, anew, version = await asyncio.gather(
            self._accept(offer, who=meant),
            self._accept(offer, who=meant),
            self._withdraw(offer, key=key, giver=giver),
            self._offer(key, giver, meant),
            self._within(reissue),
        )
        assert version is None or version > 0
        end = await self._house.eyes.fetchval(
            "SELECT outcome FROM ticket_transfers WHERE id = $1", offer
        )
        many = sum(isinstance(each, TicketDetails) for each in (taken, again))
        found = (many, withdrawn is None, isinstance(anew, TransferView))
        assert end in ("TAKEN", "WITHDRAWN"), f"nobody ended {offer}: {found}"
        if end == "TAKEN":
            assert found == (1, False, False), f"taken, and then {found}"
        else:
            assert found[:2] == (0, True), f"withdrawn, and then {found}"
            self._told[offer].is_withdrawn = True
        return f"{end} {found}"

    async def faults(self, before: Snapshot, now: Snapshot) -> list[str]:
        """What is wrong between the offers, the tickets, and what people were answered."""
        view = await self._view(now)
        found = _lineage(before, now)
        for offer, told in self._told.items():
            row = view.offers[offer]
            if told.taken is not None:
                new = told.taken.ticket_id.int - row["order_id"].int
                if (row["outcome"], row["new_number"]) != ("TAKEN", new):
                    found.append(f"{offer} was taken as {new}, recorded is {dict(row)}")
            elif told.is_withdrawn and row["outcome"] != "WITHDRAWN":
                found.append(f"{offer} was withdrawn, recorded is {dict(row)}")
            elif row["outcome"] == "TAKEN":
                found.append(f"{offer} is taken, and nobody was told")
        heirs = {key for key, row in now.tickets.items() if row["from_number"] is not None}
        taken = {
            (row["order_id"], row["new_number"]): row
            for row in view.offers.values()
            if row["outcome"] == "TAKEN"
        }
        found += [f"ticket {key} came of no offer" for key in heirs - taken.keys()]
        for key, row in taken.items():
            heir = now.tickets.get(key)
            if heir is None or (heir["holder_id"], heir["from_number"]) != (
                row["recipient_id"],
                row["number"],
            ):
                found.append(f"{dict(row)} was taken, and the ticket is {heir}")
        return found


def _lineage(before: Snapshot, now: Snapshot) -> list[str]:
    """Each ticket that was given away has one heir, of the same place, and nobody else has."""
    found: list[str] = []
    heirs = Counter[Key]()
    for (order_id, number), row in now.tickets.items():
        old = before.tickets.get((order_id, number))
        if old is not None and any(old[c] != row[c] for c in ("holder_id", "from_number")):
            found.append(f"ticket {order_id} {number} of {old} became that of {row}")
        if row["from_number"] is None:
            continue
        source = (order_id, row["from_number"])
        heirs[source] += 1
        given = now.tickets[source]
        if any(given[column] != row[column] for column in _OF_THE_PLACE):
            found.append(f"{row} came of {given}")
    away: Sequence[Key] = [k for k, row in now.tickets.items() if row["status"] == "TRANSFERRED"]
    if heirs != Counter(away):
        found.append(f"given away are {away}, and heirs have {dict(heirs)}")
    return found


def _id(key: Key) -> Any:
    return ticket_id(OrderId(key[0]), number=key[1])
