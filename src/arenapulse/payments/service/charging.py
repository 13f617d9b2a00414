"""Due charges: taken in groups, asked at the gateway, settled with their orders.

A crash at any point is healed by running again: a row that was taken falls due when its lease
ends, calls repeat under their keys, and an order and its charge move in one transaction.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from arenapulse.core import clock
from arenapulse.core.ids import OrderId
from arenapulse.orders import service as orders
from arenapulse.orders.news import SaleNews
from arenapulse.orders.schemas import LastError
from arenapulse.payments import queries
from arenapulse.payments.errors import PaymentFailed
from arenapulse.payments.gateway import (
    Decline,
    Gateway,
    GatewayAway,
    GatewayRefused,
    Intent,
    IntentStatus,
)
from arenapulse.payments.queries import Key
from arenapulse.payments.schemas import Charge
from arenapulse.payments.service.asking import ask
from arenapulse.payments.service.pausing import backoff
from arenapulse.payments.terms import OPEN, ChargeStatus
from arenapulse.runtime import log
from arenapulse.runtime.db import Database, Session, as_unavailable

TAKE_MAX: Final = 200
ROUNDS_MAX: Final = 500
DRAINS_MAX: Final = 4
CALLS_MAX: Final = 32
CALL_SECONDS_MAX: Final = 20.0
# Longer than the longest call: another worker takes over only what was dropped.
LEASE: Final = dt.timedelta(seconds=60)
BACKOFF_SECONDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
# Webhooks bring the person's answer; this is for those that get lost.
LOOK_AGAIN: Final = dt.timedelta(seconds=30)
REFUSED_AGAIN: Final = dt.timedelta(minutes=5)

Answer = tuple[Charge, Intent]

_log = log.logger("payments")


class Till:
    """Takes what is due; one a process."""

    def __init__(
        self,
        database: Database,
        *,
        gateway: Gateway,
        news: SaleNews,
        now: Callable[[], dt.datetime] = clock.now,
    ) -> None:
        """`now` is asked again after every wait; the simulation has a clock of its own."""
        self._database = database
        self._now = now
        self._gateway = gateway
        self._news = news
        self._calls = asyncio.Semaphore(CALLS_MAX)
        self._drains = 0
        self._asked = False

    async def drain(self) -> None:
        """Works until nothing is due; at most `DRAINS_MAX` at once, the rest leave it to them."""
        if self._drains >= DRAINS_MAX:
            self._asked = True
            return
        self._drains += 1
        try:
            for _ in range(ROUNDS_MAX):
                self._asked = False
                if not await self._round() and not self._asked:
                    return
        finally:
            self._drains -= 1

    async def _round(self) -> int:
        now = self._now()
        async with self._database.transaction() as session:
            charges = await queries.take_due(session, now=now, lease=LEASE, limit=TAKE_MAX)
            waiting = [c.order_id for c in charges if c.status is ChargeStatus.REQUIRES_ACTION]
            alive = await orders.pending_among(session, order_ids=waiting)
        pending = {
            # A person who cancelled is no longer waited for.
            asyncio.create_task(self._ask(charge, now=now, is_over=charge.order_id not in alive))
            for charge in charges
        }
        try:
            # What is answered while a group is settled is the next group: nobody waits for the
            # slowest card.
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                found = [task.result() for task in done]
                await self._apply([answer for answer in found if answer is not None])
        finally:
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
        return len(charges)

    async def _ask(self, charge: Charge, *, now: dt.datetime, is_over: bool) -> Answer | None:
        """The gateway's answer; None when there is none, and the charge was put off."""
        try:
            async with self._calls, asyncio.timeout(CALL_SECONDS_MAX):
                return charge, await ask(self._gateway, charge, now=now, is_over=is_over)
        except GatewayRefused as refused:
            if charge.status is ChargeStatus.PROCESSING and charge.intent_id is None:
                await self._decline([(charge, None, _not_accepted(refused.code))])
                return None
            _log.error("the gateway refuses", order=str(charge.order_id), code=refused.code)
            await self._put_off(charge, until=self._now() + REFUSED_AGAIN)
        except (GatewayAway, TimeoutError):
            await self._put_off(
                charge, until=self._now() + backoff(charge.tries, seconds=BACKOFF_SECONDS)
            )
        except Exception as error:  # noqa: BLE001 - the boundary: one call must not drop the others
            _log.error("a call failed", order=str(charge.order_id), error=type(error).__name__)
            await self._put_off(
                charge, until=self._now() + backoff(charge.tries, seconds=BACKOFF_SECONDS)
            )
        return None

    async def _put_off(self, charge: Charge, *, until: dt.datetime) -> None:
        async with self._database.transaction() as session:
            await queries.look_again(session, keys=[_key(charge)], at=until)

    async def _apply(self, answers: Sequence[Answer]) -> None:
        opened = [answer for answer in answers if answer[0].status in OPEN]
        for statuses, settle in (
            ({IntentStatus.REQUIRES_CAPTURE, IntentStatus.SUCCEEDED}, self._confirm),
            ({IntentStatus.REQUIRES_ACTION}, self._wait_for_person),
            ({IntentStatus.REQUIRES_PAYMENT_METHOD}, self._declined),
            ({IntentStatus.CANCELED}, self._gone),
            ({IntentStatus.PROCESSING}, self._still_processing),
        ):
            await _together_or_alone(settle, [a for a in opened if a[1].status in statuses])
        await _together_or_alone(
            self._finish, [answer for answer in answers if answer[0].status not in OPEN]
        )

    async def _confirm(self, answers: Sequence[Answer]) -> None:
        """Held turns into sold; then, and only then, the money is taken."""
        now = self._now()
        async with self._database.transaction() as session:
            await _note_intents(session, answers)
            keys = await queries.lock_open(session, keys=[_key(charge) for charge, _ in answers])
            confirmed = set(
                await orders.confirm_paid(
                    session,
                    order_ids=[order_id for order_id, _ in keys],
                    now=now,
                    news=self._news,
                )
            )
            sold = [key for key in keys if key[0] in confirmed]
            lost = [key for key in keys if key[0] not in confirmed]
            await queries.move(session, keys=sold, to=ChargeStatus.CAPTURING, now=now, due_at=now)
            await queries.move(session, keys=lost, to=ChargeStatus.CANCELLING, now=now, due_at=now)

    async def _wait_for_person(self, answers: Sequence[Answer]) -> None:
        """Tells the person once, then looks again: a webhook may be lost, an order cancelled."""
        now = self._now()
        async with self._database.transaction() as session:
            await _note_intents(session, answers)
            keys = await queries.lock_open(session, keys=[_key(charge) for charge, _ in answers])
            secrets = {c.order_id: i.client_secret for c, i in answers if _key(c) in keys}
            ends = await orders.payments_require_action(session, secrets=secrets, news=self._news)
            # An order that is over is not among them: the next look cancels its intent.
            until = {key: ends.get(key[0], now) for key in keys}
            await queries.note_holds(session, ends=until)
            first = [_key(c) for c, _ in answers if c.status is ChargeStatus.PROCESSING]
            await queries.move(
                session,
                keys=[key for key in first if key in keys],
                to=ChargeStatus.REQUIRES_ACTION,
                now=now,
                due_at=now,
            )
            for key, end in until.items():
                await queries.look_again(session, keys=[key], at=min(end, now + LOOK_AGAIN))

    async def _declined(self, answers: Sequence[Answer]) -> None:
        await self._decline([(charge, intent, intent.decline) for charge, intent in answers])

    async def _decline(
        self, declined: Sequence[tuple[Charge, Intent | None, Decline | None]]
    ) -> None:
        """The order lives on for another card."""
        now = self._now()
        errors: dict[OrderId, LastError] = {}
        async with self._database.transaction() as session:
            await _note_intents(session, [(c, i) for c, i, _ in declined if i is not None])
            for charge, _, decline in declined:
                why = decline or _not_accepted("card_declined")
                reason = why.decline_code or why.code
                if await queries.move(
                    session,
                    keys=[_key(charge)],
                    to=ChargeStatus.DECLINED,
                    now=now,
                    error_code=reason,
                ):
                    errors[charge.order_id] = LastError(
                        code=PaymentFailed.code, message=why.message, decline_code=reason
                    )
            await orders.payments_declined(session, errors=errors, now=now, news=self._news)

    async def _gone(self, answers: Sequence[Answer]) -> None:
        """The intent was cancelled, so the places may go back."""
        now = self._now()
        async with self._database.transaction() as session:
            await _note_intents(session, answers)
            keys = await queries.lock_open(session, keys=[_key(charge) for charge, _ in answers])
            await queries.move(session, keys=list(keys), to=ChargeStatus.CANCELLED, now=now)
            await orders.payments_cancelled(
                session,
                order_ids=[order_id for order_id, _ in keys],
                now=now,
                news=self._news,
            )

    async def _still_processing(self, answers: Sequence[Answer]) -> None:
        async with self._database.transaction() as session:
            await _note_intents(session, answers)
        for charge, _ in answers:
            await self._put_off(
                charge, until=self._now() + backoff(charge.tries, seconds=BACKOFF_SECONDS)
            )

    async def _finish(self, answers: Sequence[Answer]) -> None:
        """What was to be captured is, what was to be let go is; else a person must look."""
        now = self._now()
        captured = [_key(c) for c, i in answers if _is_captured(c, i)]
        let_go = [_key(c) for c, i in answers if _is_let_go(c, i)]
        async with self._database.transaction() as session:
            await queries.move(session, keys=captured, to=ChargeStatus.SUCCEEDED, now=now)
            await queries.move(session, keys=let_go, to=ChargeStatus.CANCELLED, now=now)
        for charge, intent in answers:
            if not _is_captured(charge, intent) and not _is_let_go(charge, intent):
                _log.error(
                    "order and intent differ", order=str(charge.order_id), intent=intent.status
                )
                await self._put_off(charge, until=now + REFUSED_AGAIN)


