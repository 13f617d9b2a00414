"""Nonces of signed requests, each good once: in a Redis that remembers all since it was signed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from arenapulse.core import clock
from arenapulse.core.errors import Unavailable
from arenapulse.core.ids import UserId
from arenapulse.identity import apikey
from arenapulse.identity.errors import NotSigned
from arenapulse.runtime.redis import REDIS_ERRORS, Redis


class Nonces:
    """One a process."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # its keywords are untyped

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

    async def _remembers_since(self) -> int:
        # By its run: one that was restarted may be older than what it says.
        run = (await self._redis.info("server"))["run_id"]
        now = int(clock.unix_seconds())
        # In one command: between two it could be emptied.
        before = await self._redis.set(f"nonces:since:{run}", now, nx=True, get=True)
        return now if before is None else int(before)
