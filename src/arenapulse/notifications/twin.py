"""What the twins of both vendors share: a memory, faults on demand, news."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

import httpx
import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from arenapulse.core import clock
from arenapulse.core.ids import new_id
from arenapulse.notifications.schemas import Taken
from arenapulse.runtime.db import Database
from arenapulse.runtime.gathering import Gathering

T = TypeVar("T")

KEPT_MAX: Final = 64
NEWS_WAITING_MAX: Final = 200_000
NEWS_SECONDS: Final = 10.0
NEWS_PAUSE_SECONDS: Final = 0.2
MUTE_SECONDS_MAX: Final = 120.0


@dataclass
class VendorFaults:
    """What is to go wrong. Lists and counts are used up, one call or piece of news at a time."""

    answer_seconds: float = 0
    statuses: deque[int] = field(default_factory=deque[int])
    """Answers instead of work: 429, 500, 503."""
    always: int | None = None
    """The answer to every call until it is None again."""
    mute: int = 0
    """Calls that are never answered, and did nothing."""
    lost_answers: int = 0
    """Calls that were done and are never answered."""
    always_mute: bool = False
    news_copies: int = 1
    """How often each letter of news comes."""
    news_delay_seconds: float = 0
    news_lost: int = 0
    news_reversed: bool = False


class Silence(Exception):
    """The call gets no answer."""


class Twin:
    """A vendor's memory and voice; the files of the vendors add its wire format."""

    def __init__(self, database: Database, *, faults: VendorFaults | None = None) -> None:
        self.faults = faults or VendorFaults()
        self.database = database
        self._kept = Gathering(self._keep_all, most=KEPT_MAX)

    @contextlib.asynccontextmanager
    async def call(self, *, refuse: Callable[[int], Response]) -> AsyncGenerator[Response | None]:
        """Goes wrong as it is told to; yields an answer instead of work, or None to do it."""
        faults = self.faults
        if faults.answer_seconds:
            await asyncio.sleep(faults.answer_seconds)
        if faults.always_mute or faults.mute > 0:
            faults.mute -= 0 if faults.always_mute else 1
            raise Silence
        status = faults.always or (faults.statuses.popleft() if faults.statuses else None)
        yield None if status is None else refuse(status)
        if status is None and faults.lost_answers > 0:
            faults.lost_answers -= 1
            raise Silence

    async def keep(self, taken: Taken) -> str | None:
        """Writes a message down; why it was dropped, where its address is blocked."""
        return await self._kept.ask(taken)

    async def _keep_all(self, batch: Sequence[Taken]) -> Sequence[str | None]:
        """What came together, in one statement: a vendor has machines of its own for it."""
        rows = await self.database.pool.fetch(
            _KEEP,
            [new_id() for _ in batch],
            [taken.vendor for taken in batch],
            [taken.vendor_id for taken in batch],
            [taken.message_id for taken in batch],
            [taken.recipient for taken in batch],
            [taken.template for taken in batch],
            [taken.subject for taken in batch],
            [taken.text for taken in batch],
            [taken.html for taken in batch],
            [msgspec.json.encode(taken.headers).decode() for taken in batch],
            clock.now(),
        )
        return [row["dropped"] for row in rows]

    async def block(self, kind: str, recipient: str) -> None:
        await self.database.pool.execute(
            "INSERT INTO sandbox_blocks (kind, recipient) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            kind,
            recipient,
        )

    async def unblock(self, kind: str, recipient: str) -> bool:
        done = await self.database.pool.execute(
            "DELETE FROM sandbox_blocks WHERE kind = $1 AND recipient = $2", kind, recipient
        )
        return done != "DELETE 0"


async def silence(_request: Request, _error: Exception) -> Response:
    """Hangs until the caller gives up."""
    await asyncio.sleep(MUTE_SECONDS_MAX)
    return JSONResponse({}, status_code=504)


class News:
    """Pieces of news on their way to a webhook, late, twice, reversed or lost as told."""

    def __init__(
        self,
        faults: VendorFaults,
        *,
        deliver: Callable[[httpx.AsyncClient, list[bytes]], Awaitable[None]],
        batch_max: int,
    ) -> None:
        self._faults = faults
        self._deliver = deliver
        self._batch_max = batch_max
        self._waiting: deque[bytes] = deque(maxlen=NEWS_WAITING_MAX)
        self._new = asyncio.Event()

    def tell(self, news: bytes) -> None:
        if self._faults.news_lost > 0:
            self._faults.news_lost -= 1
            return
        self._waiting.append(news)
        self._new.set()

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=NEWS_SECONDS, trust_env=False) as client:
            while True:
                await self._new.wait()
                self._new.clear()
                # What happened together is told together.
                await asyncio.sleep(self._faults.news_delay_seconds or 0.02)
                while self._waiting:
                    batch = self._batch()
                    # As vendors do that did not hear that it came.
                    for _ in range(self._faults.news_copies):
                        await self._deliver(client, batch)
                # Vendors tell of thousands in few letters.
                await asyncio.sleep(NEWS_PAUSE_SECONDS)

    def _batch(self) -> list[bytes]:
        size = min(self._batch_max, len(self._waiting))
        if self._faults.news_reversed:
            return [self._waiting.pop() for _ in range(size)]
        return [self._waiting.popleft() for _ in range(size)]


def some_id(length: int) -> str:
    """A vendor's id, which is no secret."""
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return "".join(random.choices(alphabet, k=length))  # noqa: S311 - names, not secrets


def message_id_of(given: object) -> UUID | None:
    try:
        return UUID(str(given))
    except ValueError:
        return None


_KEEP: Final = """
WITH given AS (
  SELECT x.*, (SELECT min(b.kind) FROM sandbox_blocks b WHERE b.recipient = x.recipient) AS dropped
    FROM unnest($1::UUID[], $2::TEXT[], $3::TEXT[], $4::UUID[], $5::TEXT[], $6::TEXT[], $7::TEXT[],
      $8::TEXT[], $9::TEXT[], $10::TEXT[]) WITH ORDINALITY
      x(id, vendor, vendor_id, message_id, recipient, template, subject, body, html, headers, n)
), kept AS (
  INSERT INTO sandbox_messages (id, vendor, vendor_id, message_id, recipient, template, subject,
      body, html, headers, taken_at)
    SELECT id, vendor, vendor_id, message_id, recipient, template, subject, body, html,
        headers::JSONB, $11 FROM given WHERE dropped IS NULL ORDER BY n
)
SELECT dropped FROM given ORDER BY n
"""