def _is_captured(charge: Charge, intent: Intent) -> bool:
    return charge.status is ChargeStatus.CAPTURING and intent.status is IntentStatus.SUCCEEDED


def _is_let_go(charge: Charge, intent: Intent) -> bool:
    return charge.status is ChargeStatus.CANCELLING and intent.status is IntentStatus.CANCELED


async def _together_or_alone(
    settle: Callable[[Sequence[Answer]], Awaitable[None]], answers: Sequence[Answer]
) -> None:
    """One transaction for all; where one of them raises, each has its own."""
    if not answers:
        return
    try:
        await settle(answers)
    except Exception as error:
        if as_unavailable(error) is not None:
            raise
        if len(answers) == 1:
            # Its lease brings it back; the others must not wait for it.
            order = str(answers[0][0].order_id)
            _log.error("charge could not be settled", order=order, error=type(error).__name__)
            return
        for answer in answers:
            await _together_or_alone(settle, [answer])


async def _note_intents(session: Session, answers: Sequence[Answer]) -> None:
    await queries.note_intents(
        session,
        intents=[(c.order_id, c.attempt, i.intent_id) for c, i in answers if c.intent_id is None],
    )


def _key(charge: Charge) -> Key:
    return charge.order_id, charge.attempt


def _not_accepted(code: str) -> Decline:
    return Decline(code=code, message="The card was not accepted.")
