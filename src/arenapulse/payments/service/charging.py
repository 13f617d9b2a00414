"""Due charges: asked at the gateway one by one, settled with their orders in groups.

A crash at any point is healed by running again: calls repeat under their keys, and an order and
its charge move in one transaction. The runner takes them (`runtime/jobs/due`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import Final

import asyncpg
import msgspec

from arenapulse.core import clock
from arenapulse.core.ids import OrderId
from arenapulse.orders import service as orders
from arenapulse.orders.news import SaleNews
from arenapulse.orders.schemas import LastError
from arenapulse.payments import queries
from arenapulse.payments.errors import PaymentFailed
from arenapulse.payments.facts import RefundStep
from arenapulse.payments.gateway import (
    GONE,
    SOFT_DECLINES,
    Decline,
    Gateway,
    GatewayAway,
    GatewayRefused,
    Intent,
    IntentStatus,
)
from arenapulse.payments.queries import Key, debts, retrying
from arenapulse.payments.schemas import Charge
from arenapulse.payments.service.asking import ask
from arenapulse.payments.service.hearing import CHARGE_TASK
from arenapulse.payments.service.refunding import tell_lost
from arenapulse.payments.terms import ChargeStatus
from arenapulse.runtime import log
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import PACE_SPARE_SHARE, Pace
from arenapulse.runtime.jobs.due import Again, DueLimits, Kind

BACKOFF_SECONDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
# Webhooks bring the person's answer; this is for those that get lost.
LOOK_AGAIN: Final = dt.timedelta(seconds=30)
# The same card after a decline that may pass: so long after each, as long as the hold runs.
RETRY_SECONDS: Final = (5.0, 20.0, 60.0)
REFUSED_AGAIN: Final = dt.timedelta(minutes=5)
# Of what a call takes at the vendor; who pays alone does not wait for it.
GATHER_SECONDS: Final = 0.05
# While orders come in a rush the next order goes first, on the machine and at the places, which are
# locked while those of paid orders are sold: payments take turns, and places are locked seldom.
RUSH_PER_SECOND: Final = 20.0
RUSH_TAKEN_MAX: Final = 32
RUSH_LOOK_SECONDS: Final = 0.5
RUSH_GATHER_SECONDS: Final = 0.5
BUSY_GATHER_SECONDS: Final = 2.0
# A rush is over within a minute, nearly always, and whoever pays in it can wait so long: until then
# payments are hardly there. In one that lasts those who wait count as well.
SHY_SECONDS: Final = 60.0
SHY_PER_SECOND: Final = 5.0
SHY_SPARE_SHARE: Final = 0.75

_log = log.logger("payments")


class DueCharge(msgspec.Struct, frozen=True, kw_only=True):
    """`is_over` says that its order cannot be paid any more."""

    charge: Charge
    is_over: bool = False


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The intent as it stands, or, where there is none, the gateway's word; neither: not asked."""

    intent: Intent | None = None
    refused: str = ""


Answers = Sequence[tuple[DueCharge, Reply]]

_WORDS: Final = {
    IntentStatus.REQUIRES_CAPTURE: "confirm",
    IntentStatus.SUCCEEDED: "confirm",
    IntentStatus.REQUIRES_ACTION: "wait_for_person",
    IntentStatus.REQUIRES_PAYMENT_METHOD: "decline",
    IntentStatus.CANCELED: "gone",
    IntentStatus.PROCESSING: "still_processing",
}


