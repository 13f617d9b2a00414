"""The twin of Stripe: the same state machine, kept in PostgreSQL, and the same signed events.

It declines by test token, asks for 3-D Secure, honours idempotency keys, refuses to capture or
refund too much, and can be slow, lose its answer, be away, or tell its news twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar

import asyncpg
import msgspec

from arenapulse.core import clock
from arenapulse.core.ids import OrderId
from arenapulse.payments.gateway import (
    Decline,
    GatewayAway,
    GatewayRefused,
    Intent,
    IntentStatus,
    NewIntent,
    Refund,
)
from arenapulse.runtime.db import Database, Session, forbid_in_transaction
from arenapulse.runtime.jobs import enqueue

DELIVERY_TASK: Final = "payments.deliver_sandbox_event"

VISA: Final = "pm_card_visa"
DECLINED: Final = "pm_card_chargeDeclined"
INSUFFICIENT_FUNDS: Final = "pm_card_chargeDeclinedInsufficientFunds"
THREE_D_SECURE: Final = "pm_card_threeDSecure2Required"
TOKENS: Final = frozenset({VISA, DECLINED, INSUFFICIENT_FUNDS, THREE_D_SECURE})

_DECLINES: Final = {
    DECLINED: Decline(
        code="card_declined", message="Your card was declined.", decline_code="generic_decline"
    ),
    INSUFFICIENT_FUNDS: Decline(
        code="card_declined",
        message="Your card has insufficient funds.",
        decline_code="insufficient_funds",
    ),
}
_NOT_AUTHENTICATED: Final = Decline(
    code="payment_intent_authentication_failure",
    message="Your bank could not confirm that it was you.",
)
_EVENT_OF: Final = {
    IntentStatus.REQUIRES_CAPTURE: "payment_intent.amount_capturable_updated",
    IntentStatus.REQUIRES_ACTION: "payment_intent.requires_action",
    IntentStatus.REQUIRES_PAYMENT_METHOD: "payment_intent.payment_failed",
    IntentStatus.SUCCEEDED: "payment_intent.succeeded",
    IntentStatus.CANCELED: "payment_intent.canceled",
}

T = TypeVar("T", Intent, Refund)
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass
class Faults:
    """What is to go wrong: counts are used up one call at a time, by name of the call."""

    slow_seconds: float = 0
    away: Counter[str] = field(default_factory=Counter[str])
    lost_answers: Counter[str] = field(default_factory=Counter[str])
    # Whatever is asked is refused, as of a card that was closed meanwhile.
    refused: Counter[str] = field(default_factory=Counter[str])
    deliveries: int = 1


class SandboxStripe:
    def __init__(self, database: Database, *, faults: Faults | None = None) -> None:
        self._database = database
        self.faults = faults or Faults()

    def accepts(self, token: str) -> bool:
        return token in TOKENS

    async def create_intent(self, new: NewIntent, *, key: str) -> Intent:
        async def work(session: Session, connection: Connection) -> Intent:
            if new.token not in TOKENS:
                raise GatewayRefused("resource_missing")
            if new.token == THREE_D_SECURE:
                status = IntentStatus.REQUIRES_ACTION
            elif new.token in _DECLINES:
                status = IntentStatus.REQUIRES_PAYMENT_METHOD
            else:
                status = IntentStatus.REQUIRES_CAPTURE
            intent_id = f"pi_{secrets.token_hex(12)}"
            made = Intent(
                intent_id=intent_id,
                status=status,
                order_id=new.order_id,
                attempt=new.attempt,
                amount_minor=new.amount_minor,
                currency=new.currency,
                client_secret=f"{intent_id}_secret_{secrets.token_hex(12)}",
                decline=_DECLINES.get(new.token),
            )
            await connection.execute(_INSERT, *_columns(made))
            await self._tell(session, made)
            return made

        return await self._once("create_intent", key, msgspec.to_builtins(new), work, kind=Intent)

    async def retrieve(self, intent_id: str) -> Intent:
        await self._before("retrieve")
        row = await self._database.pool.fetchrow(_SELECT, intent_id)
        return self._after("retrieve", _intent(row))

    async def capture(self, intent_id: str, *, amount_minor: int, key: str) -> Intent:
        async def work(session: Session, connection: Connection) -> Intent:
            before = await _locked(connection, intent_id)
            if before.status is not IntentStatus.REQUIRES_CAPTURE:
                raise GatewayRefused("payment_intent_unexpected_state")
            if not 0 < amount_minor <= before.amount_minor:
                raise GatewayRefused("amount_too_large")
            return await self._move(
                session,
                msgspec.structs.replace(
                    before, status=IntentStatus.SUCCEEDED, captured_minor=amount_minor
                ),
            )

        asked = {"intent": intent_id, "amount": amount_minor}
        return await self._once("capture", key, asked, work, kind=Intent)

    async def cancel(self, intent_id: str, *, key: str) -> Intent:
        async def work(session: Session, connection: Connection) -> Intent:
            before = await _locked(connection, intent_id)
            if before.status in (IntentStatus.SUCCEEDED, IntentStatus.CANCELED):
                raise GatewayRefused("payment_intent_unexpected_state")
            return await self._move(
                session, msgspec.structs.replace(before, status=IntentStatus.CANCELED)
            )

        return await self._once("cancel", key, {"intent": intent_id}, work, kind=Intent)

    async def refund(self, intent_id: str, *, amount_minor: int, key: str) -> Refund:
        async def work(session: Session, connection: Connection) -> Refund:
            before = await _locked(connection, intent_id)
            left = before.captured_minor - before.refunded_minor
            if before.captured_minor and not left:
                raise GatewayRefused("charge_already_refunded")
            if not 0 < amount_minor <= left:
                raise GatewayRefused("amount_too_large")
            after = msgspec.structs.replace(
                before, refunded_minor=before.refunded_minor + amount_minor
            )
            await connection.execute(_UPDATE, *_columns(after))
            await self._tell(session, after, kind="charge.refunded")
            return Refund(
                refund_id=f"re_{secrets.token_hex(12)}",
                intent_id=intent_id,
                amount_minor=amount_minor,
            )

        asked = {"intent": intent_id, "amount": amount_minor}
        return await self._once("refund", key, asked, work, kind=Refund)

    async def authenticate(self, intent_id: str, *, passes: bool) -> Intent:
        """What the person does on the bank's page; refused when nobody asked for it."""
        forbid_in_transaction("the payment sandbox")
        async with self._database.transaction() as session:
            before = await _locked(await session.driver(), intent_id)
            if before.status is not IntentStatus.REQUIRES_ACTION:
                raise GatewayRefused("payment_intent_unexpected_state")
            status = IntentStatus.REQUIRES_CAPTURE
            decline = None
            if not passes:
                status, decline = IntentStatus.REQUIRES_PAYMENT_METHOD, _NOT_AUTHENTICATED
            return await self._move(
                session, msgspec.structs.replace(before, status=status, decline=decline)
            )

    async def _once(
        self,
        call: str,
        key: str,
        asked: Mapping[str, Any],
        work: Callable[[Session, Connection], Awaitable[T]],
        *,
        kind: type[T],
    ) -> T:
        """Runs `work` once per key; the same key with other parameters is refused."""
        await self._before(call)
        request = hashlib.sha256(
            msgspec.json.encode({"call": call, **asked}, order="sorted")
        ).digest()
        async with self._database.transaction() as session:
            connection = await session.driver()
            claimed = await connection.fetchval(_CLAIM, key, request)
            if claimed is None:
                known = await connection.fetchrow(_ANSWERED, key)
                assert known is not None
                if known["request_hash"] != request:
                    raise GatewayRefused("idempotency_error")
                return self._after(call, msgspec.json.decode(known["answer"], type=kind))
            # A refusal raised in here rolls the key back: Stripe keeps no answer to bad requests.
            answer = await work(session, connection)
            await connection.execute(_KEEP, key, msgspec.json.encode(answer))
        return self._after(call, answer)

    async def _before(self, call: str) -> None:
        forbid_in_transaction("the payment sandbox")
        if self.faults.slow_seconds:
            await asyncio.sleep(self.faults.slow_seconds)
        if self.faults.away[call] > 0:
            self.faults.away[call] -= 1
            raise GatewayAway("503")
        if self.faults.refused[call] > 0:
            self.faults.refused[call] -= 1
            raise GatewayRefused("refused")

    def _after(self, call: str, answer: T) -> T:
        """The work is done, and the answer may get lost on its way."""
        if self.faults.lost_answers[call] > 0:
            self.faults.lost_answers[call] -= 1
            raise GatewayAway("timed out")
        return answer

    async def _move(self, session: Session, after: Intent) -> Intent:
        connection = await session.driver()
        await connection.execute(_UPDATE, *_columns(after))
        await self._tell(session, after)
        return after

    async def _tell(self, session: Session, intent: Intent, *, kind: str | None = None) -> None:
        """Leaves an event for delivery, in the transaction of what it tells."""
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "type": kind or _EVENT_OF[intent.status],
            "created": int(clock.now().timestamp()),
            "data": {
                "object": {
                    "id": intent.intent_id,
                    "object": "payment_intent",
                    "status": intent.status,
                    "amount": intent.amount_minor,
                    "currency": intent.currency.lower(),
                    "metadata": {"orderId": str(intent.order_id), "attempt": str(intent.attempt)},
                }
            },
        }
        for _ in range(self.faults.deliveries):
            await enqueue(session, DELIVERY_TASK, payload={"event": event})


