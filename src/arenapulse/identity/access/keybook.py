"""API keys as one process knows them: each read at most twice a second, so that an end bites."""

from __future__ import annotations

import datetime as dt
from typing import Final

from arenapulse.core import clock
from arenapulse.core.errors import NotAuthenticated
from arenapulse.core.ids import OrganizationId, SessionId, UserId
from arenapulse.identity import apikey, queries
from arenapulse.identity.schemas import Actor, KeyScope, Role
from arenapulse.runtime.db import Database

KNOWN_MAX: Final = 10_000
AGE_SECONDS_MAX: Final = 0.5
_NEVER: Final = dt.datetime.max.replace(tzinfo=dt.UTC)


class KeyBook:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[bytes, tuple[Actor, float]] = {}

    async def actor(self, key: str) -> Actor:
        """Whom the key acts as; raises `NotAuthenticated` for one that is none, or ended."""
        digest = apikey.hash_of(key)
        if digest is None:
            raise NotAuthenticated
        asked_at = clock.monotonic_seconds()
        known = self._known.get(digest)
        if known is None or asked_at - known[1] >= AGE_SECONDS_MAX:
            known = (await self._read(digest), asked_at)
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            self._known[digest] = known
        if known[0].expires_at <= clock.now():
            raise NotAuthenticated
        return known[0]

    async def _read(self, digest: bytes) -> Actor:
        row = await queries.living_key(self._database, digest=digest)
        if row is None:
            self._known.pop(digest, None)
            raise NotAuthenticated
        return Actor(
            user_id=UserId(row["id"]),
            session_id=SessionId(row["id"]),
            platform_roles=frozenset(),
            signed_in_at=row["created_at"],
            expires_at=row["expires_at"] or _NEVER,
            key=KeyScope(
                organization_id=OrganizationId(row["organization_id"]), role=Role(row["role"])
            ),
        )
