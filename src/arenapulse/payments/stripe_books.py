"""What the twin of Stripe remembers, in PostgreSQL, and what it does with it.

The same state machine as Stripe's: intents, captures, refunds, disputes, early fraud warnings.
Each change has its event, which is delivered after the transaction that made it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import asyncpg
import msgspec

from arenapulse.core import clock
from arenapulse.payments import stripe_balance as account
from arenapulse.payments import stripe_wire as wire
from arenapulse.payments.stripe_balance import Connection
from arenapulse.payments.stripe_wire import WireError

DELIVERY_TASK: Final = "payments.deliver_sandbox_event"

VISA: Final = "pm_card_visa"
DECLINED: Final = "pm_card_chargeDeclined"
INSUFFICIENT_FUNDS: Final = "pm_card_chargeDeclinedInsufficientFunds"
THREE_D_SECURE: Final = "pm_card_threeDSecure2Required"
PROCESSING_ERROR: Final = "pm_card_chargeDeclinedProcessingError"
DISPUTED: Final = "pm_card_createDispute"
FRAUD: Final = "pm_card_createIssuerFraudRecord"
REFUND_FAILS: Final = "pm_card_refundFail"
TOKENS: Final = frozenset(
    {
        *(VISA, DECLINED, INSUFFICIENT_FUNDS, THREE_D_SECURE),
        *(PROCESSING_ERROR, DISPUTED, FRAUD, REFUND_FAILS),
    }
)

_DECLINES: Final[Mapping[str, tuple[str, str]]] = {
    DECLINED: ("generic_decline", "Your card was declined."),
    INSUFFICIENT_FUNDS: ("insufficient_funds", "Your card has insufficient funds."),
    PROCESSING_ERROR: (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
}
_NOT_AUTHENTICATED: Final = {
    "type": "invalid_request_error",
    "code": "payment_intent_authentication_failure",
    "message": "Your bank could not confirm that it was you.",
}
_EVENT_OF: Final = {
    "requires_capture": "payment_intent.amount_capturable_updated",
    "requires_action": "payment_intent.requires_action",
    "requires_payment_method": "payment_intent.payment_failed",
    "succeeded": "payment_intent.succeeded",
    "canceled": "payment_intent.canceled",
}

Row: TypeAlias = dict[str, Any]
Form: TypeAlias = Mapping[str, str]


def declined(token: str) -> dict[str, Any]:
    """The error of a card, as an intent keeps it."""
    code, message = _DECLINES[token]
    kept = "processing_error" if token == PROCESSING_ERROR else "card_declined"
    return {"type": "card_error", "code": kept, "decline_code": code, "message": message}


@dataclass(frozen=True)
class Books:
    """The twin's memory within one transaction; `news` are its events that are to be delivered."""

    connection: Connection
    news: list[Row] = field(default_factory=list[Row])

    async def create_intents(
        self, forms: Sequence[Form], *, softly_declined: int = 0
    ) -> list[Row | WireError]:
        """An intent for each, or why there is none; the first few cards decline softly."""
        asked = [wire.new_intent(form, tokens=TOKENS) for form in forms]
        made: list[tuple[Any, ...]] = []
        for number, new in enumerate(asked):
            if isinstance(new, WireError):
                continue
            token = PROCESSING_ERROR if number < softly_declined else new.token
            status, why = "requires_capture", None
            if token == THREE_D_SECURE:
                status = "requires_action"
            elif token in _DECLINES:
                status, why = "requires_payment_method", declined(token)
            intent_id = f"pi_{secrets.token_hex(12)}"
            asked[number] = msgspec.structs.replace(new, intent_id=intent_id)
            made.append(
                (
                    *(intent_id, new.order_id, new.attempt, new.amount, new.currency, status),
                    f"{intent_id}_secret_{secrets.token_hex(12)}",
                    None if why is None else msgspec.json.encode(why).decode(),
                    *(token, new.destination),
                )
            )
        rows = await self._told_rows(_INSERT_INTENTS, made)
        return [new if isinstance(new, WireError) else rows[new.intent_id] for new in asked]

    async def intent(self, intent_id: str, *, lock: bool = False) -> Row:
        found = await self.connection.fetchrow(
            f"{_INTENT} FOR UPDATE" if lock else _INTENT, intent_id
        )
        if found is None:
            raise _unknown(intent_id)
        return _intent(found)

    async def capture_all(self, asked: Mapping[str, Form]) -> dict[str, Row | WireError]:
        """Takes what was authorised, by intent; or why not."""
        if not asked:
            return {}
        found = await self.connection.fetch(_INTENTS, list(asked))
        before = {row["id"]: _intent(row) for row in found}
        answers = {name: _capture(name, before.get(name), form) for name, form in asked.items()}
        amounts = {name: taken for name, taken in answers.items() if isinstance(taken, int)}
        rows = await self._told_rows(_CAPTURE_INTENTS, list(amounts.items()))
        await account.note_all(
            self.connection,
            [
                ("charge", f"ch_{name[3:]}", name, amount, account.fee_of(amount))
                for name, amount in amounts.items()
            ],
        )
        for name in amounts:
            if before[name]["token"] == DISPUTED:
                await self.open_dispute(name, reason="fraudulent")
            if before[name]["token"] == FRAUD:
                await self.warn(name)
        return {
            name: answer if isinstance(answer, WireError) else rows[name]
            for name, answer in answers.items()
        }

    async def cancel(self, intent_id: str) -> Row:
        before = await self.intent(intent_id, lock=True)
        if before["status"] in {"succeeded", "canceled"}:
            raise _unexpected(before)
        return await self._move(intent_id, status="canceled")

    async def authenticate(self, intent_id: str, *, passes: bool) -> Row:
        """What the person does on the bank's page; refused when nobody asked for it."""
        before = await self.intent(intent_id, lock=True)
        if before["status"] != "requires_action":
            raise _unexpected(before)
        if passes:
            return await self._move(intent_id, status="requires_capture")
        return await self._move(intent_id, status="requires_payment_method", why=_NOT_AUTHENTICATED)

    async def refund(self, form: Form) -> Row:
        intent_id = form["payment_intent"]
        paid = await self.intent(intent_id, lock=True)
        left = paid["captured"] - paid["refunded"]
        disputed = await self.connection.fetchval(_CHARGED_BACK, intent_id)
        if disputed and (wire.amount(form, "amount") or left) > left - disputed:
            message = f"Charge ch_{intent_id[3:]} has been charged back; cannot issue a refund."
            raise WireError(400, "charge_disputed", message)
        if paid["captured"] and not left:
            message = f"Charge ch_{intent_id[3:]} has already been refunded."
            raise WireError(400, "charge_already_refunded", message)
        amount = wire.amount(form, "amount") or left
        if not 0 < amount <= left:
            message = f"Refund amount ({amount}) is greater than unrefunded amount ({left})"
            raise WireError(400, "amount_too_large", message, param="amount")
        refund_id = f"re_{secrets.token_hex(12)}"
        await self.connection.execute(_INSERT_REFUND, refund_id, intent_id, amount)
        await self.connection.execute(_ADD_REFUNDED, intent_id, amount)
        await self._note("refund", refund_id, intent_id, amount=-amount)
        after = await self.intent(intent_id)
        self._tell("charge.refunded", wire.charge_shape(after))
        answer = await self.refund_state(refund_id)
        if paid["token"] == REFUND_FAILS:
            await self.undo_refund(refund_id)
        return answer

    async def refund_state(self, refund_id: str) -> Row:
        found = await self.connection.fetchrow(_REFUND, refund_id)
        if found is None:
            raise WireError(404, "resource_missing", f"No such refund: '{refund_id}'")
        return dict(found)

    async def undo_refund(self, refund_id: str) -> None:
        """The bank could not take the money: it is back with us."""
        refund = await self.refund_state(refund_id)
        await self.connection.execute(_FAIL_REFUND, refund_id)
        await self.connection.execute(_ADD_REFUNDED, refund["intent_id"], -refund["amount"])
        await self._note("refund_failure", refund_id, refund["intent_id"], amount=refund["amount"])
        self._tell("refund.failed", wire.refund_shape(await self.refund_state(refund_id)))

    async def open_dispute(self, intent_id: str, *, reason: str, amount: int | None = None) -> Row:
        dispute_id = f"dp_{secrets.token_hex(12)}"
        await self.connection.execute(_INSERT_DISPUTE, dispute_id, intent_id, reason, amount)
        made = await self.dispute(dispute_id)
        taken, fee = -made["amount"], account.DISPUTE_FEE
        await self._note("adjustment", dispute_id, intent_id, amount=taken, fee=fee)
        self._tell("charge.dispute.created", wire.dispute_shape(made))
        return made

    async def close_dispute(self, dispute_id: str, *, is_won: bool) -> Row:
        status = "won" if is_won else "lost"
        done = await self.connection.execute(_CLOSE_DISPUTE, dispute_id, status)
        made = await self.dispute(dispute_id)
        if is_won and done != "UPDATE 0":
            await self._note("adjustment", dispute_id, made["intent_id"], amount=made["amount"])
        self._tell("charge.dispute.closed", wire.dispute_shape(made))
        return made

    async def dispute(self, dispute_id: str) -> Row:
        found = await self.connection.fetchrow(_DISPUTE, dispute_id)
        if found is None:
            raise WireError(404, "resource_missing", f"No such dispute: '{dispute_id}'")
        return dict(found)

    async def warn(self, intent_id: str) -> Row:
        warning_id = f"issfr_{secrets.token_hex(12)}"
        await self.connection.execute(
            "INSERT INTO sandbox_warnings (id, intent_id) VALUES ($1, $2)", warning_id, intent_id
        )
        made = await self.warning(warning_id)
        self._tell("radar.early_fraud_warning.created", wire.warning_shape(made))
        return made

    async def warning(self, warning_id: str) -> Row:
        found = await self.connection.fetchrow(_WARNING, warning_id)
        if found is None:
            raise WireError(404, "resource_missing", f"No such warning: '{warning_id}'")
        return dict(found)

    async def disputes(self, form: Form) -> tuple[Sequence[Row], bool]:
        return await self._newest(_DISPUTES, form)

    async def warnings(self, form: Form) -> tuple[Sequence[Row], bool]:
        return await self._newest(_WARNINGS, form)

    async def _newest(self, listing: str, form: Form) -> tuple[Sequence[Row], bool]:
        limit = wire.number(form, "limit") or 10
        since, after = wire.number(form, "created[gte]") or 0, form.get("starting_after")
        rows = await self.connection.fetch(listing, since, after, limit + 1)
        return [dict(row) for row in rows[:limit]], len(rows) > limit

    async def listed(self, form: Form) -> tuple[Sequence[Row], bool]:
        limit = wire.number(form, "limit") or 10
        if not 1 <= limit <= 100:
            raise WireError(400, "parameter_invalid_integer", "Invalid limit", param="limit")
        after = form.get("starting_after")
        rows = await self.connection.fetch(
            _LIST,
            wire.number(form, "created[gte]") or 0,
            wire.number(form, "created[lt]") or 2**40,
            after,
            limit + 1,
        )
        return [_intent(row) for row in rows[:limit]], len(rows) > limit

    async def _note(
        self, kind: str, source: str, intent_id: str, *, amount: int, fee: int = 0
    ) -> None:
        await account.note_all(self.connection, [(kind, source, intent_id, amount, fee)])

    async def _move(
        self, intent_id: str, *, status: str, why: Mapping[str, Any] | None = None
    ) -> Row:
        kept = None if why is None else msgspec.json.encode(why).decode()
        moved = await self._told_rows(_MOVE_INTENTS, [(intent_id, status, kept)])
        return moved[intent_id]

    async def _told_rows(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, Row]:
        """Writes intents, a column an array, and tells of each; how they are now."""
        if not rows:
            return {}
        changed = await self.connection.fetch(statement, *map(list, zip(*rows, strict=True)))
        return {row["id"]: self._told(row) for row in changed}

    def _told(self, changed: asyncpg.Record) -> Row:
        row = _intent(changed)
        self._tell(_EVENT_OF[row["status"]], wire.intent_shape(row, expanded=False))
        return row

    def _tell(self, kind: str, told: Mapping[str, Any]) -> None:
        event_id, at = f"evt_{secrets.token_hex(12)}", int(clock.now().timestamp())
        self.news.append(wire.event_shape(event_id, kind, told, at=at))


