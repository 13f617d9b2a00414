"""Visitors: a token that may hold places, until they say who they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text

from arenapulse.core import clock
from arenapulse.core.addresses import counted_as
from arenapulse.core.errors import Refusal, Unavailable
from arenapulse.core.ids import OrderId, SessionId, UserId, new_id
from arenapulse.identity.errors import TooManyGuests
from arenapulse.identity.inheriting import Inheritor
from arenapulse.identity.schemas import GUEST, Actor
from arenapulse.identity.service import sessions
from arenapulse.identity.service.attempts import short
from arenapulse.identity.service.sessions import Desk
from arenapulse.identity.tokens import GUEST_LIFETIME, AccessTokens
from arenapulse.runtime.db import Session
from arenapulse.runtime.redis import REDIS_ERRORS, Redis
from arenapulse.runtime.telemetry import RATE_REFUSALS

PER_ADDRESS_MAX: Final = 20
"""Visitors' tokens that one address gets in half an hour."""
_WINDOW_SECONDS: Final = int(GUEST_LIFETIME.total_seconds())


@dataclass(frozen=True, slots=True)
class GuestPass:
    user_id: UserId
    token: str
    expires_at: dt.datetime


class Guests:
    """One a process. A visitor is a signed token and no row: nothing grows with who looks."""

    def __init__(
        self,
        *,
        access_tokens: AccessTokens,
        redis: Redis,
        is_bounded: bool,
        inheritors: Sequence[Inheritor] = (),
    ) -> None:
        self._access_tokens = access_tokens
        self._redis = redis
        self._is_bounded = is_bounded
        self._inheritors = inheritors

    async def admit(self, *, address: str) -> GuestPass:
        """A new visitor; raises `TooManyGuests` where an address has as many as it may."""
        if self._is_bounded:
            await self._count(address)
        now = clock.now()
        user_id = UserId(new_id())
        token, expires_at = self._access_tokens.mint(
            user_id,
            session_id=SessionId(new_id()),
            roles=frozenset({GUEST}),
            signed_in_at=now,
            now=now,
            lifetime=GUEST_LIFETIME,
        )
        return GuestPass(user_id, token, expires_at)

    def read(self, token: str | None) -> Actor | None:
        """The visitor of a token; None for what is none, or over: it brings nothing."""
        if token is None:
            return None
        try:
            actor = self._access_tokens.check(token, now=clock.now())
        except Refusal:
            return None
        return actor if actor.is_guest else None

    async def inherit(
        self, session: Session, *, guest: Actor, heir_id: UserId
    ) -> Sequence[OrderId]:
        """Which holds are the account's now.

        Before the account is locked, and none of who has an account already.
        """
        if not await self.is_nobody(session, guest=guest):
            return ()
        moved: list[OrderId] = []
        for inheritor in self._inheritors:
            moved += await inheritor.inherit(session, guest_id=guest.user_id, heir_id=heir_id)
        return moved

    async def retire(self, session: Session, *, desk: Desk, guest: Actor, heir_id: UserId) -> None:
        """The visitor's token is good for nothing from now on."""
        await sessions.retire_guest(
            session, desk=desk, guest_session=guest.session_id, user_id=heir_id
        )

    async def is_nobody(self, session: Session, *, guest: Actor) -> bool:
        """Whether the visitor has not become somebody already."""
        return await session.scalar(_KNOWN, {"id": guest.user_id}) is None

    async def _count(self, address: str) -> None:
        key = f"guests:{short('guest', counted_as(address))}"
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.incr(key)
                pipe.expire(key, _WINDOW_SECONDS, nx=True)
                pipe.ttl(key)
                found: list[Any] = await pipe.execute()
        except REDIS_ERRORS:
            raise Unavailable(retry_after_seconds=2) from None
        if int(found[0]) > PER_ADDRESS_MAX:
            RATE_REFUSALS.labels("guests", "a").inc()
            raise TooManyGuests(retry_after_seconds=max(1, int(found[2])))


_KNOWN = text("SELECT 1 FROM users WHERE id = :id")