class Charging(Kind[DueCharge, Reply]):
    name = CHARGE_TASK
    table = queries.CHARGES
    limits = DueLimits(
        running_max=64, backoff_seconds=BACKOFF_SECONDS, gather_seconds=GATHER_SECONDS
    )
    passing = (GatewayAway,)

    def __init__(
        self,
        *,
        gateway: Gateway,
        news: SaleNews,
        now: Callable[[], dt.datetime] = clock.now,
        pace: Pace | None = None,
    ) -> None:
        """`now` is asked again after every wait; the simulation has a clock of its own."""
        self._gateway = gateway
        self._news = news
        self._now = now
        self._pace = pace or Pace(per_second=RUSH_PER_SECOND)
        self._is_rush = False
        self._rush_began = self._rushed = -SHY_SECONDS
        self._looked = -RUSH_LOOK_SECONDS

    def read(self, record: asyncpg.Record) -> DueCharge:
        return DueCharge(charge=queries.charge_of(record))

    def room(self, *, mine: int) -> int:
        if not self._is_rush:
            return super().room(mine=mine)
        return free if (free := RUSH_TAKEN_MAX - mine) >= RUSH_TAKEN_MAX // 4 else 0

    @property
    def gather_seconds(self) -> float:
        if not self._is_rush:
            return self.limits.gather_seconds
        return BUSY_GATHER_SECONDS if self._pace.is_slowest else RUSH_GATHER_SECONDS

    async def load(self, session: Session, rows: Sequence[DueCharge]) -> Sequence[DueCharge]:
        if rows and clock.monotonic_seconds() - self._looked >= RUSH_LOOK_SECONDS:
            await self._look(session)
        # A person who cancelled is no longer waited for, nor is their card asked again.
        waiting = [row.charge.order_id for row in rows if _may_be_over(row.charge)]
        alive: Collection[OrderId] = ()
        if waiting:
            alive = await orders.pending_among(session, order_ids=waiting)
        return [
            DueCharge(
                charge=row.charge,
                is_over=_may_be_over(row.charge) and row.charge.order_id not in alive,
            )
            for row in rows
        ]

    async def _look(self, session: Session) -> None:
        self._is_rush = await orders.come_in_a_rush(session)
        self._looked = now = clock.monotonic_seconds()
        if self._is_rush:
            # One that only draws breath is the same.
            if now - self._rushed >= SHY_SECONDS:
                self._rush_began = now
            self._rushed = now
        is_shy = now - self._rush_began < SHY_SECONDS
        self._pace.least = SHY_PER_SECOND if is_shy else RUSH_PER_SECOND
        self._pace.spare_share = SHY_SPARE_SHARE if is_shy else PACE_SPARE_SHARE

    async def work(self, row: DueCharge) -> Reply:
        charge = row.charge
        if self._is_rush:
            await self._pace.turn()
        if row.is_over and charge.intent_id is None:
            return Reply()
        try:
            intent = await ask(self._gateway, charge, now=self._now(), is_over=row.is_over)
        except GatewayRefused as refused:
            is_new = charge.status is ChargeStatus.PROCESSING and charge.intent_id is None
            if is_new or refused.code in GONE:
                return Reply(refused=refused.code)
            _log.error("the gateway refuses", order=str(charge.order_id), code=refused.code)
            raise Again(refused.code, after=REFUSED_AGAIN) from None
        if self.group_of(row, reply := Reply(intent=intent)):
            return reply
        _log.error("order and intent differ", order=str(charge.order_id), intent=intent.status)
        raise Again("order and intent differ", after=REFUSED_AGAIN)

    def group_of(self, row: DueCharge, answer: Reply) -> str:
        """What is to be done with it; nothing where the vendor has not done what it was asked."""
        charge, intent = row.charge, answer.intent
        is_gone = intent is None or intent.status is IntentStatus.CANCELED
        if charge.status is ChargeStatus.CANCELLING:
            return "let_go" if is_gone else ""
        if charge.status is ChargeStatus.CAPTURING:
            is_taken = intent is not None and intent.status is IntentStatus.SUCCEEDED
            return "captured" if is_taken else "owed" if is_gone else ""
        if intent is None:
            return "decline" if charge.intent_id is None and answer.refused else "gone"
        word = _WORDS[intent.status]
        if word != "decline" or charge.status is not ChargeStatus.PROCESSING:
            return word
        is_soft = intent.decline is not None and intent.decline.decline_code in SOFT_DECLINES
        return "retry" if is_soft and charge.retries < len(RETRY_SECONDS) else word

    async def settle(self, session: Session, answers: Answers) -> None:
        settle = {
            "confirm": self._confirm,
            "wait_for_person": self._wait_for_person,
            "decline": self._decline,
            "retry": self._retry,
            "gone": self._gone,
            "still_processing": self._look_later,
            "captured": self._captured,
            "let_go": self._let_go,
            "owed": self._owed,
        }[self.group_of(*answers[0])]
        if settle != self._confirm and (named := _named(answers)):
            await queries.note_intents(
                session, intents=[(*key, name) for key, name in named.items()]
            )
        await settle(session, answers)

    async def _confirm(self, session: Session, answers: Answers) -> None:
        """Held turns into sold; then, and only then, the money is taken."""
        now = self._now()
        keys = await queries.lock_open(session, keys=_keys(answers))
        confirmed = set(
            await orders.confirm_paid(
                session, order_ids=[order_id for order_id, _ in keys], now=now, news=self._news
            )
        )
        sold = [key for key in keys if key[0] in confirmed]
        lost = [key for key in keys if key[0] not in confirmed]
        for some, to in ((sold, ChargeStatus.CAPTURING), (lost, ChargeStatus.CANCELLING)):
            await queries.move(
                session, keys=some, to=to, now=now, due_at=now, intents=_named(answers)
            )

    async def _wait_for_person(self, session: Session, answers: Answers) -> None:
        """Tells the person once, then looks again: a webhook may be lost, an order cancelled."""
        now = self._now()
        keys = await queries.lock_open(session, keys=_keys(answers))
        secrets = {
            row.charge.order_id: reply.intent.client_secret
            for row, reply in answers
            if reply.intent is not None and _key(row) in keys
        }
        ends = await orders.payments_require_action(session, secrets=secrets, news=self._news)
        # An order that is over is not among them: the next look cancels its intent.
        until = {key: ends.get(key[0], now) for key in keys}
        await queries.note_holds(session, ends=until)
        first = [_key(row) for row, _ in answers if row.charge.status is ChargeStatus.PROCESSING]
        await queries.move(
            session,
            keys=[key for key in first if key in keys],
            to=ChargeStatus.REQUIRES_ACTION,
            now=now,
            due_at=now,
        )
        await queries.look_again(
            session, at={key: min(end, now + LOOK_AGAIN) for key, end in until.items()}
        )

    async def _decline(self, session: Session, answers: Answers) -> None:
        """The order lives on for another card."""
        now = self._now()
        errors: dict[OrderId, LastError] = {}
        for row, reply in answers:
            error = _last_error(reply)
            if await queries.move(
                session,
                keys=[_key(row)],
                to=ChargeStatus.DECLINED,
                now=now,
                error_code=error.decline_code,
            ):
                errors[row.charge.order_id] = error
        await orders.payments_declined(session, errors=errors, now=now, news=self._news)

    async def _retry(self, session: Session, answers: Answers) -> None:
        """A decline that may pass: the same card again, while the places are held anyway."""
        now = self._now()
        at = {
            _key(row): now + dt.timedelta(seconds=RETRY_SECONDS[row.charge.retries])
            for row, _ in answers
        }
        asked_again = await retrying.ask_again(session, at=at)
        late = [(row, reply) for row, reply in answers if _key(row) not in asked_again]
        errors = {
            row.charge.order_id: _last_error(reply)
            for row, reply in answers
            if _key(row) in asked_again
        }
        await orders.payments_retrying(session, errors=errors, news=self._news)
        if late:
            await self._decline(session, late)

    async def _gone(self, session: Session, answers: Answers) -> None:
        """The intent was cancelled, so the places may go back."""
        now = self._now()
        keys = await queries.lock_open(session, keys=_keys(answers))
        await queries.move(session, keys=list(keys), to=ChargeStatus.CANCELLED, now=now)
        await orders.payments_cancelled(
            session, order_ids=[order_id for order_id, _ in keys], now=now, news=self._news
        )

    async def _look_later(self, session: Session, answers: Answers) -> None:
        now = self._now()
        await queries.look_again(
            session,
            at={_key(row): now + self.limits.pause(row.charge.tries) for row, _ in answers},
        )

    async def _captured(self, session: Session, answers: Answers) -> None:
        await queries.move(session, keys=_keys(answers), to=ChargeStatus.SUCCEEDED, now=self._now())

    async def _let_go(self, session: Session, answers: Answers) -> None:
        await queries.move(session, keys=_keys(answers), to=ChargeStatus.CANCELLED, now=self._now())

    async def _owed(self, session: Session, answers: Answers) -> None:
        """The places are sold and the money is not to be had: a person decides what follows."""
        now = self._now()
        owed, lost = await debts.owe(session, keys=_keys(answers), now=now)
        for key in owed:
            _log.error("sold, and the authorisation is lost", order=str(key[0]))
        for each in lost:
            await tell_lost(session, lost=each, step=RefundStep.FAILED, code=debts.LOST, now=now)


def _may_be_over(charge: Charge) -> bool:
    """Whether a person could have given its order up: while their bank or their card is waited for.

    Of one that is asked again its intent is gone, so nothing at the vendor is to be let go.
    """
    is_asked_again = charge.retries > 0 and charge.intent_id is None
    return charge.status is ChargeStatus.REQUIRES_ACTION or is_asked_again


def _keys(answers: Answers) -> list[Key]:
    return [_key(row) for row, _ in answers]


def _named(answers: Answers) -> dict[Key, str]:
    """The vendor's names of intents that we do not know yet."""
    return {
        _key(row): reply.intent.intent_id
        for row, reply in answers
        if reply.intent is not None and row.charge.intent_id is None
    }


def _key(row: DueCharge) -> Key:
    return row.charge.order_id, row.charge.attempt


def _last_error(reply: Reply) -> LastError:
    given = None if reply.intent is None else reply.intent.decline
    why = given or _not_accepted(reply.refused or "card_declined")
    return LastError(
        code=PaymentFailed.code, message=why.message, decline_code=why.decline_code or why.code
    )


def _not_accepted(code: str) -> Decline:
    return Decline(code=code, message="The card was not accepted.")
