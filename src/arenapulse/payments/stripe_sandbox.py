"""The twin of Stripe: an HTTP server in its wire format, so that the official SDK speaks to it.

It checks its key and every parameter, keeps answers by idempotency key, and can be slow, away,
limited, lose its answers, decline for a while, and tell its news twice, late, out of order or
never. What comes together is written down together: a vendor has machines of its own, the twin has
a corner of ours.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
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
from arenapulse.runtime.gathering import Gathering
from arenapulse.runtime.jobs import enqueue_on, wake

BODY_BYTES_MAX: Final = 65_536
TOGETHER_MAX: Final = 16
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
    ("GET", "disputes", False, ""): "disputes",
    ("GET", "radar/early_fraud_warnings", True, ""): "warning",
    ("GET", "radar/early_fraud_warnings", False, ""): "warnings",
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
    # News comes never or twice; so many letters behind the next, or when `let_late_go` says so.
    deliveries: int = 1
    overtaken: int = 0
    late: int = 0


@dataclass(frozen=True)
class _Asked:
    call: str
    subject: str
    form: Mapping[str, str]
    key: str

    @property
    def is_plain(self) -> bool:
        """What a shop asks for thousands of times: written down together with others."""
        return self.call in {"create_intent", "capture"}

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
Letter = dict[str, Any]
_Answer = tuple[int, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class SandboxStripe:
    """`app` is its server; what only banks can do is done by its methods."""

    def __init__(self, database: Database, *, key: str, faults: Faults | None = None) -> None:
        self._database = database
        self._authorization = f"Bearer {key}".encode()
        self._counter = Gathering(self._once_each, most=TOGETHER_MAX, fits=_fits)
        self.faults = faults or Faults()
        self._overtaken: list[Letter] = []
        self._late: list[Letter] = []

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

    async def open_dispute(
        self, intent_id: str, *, reason: str = "fraudulent", amount: int | None = None
    ) -> Row:
        """Of all that is left, or of a part of it."""
        return await self._as_bank(
            lambda books: books.open_dispute(intent_id, reason=reason, amount=amount)
        )

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
                letters = self._on_their_way(books)
                await enqueue_on(connection, self._database, DELIVERY_TASK, payloads=letters)
            if letters:
                wake(self._database)

    async def let_late_go(self) -> None:
        """What was to be late is told now."""
        async with self._database.pool.acquire() as connection, connection.transaction():
            letters, self._late = self._late, []
            await enqueue_on(connection, self._database, DELIVERY_TASK, payloads=letters)
        wake(self._database)

    def _on_their_way(self, books: Books) -> list[Letter]:
        """What is sent now: with it what was held back, so that it comes after what is newer."""
        letters: list[Letter] = [{"events": books.news}] * self.faults.deliveries
        if not books.news or not letters:
            return []
        if self.faults.late > 0:
            self.faults.late -= 1
            self._late += letters
            return []
        if self.faults.overtaken > 0:
            self.faults.overtaken -= 1
            self._overtaken = letters + self._overtaken
            return []
        held, self._overtaken = self._overtaken, []
        return letters + held

    async def _answer(self, scope: Scope, body: bytes) -> tuple[int, Any]:
        headers = dict(scope["headers"])
        if headers.get(b"authorization") != self._authorization:
            raise WireError(401, None, "Invalid API Key provided.")
        asked = _asked(scope, headers, body)
        await self._before(asked.call)
        wire.check(asked.call, asked.form)
        if scope["method"] == "GET":
            async with self._books() as books:
                answer = 200, await self._do(books, asked)
        else:
            answer = await self._counter.ask(asked)
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

    async def _once_each(self, batch: Sequence[_Asked]) -> list[_Answer | Exception]:
        """Runs calls, each once per key; the same key with other parameters is refused."""
        async with self._books() as books:
            keys = [asked.key for asked in batch]
            claims = await books.connection.fetch(_CLAIM, keys)
            # Only now: what a twin of the call wrote down before it let go of its key is seen.
            known = {row["key"]: row for row in await books.connection.fetch(_ANSWERED, keys)}
            answers: dict[str, _Answer | Exception] = {}
            for asked, claim in zip(batch, claims, strict=True):
                if not claim["is_mine"]:
                    answers[asked.key] = _in_use()
                elif asked.key in known:
                    answers[asked.key] = _again(asked, dict(known[asked.key]))
            new = [asked for asked in batch if asked.key not in answers]
            # What is refused after it wrote something is alone and rolls back: Stripe keeps no
            # answer to a request it did not begin. A declined card is one that it keeps.
            done = await self._do_all(books, new)
            kept = [
                (asked.key, asked.digest, answer[0], msgspec.json.encode(answer[1]))
                for asked in new
                if not isinstance(answer := done[asked.key], Exception)
            ]
            if kept:
                await books.connection.execute(_KEEP, *map(list, zip(*kept, strict=True)))
        return [answers.get(asked.key) or done[asked.key] for asked in batch]

    async def _do_all(
        self, books: Books, batch: Sequence[_Asked]
    ) -> Mapping[str, _Answer | Exception]:
        """What each call comes to, by its key."""
        if len(batch) == 1 and not batch[0].is_plain:
            return {batch[0].key: (200, await self._do(books, batch[0]))}
        made = [asked for asked in batch if asked.call == "create_intent"]
        taken = {asked.subject: asked for asked in batch if asked.call == "capture"}
        softly = min(self.faults.soft_declines, len(made))
        self.faults.soft_declines -= softly
        intents = await books.create_intents([asked.form for asked in made], softly_declined=softly)
        done = {asked.key: _told(row, asked) for asked, row in zip(made, intents, strict=True)}
        captured = await books.capture_all({name: asked.form for name, asked in taken.items()})
        return done | {taken[name].key: _told(row, taken[name]) for name, row in captured.items()}

    async def _do(self, books: Books, asked: _Asked) -> Any:
        call, subject, form = asked.call, asked.subject, asked.form
        if call == "refund":
            return wire.refund_shape(await books.refund(form))
        if call == "refund_state":
            return wire.refund_shape(await books.refund_state(subject))
        if call == "dispute":
            return wire.dispute_shape(await books.dispute(subject))
        if call == "disputes":
            rows, has_more = await books.disputes(form)
            data = [wire.dispute_shape(row) for row in rows]
            return _list("disputes", data, has_more=has_more)
        if call == "warning":
            return wire.warning_shape(await books.warning(subject))
        if call == "warnings":
            rows, has_more = await books.warnings(form)
            data = [wire.warning_shape(row) for row in rows]
            return _list("radar/early_fraud_warnings", data, has_more=has_more)
        if call == "list":
            rows, has_more = await books.listed(form)
            data = [wire.intent_shape(row, expanded=asked.is_expanded) for row in rows]
            return _list("payment_intents", data, has_more=has_more)
        if call in _OF_ACCOUNT:
            return await _of_account(books.connection, asked)
        row = await (books.cancel(subject) if call == "cancel" else books.intent(subject))
        return wire.intent_shape(row, expanded=asked.is_expanded)


def _fits(batch: Sequence[_Asked], asked: _Asked) -> bool:
    """Nobody before it has its key or its intent, and all may be written down together."""
    return asked.is_plain and all(
        before.is_plain
        and before.key != asked.key
        and not (asked.subject and asked.subject == before.subject)
        for before in batch
    )


def _told(row: Row | WireError, asked: _Asked) -> _Answer | WireError:
    if isinstance(row, WireError):
        return row
    told = wire.intent_shape(row, expanded=asked.is_expanded)
    if asked.call == "create_intent" and row["why"] is not None:
        return 402, {"error": row["why"] | {"payment_intent": told}}
    return 200, told


def _again(asked: _Asked, known: Mapping[str, Any]) -> _Answer | WireError:
    if known["request_hash"] != asked.digest:
        message = "Keys for idempotent requests can only be used with the same ones."
        return WireError(400, None, message, kind="idempotency_error")
    return known["status"], msgspec.json.decode(known["answer"])


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
        key=secrets.token_hex(16) if key is None else key.decode("latin-1")[:255],
    )


def _in_use() -> WireError:
    message = "There is currently another in-progress request using this key."
    return WireError(409, "idempotency_key_in_use", message, kind="idempotency_error")


# Two calls with one key at once: Stripe refuses the second for now.
_CLAIM: Final = """
SELECT pg_try_advisory_xact_lock(hashtextextended(x.key, 4242)) AS is_mine
FROM unnest($1::TEXT[]) WITH ORDINALITY x(key, n) ORDER BY x.n
"""
_ANSWERED: Final = """
SELECT key, request_hash, status, answer FROM sandbox_idempotency
WHERE key = ANY ($1) AND status IS NOT NULL
"""
_KEEP: Final = """
INSERT INTO sandbox_idempotency (key, request_hash, status, answer)
  SELECT * FROM unnest($1::TEXT[], $2::BYTEA[], $3::SMALLINT[], $4::BYTEA[])
ON CONFLICT (key) DO UPDATE SET request_hash = EXCLUDED.request_hash, status = EXCLUDED.status,
    answer = EXCLUDED.answer
  WHERE sandbox_idempotency.status IS NULL
"""
