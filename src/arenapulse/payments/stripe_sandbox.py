"""The twin of Stripe: an HTTP server in its wire format, so that the official SDK speaks to it.

It checks its key and every parameter, keeps answers by idempotency key, and can be slow, away,
limited, lose its answers, decline for a while, and tell its news twice or never.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from arenapulse.payments import stripe_balance as account
from arenapulse.payments import stripe_wire as wire
from arenapulse.payments.stripe_balance import Connection
from arenapulse.payments.stripe_books import DELIVERY_TASK, Books, Row
from arenapulse.payments.stripe_wire import WireError
from arenapulse.runtime.db import Database, as_unavailable, forbid_in_transaction
from arenapulse.runtime.jobs import enqueue_on, wake

BODY_BYTES_MAX: Final = 65_536
_JSON: Final = [(b"content-type", b"application/json")]
# Method, first word of the path, whether an id follows, the word after it: the call.
_ROUTES: Final[Mapping[tuple[str, str, bool, str], str]] = {
    ("POST", "payment_intents", False, ""): "create_intent",
    ("GET", "payment_intents", False, ""): "list",
    ("GET", "payment_intents", True, ""): "retrieve",
    ("POST", "payment_intents", True, "capture"): "capture",
    ("POST", "payment_intents", True, "cancel"): "cancel",
    ("POST", "refunds", False, ""): "refund",
    ("GET", "refunds", True, ""): "refund_state",
    ("GET", "disputes", True, ""): "dispute",
    ("GET", "radar/early_fraud_warnings", True, ""): "warning",
    ("GET", "balance_transactions", False, ""): "movements",
    ("GET", "payouts", False, ""): "payouts",
    ("GET", "balance", False, ""): "balance",
}
_OF_ACCOUNT: Final = frozenset({"movements", "payouts", "balance"})


@dataclass
class Faults:
    """What is to go wrong: counts are used up one call at a time, by name of the call."""

    slow_seconds: float = 0
    away: Counter[str] = field(default_factory=Counter[str])
    limited: Counter[str] = field(default_factory=Counter[str])
    lost_answers: Counter[str] = field(default_factory=Counter[str])
    # Whatever is asked is refused, as of a card that was closed meanwhile.
    refused: Counter[str] = field(default_factory=Counter[str])
    # So many cards more are declined in the way that passes.
    soft_declines: int = 0
    deliveries: int = 1


@dataclass(frozen=True)
class _Asked:
    call: str
    subject: str
    form: Mapping[str, str]
    key: str | None

    @property
    def is_expanded(self) -> bool:
        return self.form.get("expand[]") in {
            *("latest_charge", "data.latest_charge", "data.source")
        }

    @property
    def digest(self) -> bytes:
        told = {"call": self.call, "subject": self.subject, "form": self.form}
        return hashlib.sha256(msgspec.json.encode(told, order="sorted")).digest()


Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class SandboxStripe:
    """`app` is its server; what only banks can do is done by its methods."""

    def __init__(self, database: Database, *, key: str, faults: Faults | None = None) -> None:
        self._database = database
        self._authorization = f"Bearer {key}".encode()
        self.faults = faults or Faults()

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        try:
            status, body = await self._answer(scope, await _body(receive))
        except WireError as error:
            status, body = error.status, error.body
        except Exception as error:
            if as_unavailable(error) is None:
                raise
            # Its memory is away, and so is it.
            status, body = 503, {"error": {"type": "api_error", "message": "Stripe is away."}}
        await send({"type": "http.response.start", "status": status, "headers": _JSON})
        await send({"type": "http.response.body", "body": msgspec.json.encode(body)})

    async def authenticate(self, intent_id: str, *, passes: bool) -> Row:
        return await self._as_bank(lambda books: books.authenticate(intent_id, passes=passes))

    async def open_dispute(self, intent_id: str, *, reason: str = "fraudulent") -> Row:
        return await self._as_bank(lambda books: books.open_dispute(intent_id, reason=reason))

    async def close_dispute(self, dispute_id: str, *, is_won: bool) -> Row:
        return await self._as_bank(lambda books: books.close_dispute(dispute_id, is_won=is_won))

    async def warn(self, intent_id: str) -> Row:
        return await self._as_bank(lambda books: books.warn(intent_id))

    async def undo_refund(self, refund_id: str) -> None:
        await self._as_bank(lambda books: books.undo_refund(refund_id))

    async def pay_out(self) -> None:
        """What may leave goes to our bank."""
        await self._as_bank(lambda books: account.pay_out(books.connection))

    async def fail_payout(self, payout_id: str) -> None:
        await self._as_bank(lambda books: account.fail(books.connection, payout_id=payout_id))

    async def _as_bank(self, work: Callable[[Books], Awaitable[Any]]) -> Any:
        forbid_in_transaction("the payment sandbox")
        async with self._books() as books:
            return await work(books)

    @asynccontextmanager
    async def _books(self) -> AsyncGenerator[Books, None]:
        """One transaction of its memory; what it tells leaves with the commit."""
        async with self._database.pool.acquire() as connection:
            async with connection.transaction():
                books = Books(connection)
                yield books
                letters = [{"event": event} for event in books.news] * self.faults.deliveries
                await enqueue_on(connection, self._database, DELIVERY_TASK, payloads=letters)
            if letters:
                wake(self._database)

    async def _answer(self, scope: Scope, body: bytes) -> tuple[int, Any]:
        headers = dict(scope["headers"])
        if headers.get(b"authorization") != self._authorization:
            raise WireError(401, None, "Invalid API Key provided.")
        asked = _asked(scope, headers, body)
        await self._before(asked.call)
        wire.check(asked.call, asked.form)
        if asked.key is None or scope["method"] == "GET":
            async with self._books() as books:
                answer = 200, await self._do(books, asked)
        else:
            answer = await self._once(asked, asked.key)
        if self.faults.lost_answers[asked.call] > 0:
            self.faults.lost_answers[asked.call] -= 1
            raise WireError(500, None, "The answer got lost.", kind="api_error")
        return answer

    async def _before(self, call: str) -> None:
        faults = self.faults
        if faults.slow_seconds:
            await asyncio.sleep(faults.slow_seconds)
        if faults.away[call] > 0:
            faults.away[call] -= 1
            raise WireError(503, None, "Stripe is away.", kind="api_error")
        if faults.limited[call] > 0:
            faults.limited[call] -= 1
            raise WireError(429, "rate_limit", "Too many requests hit the API too quickly.")
        if faults.refused[call] > 0:
            faults.refused[call] -= 1
            raise WireError(400, "refused", "It will not happen.")

    async def _once(self, asked: _Asked, key: str) -> tuple[int, Any]:
        """Runs a call once per key; the same key with other parameters is refused."""
        async with self._books() as books:
            known = await books.connection.fetchrow(_ANSWERED, key)
            assert known is not None
            if not known["is_mine"]:
                raise _in_use()
            if known["answer"] is not None:
                if known["request_hash"] != asked.digest:
                    message = "Keys for idempotent requests can only be used with the same ones."
                    raise WireError(400, None, message, kind="idempotency_error")
                return known["status"], msgspec.json.decode(known["answer"])
            # A refusal raised in here rolls back: Stripe keeps no answer to a request it did not
            # begin. A declined card is one that it keeps.
            body = await self._do(books, asked)
            status, kept = 402 if "error" in body else 200, msgspec.json.encode(body)
            done = await books.connection.execute(_KEEP, key, asked.digest, status, kept)
            if done == "INSERT 0 0":
                # A twin of the call ended between our look and our turn.
                raise _in_use()
        return status, body

    async def _do(self, books: Books, asked: _Asked) -> Any:
        call, subject, form = asked.call, asked.subject, asked.form
        if call == "refund":
            return wire.refund_shape(await books.refund(form))
        if call == "refund_state":
            return wire.refund_shape(await books.refund_state(subject))
        if call == "dispute":
            return wire.dispute_shape(await books.dispute(subject))
        if call == "warning":
            return wire.warning_shape(await books.warning(subject))
        if call == "list":
            rows, has_more = await books.listed(form)
            data = [wire.intent_shape(row, expanded=asked.is_expanded) for row in rows]
            return _list("payment_intents", data, has_more=has_more)
        if call in _OF_ACCOUNT:
            return await _of_account(books.connection, asked)
        row = await self._intent(books, call, subject=subject, form=form)
        told = wire.intent_shape(row, expanded=asked.is_expanded)
        if call == "create_intent" and row["why"] is not None:
            return {"error": row["why"] | {"payment_intent": told}}
        return told

    async def _intent(self, books: Books, call: str, *, subject: str, form: Any) -> Row:
        if call == "create_intent":
            is_soft = self.faults.soft_declines > 0
            self.faults.soft_declines -= int(is_soft)
            return await books.create_intent(form, softly_declined=is_soft)
        if call == "capture":
            return await books.capture(subject, form)
        if call == "cancel":
            return await books.cancel(subject)
        return await books.intent(subject)


async def _of_account(connection: Connection, asked: _Asked) -> Any:
    """Our balance, what moved it, and what was paid out of it."""
    if asked.call == "balance":
        return await account.balance(connection)
    if asked.call == "payouts":
        rows, has_more = await account.payouts(connection, asked.form)
        return _list("payouts", [wire.payout_shape(row) for row in rows], has_more=has_more)
    rows, has_more = await account.movements(connection, asked.form)
    data = [wire.movement_shape(row, expanded=asked.is_expanded) for row in rows]
    return _list("balance_transactions", data, has_more=has_more)


def _list(name: str, data: Sequence[Any], *, has_more: bool) -> dict[str, Any]:
    return {"object": "list", "url": f"/v1/{name}", "has_more": has_more, "data": data}


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        part = await receive()
        body += part.get("body", b"")
        more = part.get("more_body", False)
        if len(body) > BODY_BYTES_MAX:
            raise WireError(413, None, "The request is too large.")
    return body


def _asked(scope: Scope, headers: Mapping[bytes, bytes], body: bytes) -> _Asked:
    path = str(scope["path"]).removeprefix("/v1/").replace("radar/", "radar~", 1)
    first, _, rest = path.partition("/")
    subject, _, last = rest.partition("/")
    route = (scope["method"], first.replace("~", "/"), bool(subject), last)
    call = _ROUTES.get(route)
    if call is None or not scope["path"].startswith("/v1/"):
        raise WireError(404, None, "Unrecognized request URL.")
    text = scope["query_string"] if scope["method"] == "GET" else body
    key = headers.get(b"idempotency-key")
    return _Asked(
        call=call,
        subject=unquote(subject),
        form=wire.form_of(text.decode()),
        key=None if key is None else key.decode("latin-1")[:255],
    )


def _in_use() -> WireError:
    message = "There is currently another in-progress request using this key."
    return WireError(409, "idempotency_key_in_use", message, kind="idempotency_error")


# Two calls with one key at once: Stripe refuses the second for now.
_ANSWERED: Final = """
SELECT pg_try_advisory_xact_lock(hashtextextended($1, 4242)) AS is_mine, k.*
FROM (SELECT 1) one LEFT JOIN sandbox_idempotency k ON k.key = $1 AND k.status IS NOT NULL
"""
_KEEP: Final = """
INSERT INTO sandbox_idempotency (key, request_hash, status, answer) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO UPDATE SET request_hash = $2, status = $3, answer = $4
  WHERE sandbox_idempotency.status IS NULL
"""
