"""Drives the product through a plan, foretells what it can, and looks at the books after each step.

python -m tests.simulation.simulation 17     plays seed 17 and prints its steps
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final
from uuid import UUID

from arenapulse.core.errors import Refusal
from arenapulse.core.settings import Environment, Settings
from arenapulse.orders.batcher import Placed
from arenapulse.orders.queries import orders_as_placed
from arenapulse.runtime import log
from tests.books import faults
from tests.simulation import plan as steps
from tests.simulation import snapshot
from tests.simulation.deeds import Deeds, Ledger, Outcome, key_of
from tests.simulation.gates import AtGates, Gates, Reissue, make_steps
from tests.simulation.handovers import Handover, TakeBeside
from tests.simulation.handovers import make_steps as handovers
from tests.simulation.house import House, Power, is_away, own_database, own_power
from tests.simulation.judging import MONEY_DIFFERS, brief, compare, judge
from tests.simulation.oracle import Oracle
from tests.simulation.plan import Fate, Plan, Rush, Step, Wish, make_plan
from tests.simulation.season_steps import SeasonStep
from tests.simulation.season_steps import make_steps as season_steps
from tests.simulation.season_tickets import SeasonTickets
from tests.simulation.snapshot import Key
from tests.simulation.transfers import Transfers

FINALE_ROUNDS: Final = 8
FINALE_SECONDS: Final = 400


class WorldBroken(AssertionError):
    """Something is not as it must be; says the seed and how it came to this."""


class Simulation:
    """One world from its first step to its last; the house must be open."""

    def __init__(
        self, plan: Plan, *, house: House, ledger: Ledger, say: Callable[[str], None] | None = None
    ) -> None:
        self._plan = plan
        self._house = house
        self._ledger = ledger
        self._deeds = Deeds(plan, house=house, ledger=ledger)
        self._gates = Gates(house)
        self._transfers = Transfers(house)
        self._seasons = SeasonTickets(plan, house=house, ledger=ledger, deeds=self._deeds)
        self._say = say
        self._trace: list[str] = []
        self._number = 0

    async def run(self) -> None:
        """Raises `WorldBroken` at the first step after which something is wrong."""
        try:
            seed, count = self._plan.seed, len(self._plan.steps)
            at_gates, hands = make_steps(seed, count=count), handovers(seed, count=count)
            of_season = season_steps(self._plan)
            await self._seasons.open()
            for step, meanwhile, handover, season in zip(
                self._plan.steps, at_gates, hands, of_season, strict=True
            ):
                await self._season(season)
                offer = await self._hand_over(handover, (*meanwhile, step))
                for each in (*meanwhile, step):
                    taker = offer if _may_be_raced(each) else None
                    offer = None if taker is not None else offer
                    if isinstance(each, AtGates | Reissue):
                        await self._at_gates(each, taker)
                    else:
                        await self._one(each, taker)
            await self._finale()
        except Exception as error:
            story = "\n".join(self._trace)
            raise WorldBroken(
                f"seed {self._plan.seed}: {error}\n{story}\n"
                f"again: make simulate SEED={self._plan.seed}"
                f"{' SERIES=1' if self._plan.is_series else ''}"
            ) from error

    async def _season(self, step: SeasonStep | None) -> None:
        if step is None:
            return
        self._note(f"    {step}")
        self._note(f"    → {await self._seasons.do(step)}")
        await self._look(thoroughly=True)

    async def _hand_over(
        self, step: Handover | None, rivals: Sequence[AtGates | Reissue | Step]
    ) -> UUID | None:
        """A ticket changes hands; or the offer that is to be taken beside one of `rivals`."""
        if step is None:
            return None
        self._note(f"    {step}")
        before, offer = self._ledger.before, None
        if isinstance(step, TakeBeside):
            of = {key for rival in rivals if _may_be_raced(rival) for key in self._about(rival)}
            offer = await self._transfers.beside(step, before, of=of)
            self._note(f"    → {offer} waits")
        else:
            self._note(f"    → {await self._transfers.do(step, before)}")
        await self._transfers.forget_jobs()
        await self._look(thoroughly=False)
        return offer

    def _about(self, step: Any) -> set[Key]:
        """The tickets whose state a step is about."""
        before = self._ledger.before
        if isinstance(step, AtGates):
            return self._gates.about(step, before)
        orders = self._ledger.orders_about(step)
        return {key for key in before.tickets if key[0] in orders}

    async def _with(self, work: Awaitable[Outcome], taker: UUID | None) -> Outcome:
        """What the work comes to, while somebody takes the ticket that they were offered."""
        if taker is None:
            return await work
        outcome, taken = await asyncio.gather(work, self._transfers.race(taker))
        self._note(f"    → beside it {taken}")
        await self._transfers.forget_jobs()
        return outcome

    async def _one(self, step: Step, taker: UUID | None) -> None:
        self._number += 1
        self._note(f"{self._number:3} {step}")
        self._house.time += dt.timedelta(seconds=1)
        if isinstance(step, Rush):
            outcome = await self._with(self._rush(step, foretold=True), taker)
        elif isinstance(step, steps.AtOnce):
            outcome = await self._with(self._at_once(step), taker)
        else:
            foretold = True if taker is not None else self._foretell(step)
            outcome = await self._with(self._deeds.do(step), taker)
            compare(foretold, outcome)
        self._note(f"    → {brief(outcome)}")
        await self._look(thoroughly=isinstance(step, Rush) and step.fate is not Fate.CALM)

    async def _at_gates(self, step: AtGates | Reissue, taker: UUID | None) -> None:
        """No time passes, and no order moves: the worlds are those of before there were gates."""
        self._note(f"    {step}")
        work = self._gates.do(step, self._ledger.before, is_raced=taker is not None)
        self._note(f"    → {await self._with(work, taker)}")
        before, after = self._ledger.before, await snapshot.take(self._house.eyes)
        wrong = [
            *await self._gates.faults(after),
            *await self._transfers.faults(before, after),
            *snapshot.forbidden_changes(before, after),
        ]
        assert not wrong, "; ".join(wrong)
        self._ledger.before = after

    def _note(self, line: str) -> None:
        self._trace.append(line)
        if self._say is not None:
            self._say(line)

    def _oracle(self) -> Oracle:
        return Oracle(self._ledger.before, names=self._house.names, now=self._house.time)

    def _foretell(self, step: Step) -> type[Refusal] | bool:
        """The refusal a step must meet; False where it must meet none, True where either may be."""
        if isinstance(step, steps.Cancel | steps.Pay | steps.Refund):
            known = (
                self._ledger.to_refund(step)
                if isinstance(step, steps.Refund)
                else self._ledger.acknowledged.get(step.wish)
            )
            if known is None:
                return False
            order = self._ledger.before.orders[known.order.order_id]
            if isinstance(step, steps.Pay):
                return self._oracle().pay(order) or False
            if isinstance(step, steps.Refund):
                numbers = self._ledger.refunded_numbers(step, known.order)
                oracle = self._oracle()
                return oracle.refund(order, numbers=numbers, amount=step.amount) or False
            return self._oracle().cancel(order) or False
        if isinstance(step, steps.Move):
            return self._oracle().move(step) or False
        if isinstance(step, steps.Reshape):
            return self._oracle().reshape(step) or False
        return isinstance(step, steps.AnswerBank | steps.AskAgain)

    async def _rush(self, step: Rush, *, foretold: bool) -> list[Outcome]:
        self._ledger.wishes.update({wish.number: wish for wish in step.wishes})
        expected = None
        if foretold and step.fate in (Fate.CALM, Fate.UNHEARD):
            expected = self._oracle().foretell(step.wishes)
        found = await self._befall(step)
        if expected is not None:
            for wish, bill, outcome in zip(step.wishes, expected, found, strict=True):
                judge(wish, bill, outcome)
        if step.fate in (Fate.CALM, Fate.RACED):
            assert not any(map(is_away, found)), "the database is away, and nobody cut it off"
        unheard = step.fate is Fate.UNHEARD
        for wish, outcome in zip(step.wishes, found, strict=True):
            if not unheard and isinstance(outcome, Placed):
                self._deeds.acknowledge(wish, outcome)
        if step.fate in (Fate.CALM, Fate.RACED):
            return found
        await self._house.crash()
        self._note(f"    → {brief(found)}, then the process ends")
        await self._look(thoroughly=True)
        lost = [w for w, o in zip(step.wishes, found, strict=True) if unheard or is_away(o)]
        return await self._retry(lost)

    async def _befall(self, step: Rush) -> list[Outcome]:
        house, desks = self._house, self._house.desks
        work = asyncio.gather(
            *(
                house.attempt(
                    desks[n % 2 if step.fate is Fate.RACED else 0].place(self._deeds.order(wish))
                )
                for n, wish in enumerate(step.wishes)
            )
        )
        if step.fate is Fate.CUT_EARLY:
            await self._cut_while_it_waits(work)
        elif step.fate is Fate.CUT_ANYWHERE:
            await asyncio.sleep(step.after_us / 1e6)
            await house.end_connections()
        elif step.fate is Fate.DATABASE_KILLED:
            await asyncio.sleep(step.after_us / 1e6)
            if not house.power.cut():
                await house.end_connections()
        return list(await work)

    async def _cut_while_it_waits(self, work: asyncio.Future[Any]) -> None:
        """Holds the stock rows until the batch waits for them, and ends its connection there."""
        async with self._house.eyes.transaction():
            await self._house.eyes.execute("SELECT 1 FROM stock FOR UPDATE")
            ended = 0
            for _ in range(2_000):
                ended += await self._house.end_connections(waiting_only=True)
                if ended or work.done():
                    return
                await asyncio.sleep(0.001)

    async def _retry(self, lost: Sequence[Wish]) -> list[Outcome]:
        """Who got no answer asks again with the same key, and has one order in the end."""
        stored = {
            order["idempotency_key"]: order_id
            for order_id, order in self._ledger.before.orders.items()
        }
        found: list[Outcome] = []
        for wish in lost:
            outcome = await self._deeds.place(wish)
            assert not is_away(outcome), "still away after the restart"
            order_id = stored.get(key_of(wish))
            if order_id is not None:
                assert isinstance(outcome, Placed), f"placed before, and now {outcome!r}"
                assert outcome.is_replay
                assert outcome.order.order_id == order_id, "two orders under one key"
            if isinstance(outcome, Placed):
                self._deeds.acknowledge(wish, outcome)
            found.append(outcome)
        return found

    async def _at_once(self, step: steps.AtOnce) -> list[Outcome]:
        async def one(inner: Step) -> Outcome:
            if isinstance(inner, Rush):
                return await self._rush(inner, foretold=False)
            outcome = await self._deeds.do(inner)
            assert not is_away(outcome), "the database is away, and nobody cut it off"
            return outcome

        return list(await asyncio.gather(*map(one, step.steps)))

    async def _look(self, *, thoroughly: bool) -> None:
        """Are the books in order, did only happen what may, is all there that was promised?"""
        eyes = self._house.eyes
        broken = await faults(eyes)
        assert not broken, "; ".join(broken)
        after = await snapshot.take(eyes)
        before = self._ledger.before
        changes = snapshot.forbidden_changes(before, after)
        changes += await self._transfers.faults(before, after)
        changes += await self._seasons.faults(after)
        assert not changes, "; ".join(changes)
        self._ledger.before = after
        known = self._ledger.acknowledged
        lost = [n for n, a in known.items() if a.order.order_id not in after.orders]
        assert not lost, f"acknowledged and lost: wishes {lost}"
        if thoroughly:
            ids = [a.order.order_id for a in known.values()]
            stored = await orders_as_placed(eyes, ids)
            for number, promised in known.items():
                found = stored[promised.order.order_id]
                assert found == promised.order, f"wish {number}: {promised.order} is {found} now"

    async def _finale(self) -> None:
        """Time passes, the workers work: every hold ends, every charge ends, no place is held."""
        for _ in range(FINALE_ROUNDS):
            self._house.time += dt.timedelta(seconds=FINALE_SECONDS)
            await self._house.tell_disputes_again()
            await self._house.deliver(steps.Deliver(0, lost=False, twice=False))
            await self._house.drain(steps.Drain())
            await self._deeds.do(steps.Sweep())
            await self._look(thoroughly=False)
        await self._look(thoroughly=True)
        wrong = await self._gates.faults(self._ledger.before)
        assert not wrong, "; ".join(wrong)
        end = self._ledger.before
        open_orders = [o for o in end.orders.values() if o["status"] == "PENDING"]
        assert not open_orders, f"still pending: {open_orders}"
        assert not [c for c in end.charges.values() if c["due_at"] is not None], "open charges"
        assert not [r for r in end.refunds.values() if r["due_at"] is not None], "open refunds"
        assert not any(row["held"] for row in end.stock.values()), "places held by nobody"
        told = {"needs_response": "OPEN", "won": "WON", "lost": "LOST"}
        of_bank = {name: told[row["status"]] for name, row in end.bank_disputes.items()}
        ours = {name: row["status"] for name, row in end.disputes.items()}
        assert ours == of_bank, f"the bank's disputes are {of_bank}, ours {ours}"
        differing = await self._house.eyes.fetch(MONEY_DIFFERS)
        assert not differing, f"the vendor's money is not the ledger's: {differing}"


def _may_be_raced(step: AtGates | Reissue | Step) -> bool:
    """What nothing is cut off in: who takes a ticket is not meant to be cut off with it."""
    if isinstance(step, AtGates | steps.Drain):
        return step.cut_after_us is None
    return not isinstance(step, Reissue) and not (
        isinstance(step, Rush) and step.fate not in (Fate.CALM, Fate.RACED)
    )


async def play(
    power: Power,
    seed: int,
    *,
    is_series: bool = False,
    say: Callable[[str], None] | None = None,
) -> None:
    """One world from its beginning to its end, in a database that is migrated and ours alone."""
    plan = make_plan(seed, is_series=is_series)
    house = House(power)
    await house.open(plan.shows, is_series=is_series)
    try:
        ledger = Ledger(await snapshot.take(house.eyes))
        await Simulation(plan, house=house, ledger=ledger, say=say).run()
    finally:
        with contextlib.suppress(OSError):
            await house.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Play one seed and print its steps.")
    parser.add_argument("seed", type=int)
    parser.add_argument("--series", action="store_true", help="with season tickets")
    given = parser.parse_args()
    seed: int = given.seed
    # As lines: drawn with its locals, one cut connection would hide the steps.
    log.configure(Settings().model_copy(update={"environment": Environment.TEST}))

    async def replay(power: Power) -> None:
        async with own_database(power) as own:
            await play(own, seed, is_series=given.series, say=print)

    with own_power() as power:
        try:
            asyncio.run(replay(power))
        except WorldBroken as broken:
            print(str(broken).split("\n", 1)[0], file=sys.stderr)
            return 1
    print(f"seed {seed}: everything is in order")
    return 0


if __name__ == "__main__":
    sys.exit(main())
