"""News of ended sessions and changed memberships, from PostgreSQL twice a second and from Redis."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from arenapulse.core import clock
from arenapulse.core.ids import OrganizationId, SessionId, UserId
from arenapulse.identity import queries
from arenapulse.identity.schemas import Revoked
from arenapulse.runtime import log
from arenapulse.runtime.db import Database
from arenapulse.runtime.redis import REDIS_ERRORS, Redis, messages
from arenapulse.runtime.siblings import end, keep

POLL_SECONDS: Final = 0.5
# A row carries the time its statement ran and is seen when its transaction ends: no transaction
# of ours lives longer than this.
OVERLAP: Final = dt.timedelta(seconds=30)
PAGE_ROWS: Final = 5_000
QUERY_SECONDS_MAX: Final = 2.0
CHANNEL: Final = "identity:news"
_RECONNECT_SECONDS: Final = 0.5

_log = log.logger("identity.feed")


class _Wire(msgspec.Struct, frozen=True):
    user_id: UUID
    session_ids: list[UUID]
    organization_id: UUID | None


class AccessFeed:
    """Calls `hear` in this process's loop; the same news may come more than once."""

    def __init__(
        self, *, database: Database, redis: Redis, hear: Callable[[Revoked], None]
    ) -> None:
        self._database = database
        self._redis = redis
        self._hear = hear
        # Outside the pools: orders waiting for a connection must not make logouts wait.
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._since: dt.datetime | None = None
        self._heard: dict[int, float] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *, since_seconds: float) -> None:
        """Reads what ended in the last `since_seconds`, then keeps listening."""
        connection = await self._connect()
        self._since = await queries.database_time(connection) - dt.timedelta(seconds=since_seconds)
        await self._poll()
        self._tasks = [
            asyncio.create_task(keep("feed.poll", self._poll_on, pause=POLL_SECONDS)),
            asyncio.create_task(keep("feed.listen", self._listen, pause=_RECONNECT_SECONDS)),
        ]

    async def stop(self) -> None:
        await end(self._tasks)
        self._tasks = []
        await self._disconnect()

    async def publish(self, news: Revoked) -> None:
        """Tells the other processes at once; they would find it by themselves a little later."""
        wire = _Wire(news.user_id, list(news.session_ids), news.organization_id)
        with contextlib.suppress(*REDIS_ERRORS):
            client: Any = self._redis  # its keywords are untyped
            await client.publish(CHANNEL, msgspec.json.encode(wire))

    async def _connect(self) -> asyncpg.Connection[asyncpg.Record]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.connect()
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _poll_on(self) -> None:
        try:
            async with asyncio.timeout(QUERY_SECONDS_MAX):
                await self._poll()
        except BaseException:
            await self._disconnect()
            raise

    async def _poll(self) -> None:
        connection = await self._connect()
        assert self._since is not None
        now = await queries.database_time(connection)
        await self._poll_sessions(connection, since=self._since)
        await self._poll_memberships(connection, since=self._since)
        self._since = now - OVERLAP

    async def _poll_sessions(
        self, connection: asyncpg.Connection[asyncpg.Record], *, since: dt.datetime
    ) -> None:
        after = (since, UUID(int=0))
        while True:
            rows = await queries.sessions_ended(connection, after=after, limit=PAGE_ROWS)
            for row in rows:
                ended = frozenset({SessionId(row["id"])})
                self._hear(Revoked(user_id=UserId(row["user_id"]), session_ids=ended))
            if len(rows) < PAGE_ROWS:
                return
            after = (rows[-1]["revoked_at"], rows[-1]["id"])

    async def _poll_memberships(
        self, connection: asyncpg.Connection[asyncpg.Record], *, since: dt.datetime
    ) -> None:
        last = 0
        heard_at = clock.monotonic_seconds()
        while True:
            rows = await queries.memberships_changed(
                connection, since=since, after=last, limit=PAGE_ROWS
            )
            for row in rows:
                last = row["id"]
                if last not in self._heard:
                    self._heard[last] = heard_at
                    self._hear(_membership(row["user_id"], row["organization_id"]))
            if len(rows) < PAGE_ROWS:
                break
        forget_before = heard_at - 10 * OVERLAP.total_seconds()
        while self._heard and self._heard[oldest := next(iter(self._heard))] < forget_before:
            del self._heard[oldest]

    async def _listen(self) -> None:
        """Over one connection, until that is lost."""
        client: Any = self._redis  # its keywords are untyped
        listener = client.pubsub(ignore_subscribe_messages=True)
        try:
            await listener.subscribe(CHANNEL)
            async for message in messages(listener):
                self._receive(message["data"])
        finally:
            with contextlib.suppress(*REDIS_ERRORS):
                await listener.aclose()

    def _receive(self, payload: bytes) -> None:
        try:
            wire = msgspec.json.decode(payload, type=_Wire)
        except msgspec.DecodeError:
            _log.warning("news in another format was ignored")
            return
        organization = wire.organization_id
        self._hear(
            Revoked(
                user_id=UserId(wire.user_id),
                session_ids=frozenset(SessionId(ended) for ended in wire.session_ids),
                organization_id=None if organization is None else OrganizationId(organization),
            )
        )


def _membership(user_id: UUID, organization_id: UUID) -> Revoked:
    return Revoked(user_id=UserId(user_id), organization_id=OrganizationId(organization_id))
