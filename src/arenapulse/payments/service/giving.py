"""Due refunds: the vendor gives the money; then, and only then, tickets are void and places free.

A crash at any point is healed by running again: the call repeats under the row's key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

import asyncpg
import msgspec

from arenapulse.core import clock
from arenapulse.events.queries import find as find_event
from arenapulse.events.queries import organizations_of
from arenapulse.events.terms import EventStatus
from arenapulse.orders import queries as order_queries
from arenapulse.orders import service as orders
from arenapulse.orders.news import SaleNews
from arenapulse.payments import queries
from arenapulse.payments.facts import OrderRefunded, RefundStep
from arenapulse.payments.gateway import Gateway, GatewayAway, GatewayRefused
from arenapulse.payments.schemas import DueRefund, LostRefund
from arenapulse.payments.service.refunding import REFUND_TASK, refund_rest_of, tell_lost
from arenapulse.runtime import log
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import enqueue, heard_by, record
from arenapulse.runtime.jobs.due import DueLimits, Kind

# The vendor's word for what a bank took back before.
DISPUTED: Final = "charge_disputed"

_log = log.logger("payments")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The vendor's name of the refund, None where no money moved; or why there is none."""

    vendor_id: str | None = None
    refused: str = ""


class Giving(Kind[DueRefund, Given]):
    name = REFUND_TASK
    table = queries.REFUNDS
    # Each settled refund locks stock rows until the commit: few at a time, so that sales go on.
    limits = DueLimits(running_max=16, settle_max=16)
    passing = (GatewayAway,)

    def __init__(
        self, *, gateway: Gateway, news: SaleNews, now: Callable[[], dt.datetime] = clock.now
    ) -> None:
        self._gateway = gateway
        self._news = news
        self._now = now

    def read(self, record: asyncpg.Record) -> DueRefund:
        return queries.refund_of(record)

    async def work(self, row: DueRefund) -> Given:
        if not row.amount_minor or row.intent_id is None:
            return Given()
        try:
            made = await self._gateway.refund(
                row.intent_id,
                amount_minor=row.amount_minor,
                currency=row.currency,
                key=row.key,
            )
        except GatewayRefused as refused:
            _log.error("the gateway refuses a refund", refund=str(row.refund_id), code=refused.code)
            return Given(refused=refused.code)
        if made.is_undone:
            return Given(refused=made.failure_reason or made.status)
        return Given(vendor_id=made.refund_id)

    def group_of(self, row: DueRefund, answer: Given) -> str:
        del row
        return "refused" if answer.refused else "given"

    async def settle(self, session: Session, answers: Sequence[tuple[DueRefund, Given]]) -> None:
        now = self._now()
        orders_of = [row.order_id for row, _ in answers]
        # All locks first, in the one order of everybody: charges, places, orders.
        await queries.lock_charges(
            session, keys=[(row.order_id, row.attempt) for row, _ in answers]
        )
        if not answers[0][1].refused:
            await order_queries.lock_places(await session.driver(), orders_of)
        for row, given in answers:
            if given.refused:
                await _fail(session, row, code=given.refused, now=now)
                if given.refused == DISPUTED:
                    await _ask_for_less(session, row, now=now)
                continue
            is_all = await queries.refund_succeeded(
                session, refund=row, vendor_id=given.vendor_id, now=now
            )
            if is_all is not None:
                await orders.give_back(
                    session,
                    order_id=row.order_id,
                    numbers=row.numbers,
                    is_all=is_all,
                    now=now,
                    news=self._news,
                )
                if heard_by(session, OrderRefunded):
                    await record(session, await _refunded(session, row, now=now))


async def _fail(session: Session, row: DueRefund, *, code: str, now: dt.datetime) -> None:
    if not await queries.refund_failed(session, refund=row, error_code=code, now=now):
        return
    lost = LostRefund(
        refund_id=row.refund_id,
        order_id=row.order_id,
        organization_id=row.organization_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        numbers=tuple(row.numbers),
    )
    await tell_lost(session, lost=lost, step=RefundStep.FAILED, code=code, now=now)


async def _ask_for_less(session: Session, row: DueRefund, *, now: dt.datetime) -> None:
    """A bank was quicker with money of an event that is off: the rest goes back, and the places.

    Where we do not know of the dispute yet, who tells us of it does this.
    """
    charge = await queries.lock_paid(session, order_id=row.order_id)
    if charge is None or not charge.is_disputed:
        return
    if row.amount_minor <= charge.left_minor:
        # It was no more than the rest, and would be refused again: the places alone.
        charge = msgspec.structs.replace(charge, disputed_minor=charge.amount_minor)
    found = await order_queries.orders_by_id(await session.driver(), [row.order_id], now=now)
    event = await find_event(session, event_id=found[row.order_id].view.event_id)
    if event.status is EventStatus.CANCELLED and await refund_rest_of(
        session, organization_id=event.organization_id, charge=charge, now=now
    ):
        await enqueue(session, REFUND_TASK)


async def _refunded(session: Session, refund: DueRefund, *, now: dt.datetime) -> OrderRefunded:
    found = await order_queries.orders_by_id(await session.driver(), [refund.order_id], now=now)
    order = found[refund.order_id]
    owners = await organizations_of(session, event_ids=[order.view.event_id])
    return OrderRefunded(
        at=now,
        refund_id=refund.refund_id,
        order_id=refund.order_id,
        event_id=order.view.event_id,
        organization_id=owners[order.view.event_id],
        user_id=order.user_id,
        status=order.view.status,
        amount=refund.amount_minor,
        currency=order.view.currency,
        numbers=tuple(refund.numbers),
    )
