"""Nonces of signed requests, each good once: in a Redis that remembers all since it was signed.

One that was signed ahead of our clock may have been used before it says it was signed: when Redis
has forgotten it, its time does not tell. Those are few, and remembered by PostgreSQL as well.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from arenapulse.core import clock
from arenapulse.core.errors import Unavailable
from arenapulse.core.ids import UserId
from arenapulse.identity import apikey
from arenapulse.identity.errors import NotSigned
from arenapulse.runtime.db import Database
from arenapulse.runtime.redis import REDIS_ERRORS, Redis


class Nonces:
    """One a process."""

    def __init__(self, redis: Redis, *, database: Database) -> None:
        self._redis: Any = redis  # its keywords are untyped
        self._database = database

    async def open(self) -> None:
        """A Redis that knows no nonce yet remembers from here on."""
        with suppress(*REDIS_ERRORS):
            await self._remembers_since()

    async def use_up(self, key_id: UserId, *, signature: apikey.Signature) -> None:
        """Raises `NotSigned` for one that was used, `Unavailable` where nobody can know that.

        That is without Redis, and with one that was emptied, restarted or replaced since: the
        client signs anew.
        """
        try:
            since = await self._remembers_since()
            fresh = await self._redis.set(
                f"nonce:{key_id}:{signature.nonce}", b"", nx=True, ex=2 * apikey.WINDOW_SECONDS
            )
        except REDIS_ERRORS:
            raise Unavailable(retry_after_seconds=1) from None
        if signature.at_unix < since:
            raise Unavailable("Sign it again.", retry_after_seconds=1)
        if not fresh:
            raise NotSigned
        first_use = signature.at_unix - apikey.WINDOW_SECONDS
        if signature.at_unix > clock.unix_seconds() or first_use < since:
            await self._use_up_for_good(key_id, nonce=signature.nonce)

    async def _remembers_since(self) -> int:
        # By its run: one that was restarted may be older than what it says.
        run = (await self._redis.info("server"))["run_id"]
        now = int(clock.unix_seconds())
        # In one command: between two it could be emptied.
        before = await self._redis.set(f"nonces:since:{run}", now, nx=True, get=True)
        return now if before is None else int(before)

    async def _use_up_for_good(self, key_id: UserId, *, nonce: str) -> None:
        async with self._database.transaction(actor=key_id) as session:
            fresh = await (await session.driver()).fetchval(_USE_UP, key_id, nonce)
        if fresh is None:
            raise NotSigned


_USE_UP: Final = (
    "INSERT INTO nonces_ahead (key_id, nonce) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1"
)