def _capture(name: str, before: Row | None, form: Form) -> int | WireError:
    """How much is taken."""
    if before is None:
        return _unknown(name)
    if before["status"] != "requires_capture":
        return _unexpected(before)
    try:
        amount = wire.amount(form, "amount_to_capture") or before["amount"]
    except WireError as wrong:
        return wrong
    if amount > before["amount"]:
        message = "The amount to capture is greater than the remaining amount."
        return WireError(400, "amount_too_large", message, param="amount_to_capture")
    return int(amount)


def _unknown(intent_id: str) -> WireError:
    return WireError(404, "resource_missing", f"No such payment_intent: '{intent_id}'")


def _unexpected(row: Row) -> WireError:
    return WireError(
        400,
        "payment_intent_unexpected_state",
        f"This PaymentIntent could not do that because it has a status of {row['status']}.",
        payment_intent=wire.intent_shape(row, expanded=False),
    )


def _intent(found: asyncpg.Record) -> Row:
    row = dict(found)
    row["why"] = None if row["why"] is None else msgspec.json.decode(row["why"])
    return row


# As text: the two pools decode JSON differently.
_INTENT_COLUMNS: Final = (
    "id, order_id, attempt, amount, currency, status, client_secret, captured, refunded, "
    "decline::TEXT AS why, token, destination, disputed, created_at"
)
_INTENT: Final = f"SELECT {_INTENT_COLUMNS} FROM sandbox_intents WHERE id = $1"
_INTENTS: Final = f"""
SELECT {_INTENT_COLUMNS} FROM sandbox_intents WHERE id = ANY ($1) ORDER BY id FOR UPDATE
"""
_INSERT_INTENTS: Final = f"""
INSERT INTO sandbox_intents (id, order_id, attempt, amount, currency, status, client_secret,
    decline, token, destination)
SELECT x.id, x.order_id, x.attempt, x.amount, x.currency, x.status, x.secret, x.decline::JSONB,
    x.token, x.destination
  FROM unnest($1::TEXT[], $2::UUID[], $3::INTEGER[], $4::BIGINT[], $5::TEXT[], $6::TEXT[],
      $7::TEXT[], $8::TEXT[], $9::TEXT[], $10::TEXT[])
    x(id, order_id, attempt, amount, currency, status, secret, decline, token, destination)
RETURNING {_INTENT_COLUMNS}
"""
_MOVE_INTENTS: Final = f"""
UPDATE sandbox_intents i SET status = x.new_status, decline = x.new_why::JSONB
  FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[]) x(intent_id, new_status, new_why)
  WHERE i.id = x.intent_id RETURNING {_INTENT_COLUMNS}
"""
_CAPTURE_INTENTS: Final = f"""
UPDATE sandbox_intents i SET status = 'succeeded', captured = i.captured + x.taken, decline = NULL
  FROM unnest($1::TEXT[], $2::BIGINT[]) x(intent_id, taken)
  WHERE i.id = x.intent_id RETURNING {_INTENT_COLUMNS}
"""
_ADD_REFUNDED: Final = "UPDATE sandbox_intents SET refunded = refunded + $2 WHERE id = $1"
_INSERT_REFUND: Final = """
INSERT INTO sandbox_refunds (id, intent_id, amount, status) VALUES ($1, $2, $3, 'succeeded')
"""
_FAIL_REFUND: Final = "UPDATE sandbox_refunds SET status = 'failed' WHERE id = $1"
_REFUND: Final = """
SELECT r.id, r.intent_id, r.amount, r.status, r.created_at, i.currency
FROM sandbox_refunds r JOIN sandbox_intents i ON i.id = r.intent_id WHERE r.id = $1
"""
_INSERT_DISPUTE: Final = """
WITH disputed AS (
  UPDATE sandbox_intents SET disputed = TRUE WHERE id = $2 RETURNING id, captured - refunded AS left
)
INSERT INTO sandbox_disputes (id, intent_id, amount, reason, status)
SELECT $1, id, coalesce($4, "left"), $3, 'needs_response' FROM disputed
"""
_CLOSE_DISPUTE: Final = """
UPDATE sandbox_disputes SET status = $2 WHERE id = $1 AND status = 'needs_response'
"""
_CHARGED_BACK: Final = """
SELECT coalesce(sum(amount), 0)::BIGINT FROM sandbox_disputes
WHERE intent_id = $1 AND status <> 'won'
"""
_NEWEST: Final = """
WHERE x.created_at >= to_timestamp($1) AND ($2::TEXT IS NULL
  OR (x.created_at, x.id) < (SELECT a.created_at, a.id FROM {table} a WHERE a.id = $2))
ORDER BY x.created_at DESC, x.id DESC LIMIT $3
"""
_DISPUTED: Final = """
SELECT x.id, x.intent_id, x.amount, x.reason, x.status, x.created_at, i.currency
FROM sandbox_disputes x JOIN sandbox_intents i ON i.id = x.intent_id
"""
_DISPUTE: Final = f"{_DISPUTED} WHERE x.id = $1"
_DISPUTES: Final = _DISPUTED + _NEWEST.format(table="sandbox_disputes")
_WARNED: Final = """
SELECT x.id, x.intent_id, x.created_at, i.captured, i.refunded
FROM sandbox_warnings x JOIN sandbox_intents i ON i.id = x.intent_id
"""
_WARNING: Final = f"{_WARNED} WHERE x.id = $1"
_WARNINGS: Final = _WARNED + _NEWEST.format(table="sandbox_warnings")
_LIST: Final = f"""
SELECT {_INTENT_COLUMNS} FROM sandbox_intents
WHERE created_at >= to_timestamp($1) AND created_at < to_timestamp($2) AND ($3::TEXT IS NULL
  OR (created_at, id) < (SELECT x.created_at, x.id FROM sandbox_intents x WHERE x.id = $3))
ORDER BY created_at DESC, id DESC LIMIT $4
"""
