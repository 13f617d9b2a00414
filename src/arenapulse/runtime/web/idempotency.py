"""Idempotency keys on the calm road: the first answer again, and a twin in flight waits for it.

The key's row is inserted in the request's own transaction. A twin's insert waits on the unique
index until that transaction ends: committed, it finds the answer; rolled back, it takes over.
A refusal rolls back, so it is not kept. Who lost the right since the first time is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import text

from arenapulse.core.errors import NOT_JSON, Invalid, KeyReused, MalformedBody
from arenapulse.runtime.db import Session
from arenapulse.runtime.web.deps import Db, RuntimeDep
from arenapulse.runtime.web.errors import JSON

KEEP_HOURS = 24
REPLAYED = "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")
_PURPOSE = "idempotency answers"

# A whole envelope, or a struct that goes into one.
T = TypeVar("T", bound=BaseModel | msgspec.Struct)


def parse_key(raw: str | None) -> str | None:
    """The key, or None without one; raises `Invalid` for what is not 1–255 visible ASCII."""
    if raw is None:
        return None
    if not _KEY.match(raw):
        raise Invalid.on("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
    return raw


def fingerprint(body: bytes) -> bytes:
    """The same for the same JSON value, however it is written; raises `MalformedBody`."""
    try:
        value: Any = msgspec.json.decode(body) if body.strip() else None
        return hashlib.sha256(msgspec.json.encode(value, order="sorted")).digest()
    except NOT_JSON:
        # The body's own parser is more patient in places: NaN, and how deep it goes.
        raise MalformedBody from None


class Once:
    """Runs a route's work once per key: `return await once(actor_id, work, rights=…, status=201)`.

    `rights` raises what the work would for who may not ask any more: a replay does not come to the
    work, which judges by itself. None says that there are none to lose, or that they are judged
    already.
    """

    def __init__(self, request: Request, session: Session, runtime: RuntimeDep) -> None:
        self._request = request
        self._session = session
        self._keyring = runtime.keyring

    async def __call__(
        self,
        person: object,
        work: Callable[[], Awaitable[T]],
        *,
        rights: Callable[[], Awaitable[object]] | None,
        status: int = 200,
    ) -> Response:
        key = parse_key(self._request.headers.get("idempotency-key"))
        if key is None:
            return _answer(_encode(await work()), status)
        body_hash = fingerprint(await self._request.body())
        scope = {
            "person": str(person),
            "method": self._request.method,
            "path": self._request.url.path,
            "key": key,
        }
        claimed = await self._session.execute(_CLAIM, scope | {"hash": body_hash})
        if claimed.first() is None:
            if rights is not None:
                await rights()
            return await self._replay(scope, body_hash)
        answer = _encode(await work())
        sealed = self._keyring.seal(answer, purpose=_PURPOSE, bound_to=_place(scope))
        await self._session.execute(_KEEP, scope | {"status": status, "answer": sealed})
        return _answer(answer, status)

    async def _replay(self, scope: dict[str, str], body_hash: bytes) -> Response:
        row = (await self._session.execute(_FIND, scope)).one()
        if bytes(row.body_hash) != body_hash:
            raise KeyReused
        response = _answer(self._opened(bytes(row.answer), scope), int(row.status))
        response.headers[REPLAYED] = "true"
        return response

    def _opened(self, sealed: bytes, scope: dict[str, str]) -> bytes:
        try:
            return self._keyring.open(sealed, purpose=_PURPOSE, bound_to=_place(scope))
        except ValueError:
            # Kept by the release before, which bound answers to no place; gone within a day.
            return self._keyring.open(sealed, purpose=_PURPOSE)


def _place(scope: Mapping[str, str]) -> str:
    """Answers hold keys and secrets: moved into another row they open for nobody."""
    return "idempotency_keys.answer:" + msgspec.json.encode(scope, order="sorted").decode()


def _encode(made: BaseModel | msgspec.Struct) -> bytes:
    if isinstance(made, msgspec.Struct):
        return msgspec.json.encode({"success": True, "data": made})
    return made.model_dump_json().encode()


def _answer(body: bytes, status: int) -> Response:
    return Response(body, status_code=status, media_type=JSON)


async def once_of(request: Request, session: Db, runtime: RuntimeDep) -> Once:
    return Once(request, session, runtime)


async def forget_answers(session: Session, *, person: str) -> None:
    """Of somebody who goes for good: what they were answered is kept no longer."""
    await session.execute(_FORGET, {"person": person})


OnceDep = Annotated[Once, Depends(once_of)]

_SCOPE = "person = :person AND method = :method AND path = :path AND key = :key"
_CLAIM = text(
    "INSERT INTO idempotency_keys (person, method, path, key, body_hash) "
    "VALUES (:person, :method, :path, :key, :hash) ON CONFLICT DO NOTHING RETURNING 1"
)
_FORGET = text("DELETE FROM idempotency_keys WHERE person = :person")
_KEEP = text(f"UPDATE idempotency_keys SET status = :status, answer = :answer WHERE {_SCOPE}")
_FIND = text(f"SELECT body_hash, status, answer FROM idempotency_keys WHERE {_SCOPE}")