async def _locked(connection: Connection, intent_id: str) -> Intent:
    return _intent(await connection.fetchrow(f"{_SELECT} FOR UPDATE", intent_id))


def _intent(row: Mapping[str, Any] | asyncpg.Record | None) -> Intent:
    if row is None:
        raise GatewayRefused("resource_missing")
    decline = row["why"]
    return Intent(
        intent_id=row["id"],
        status=IntentStatus(row["status"]),
        order_id=OrderId(row["order_id"]),
        attempt=row["attempt"],
        amount_minor=row["amount"],
        currency=row["currency"],
        client_secret=row["client_secret"],
        captured_minor=row["captured"],
        refunded_minor=row["refunded"],
        decline=None if decline is None else msgspec.json.decode(decline, type=Decline),
    )


def _columns(intent: Intent) -> tuple[object, ...]:
    return (
        intent.intent_id,
        intent.order_id,
        intent.attempt,
        intent.amount_minor,
        intent.currency,
        intent.status.value,
        intent.client_secret,
        intent.captured_minor,
        intent.refunded_minor,
        None if intent.decline is None else msgspec.json.encode(intent.decline).decode(),
    )


_NAMES: Final = (
    "id, order_id, attempt, amount, currency, status, client_secret, captured, refunded, decline"
)
# As text: the two pools decode JSON differently.
_SELECT: Final = f"SELECT {_NAMES}, decline::TEXT AS why FROM sandbox_intents WHERE id = $1"
_INSERT: Final = (
    f"INSERT INTO sandbox_intents ({_NAMES}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
)
_UPDATE: Final = (
    f"UPDATE sandbox_intents SET ({_NAMES}) = ROW ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb) "
    "WHERE id = $1"
)
_CLAIM: Final = (
    "INSERT INTO sandbox_idempotency (key, request_hash) VALUES ($1, $2) "
    "ON CONFLICT DO NOTHING RETURNING key"
)
_ANSWERED: Final = "SELECT request_hash, answer FROM sandbox_idempotency WHERE key = $1"
_KEEP: Final = "UPDATE sandbox_idempotency SET answer = $2 WHERE key = $1"
